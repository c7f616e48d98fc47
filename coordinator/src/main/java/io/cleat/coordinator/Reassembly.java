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
    private final ClientLoad load;
    private int lengthBytes;

    /**
     * Begins one.
     *
     * @param totalBytes that the sender announces.
     * @param load where its memory is counted; who drops it gives {@link #heldBytes()} back.
     * @throws io.cleat.CleatException LIMIT when its client has too much already.
     */
    Reassembly(int totalBytes, ClientLoad load) {
        this.totalBytes = totalBytes;
        this.load = load;
        final int firstBytes = Math.min(totalBytes, FIRST_BYTES);
        load.addPieces(firstBytes, 0);
        try {
            this.bytes = new byte[firstBytes];
        } catch (Throwable e) {
            load.removePieces(firstBytes);
            throw e;
        }
    }

    /**
     * Adds a piece.
     *
     * @param offsetBytes where the sender says that it belongs.
     * @param source holds it.
     * @param sourceOffset where it begins.
     * @param pieceBytes how long it is.
     * @throws io.cleat.CleatException LIMIT when its client has too much already.
     * @return false when it does not follow the piece before, or is longer than announced.
     */
    boolean add(long offsetBytes, DirectBuffer source, int sourceOffset, int pieceBytes) {
        if (offsetBytes != lengthBytes || pieceBytes > totalBytes - lengthBytes) {
            return false;
        }
        if (pieceBytes > bytes.length - lengthBytes) {
            final long wanted = Math.max(2L * bytes.length, (long) lengthBytes + pieceBytes);
            final int grownBytes = (int) Math.min(wanted, totalBytes);
            final int moreBytes = grownBytes - bytes.length;
            load.addPieces(moreBytes, bytes.length);
            try {
                bytes = Arrays.copyOf(bytes, grownBytes);
            } catch (OutOfMemoryError e) {
                load.removePieces(moreBytes);
                throw e;
            }
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
