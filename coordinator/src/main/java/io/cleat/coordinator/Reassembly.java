// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A request that arrives in pieces. Pieces of one request come in order; pieces of different ones may be mixed.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Reassembly {
    private final UnsafeBuffer buffer;
    private int lengthBytes;

    Reassembly(int totalLengthBytes) {
        buffer = new UnsafeBuffer(new byte[totalLengthBytes]);
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
        if (offsetBytes != lengthBytes || pieceBytes > buffer.capacity() - lengthBytes) {
            return false;
        }
        buffer.putBytes(lengthBytes, source, sourceOffset, pieceBytes);
        lengthBytes += pieceBytes;
        return true;
    }

    boolean isComplete() {
        return lengthBytes == buffer.capacity();
    }

    int capacityBytes() {
        return buffer.capacity();
    }

    DirectBuffer message() {
        return buffer;
    }
}
