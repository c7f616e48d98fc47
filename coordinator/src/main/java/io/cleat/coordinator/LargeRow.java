// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.ArrayDeque;

/**
 * A row too large for one chunk: its bytes as pieces, the large values by reference, taken out as credit allows.
 *
 * <p>Not thread-safe: owned by its cursor.
 */
final class LargeRow {
    private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
    private int firstOffset;

    /**
     * Adds bytes at the end.
     *
     * @param bytes not changed by anybody from now on.
     */
    void add(byte[] bytes) {
        pieces.add(bytes);
    }

    /** {@return whether everything was taken} */
    boolean isEmpty() {
        return pieces.isEmpty();
    }

    /**
     * Moves bytes into a chunk.
     *
     * @param chunk that takes them.
     * @param maxBytes how many at the most.
     * @return how many were moved.
     */
    int moveTo(ResultChunk chunk, int maxBytes) {
        int moved = 0;
        while (moved < maxBytes && !pieces.isEmpty()) {
            final byte[] piece = pieces.getFirst();
            final int length = Math.min(piece.length - firstOffset, maxBytes - moved);
            chunk.buffer().putBytes(chunk.limit(), piece, firstOffset, length);
            chunk.limit(chunk.limit() + length);
            moved += length;
            firstOffset += length;
            if (firstOffset == piece.length) {
                pieces.removeFirst();
                firstOffset = 0;
            }
        }
        return moved;
    }
}
