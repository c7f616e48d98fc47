// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A request that arrives in pieces. Pieces of one request come in order; pieces of different ones may be mixed. Memory is taken as the
 * bytes arrive, not on the sender's word.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Reassembly {
    private static final int FIRST_BYTES = 1 << 20;

    private final int totalBytes;
    private byte[] bytes;
    private int lengthBytes;

    Reassembly(int totalBytes) {
        this.totalBytes = totalBytes;
        this.bytes = new byte[Math.min(totalBytes, FIRST_BYTES)];
    }

    /**
     * Adds a piece.
     *
     * @param offsetBytes where the sender says that it belongs.
     * @param source holds it.
     * @param sourceOffset where it begins.
     * @param pieceBytes how long it is.
     * @return false when it does not follow the piece before, or is longer than announced.
     */
    boolean add(long offsetBytes, DirectBuffer source, int sourceOffset, int pieceBytes) {
        if (offsetBytes != lengthBytes || pieceBytes > totalBytes - lengthBytes) {
            return false;
        }
        if (pieceBytes > bytes.length - lengthBytes) {
            final long wanted = Math.max(2L * bytes.length, (long) lengthBytes + pieceBytes);
            bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, totalBytes));
        }
        source.getBytes(sourceOffset, bytes, lengthBytes, pieceBytes);
        lengthBytes += pieceBytes;
        return true;
    }

    boolean isComplete() {
        return lengthBytes == totalBytes;
    }

    int totalBytes() {
        return totalBytes;
    }

    /** {@return the memory it takes at this moment, in bytes} */
    int heldBytes() {
        return bytes.length;
    }

    /** {@return the whole request, once it is complete} */
    DirectBuffer message() {
        return new UnsafeBuffer(bytes, 0, lengthBytes);
    }
}
