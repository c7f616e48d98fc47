// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The format of SQLite's write-ahead log, as <a href="https://www.sqlite.org/fileformat2.html#walformat">it documents it</a>. All numbers
 * are big endian.
 *
 * <pre>
 *         0       4       8      12      16      20      24      28      32
 *  file  +-------+-------+-------+-------+-------+-------+-------+-------+
 *        | magic |version| page  | check-| salt1 | salt2 | checksum of 0 |
 *        |       |       | bytes | points|       |       | to 24         |
 *     32 +-------+-------+-------+-------+-------+-------+-------+-------+
 *        | frame 1, frame 2, ...
 *
 *  frame +-------+-------+-------+-------+-------+-------+
 *      0 | page  |commit | salt1 | salt2 | checksum, goes|  commit: pages of the database after it; 0: not the last frame
 *        | number| mark  |       |       | on from before|  checksum: of the frame's bytes 0 to 8 and the page
 *     24 +-------+-------+-------+-------+-------+-------+
 *        | the page
 * </pre>
 *
 * <p>Threading: constants, and functions without state.
 */
final class WalFormat {
    static final int MAGIC = 0x377f0682;
    static final int VERSION = 3007000;
    static final int HEADER_BYTES = 32;
    static final int FRAME_HEADER_BYTES = 24;

    static final int VERSION_OFFSET = 4;
    static final int PAGE_BYTES_OFFSET = 8;
    static final int SALT1_OFFSET = 16;
    static final int SALT2_OFFSET = 20;
    static final int CHECKSUM_OFFSET = 24;

    static final int FRAME_COMMIT_OFFSET = 4;
    static final int FRAME_SALT1_OFFSET = 8;
    static final int FRAME_SALT2_OFFSET = 12;
    static final int FRAME_CHECKSUM_OFFSET = 16;

    private static final int MIN_PAGE_BYTES = 512;
    private static final int MAX_PAGE_BYTES = 65536;

    private WalFormat() {}

    /** Whether SQLite would believe a header: big endian, {@link #HEADER_BYTES} from 0. */
    static boolean isHeader(ByteBuffer header) {
        int pageBytes = header.getInt(PAGE_BYTES_OFFSET);
        if ((header.getInt(0) & ~1) != MAGIC
                || header.getInt(VERSION_OFFSET) != VERSION
                || pageBytes < MIN_PAGE_BYTES
                || pageBytes > MAX_PAGE_BYTES
                || Integer.bitCount(pageBytes) != 1) {
            return false;
        }
        return checksum(0, header, 0, CHECKSUM_OFFSET, wordOrder(header)) == header.getLong(CHECKSUM_OFFSET);
    }

    /** In which order the words are taken for checksums: the last bit of the magic number says it. */
    static ByteOrder wordOrder(ByteBuffer header) {
        return (header.getInt(0) & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    static long framePosition(long index, int pageBytes) {
        return HEADER_BYTES + index * (FRAME_HEADER_BYTES + pageBytes);
    }

    /**
     * Goes on with a checksum.
     *
     * @param before the checksum so far: its first word in the upper half.
     * @param bytes big endian.
     * @param offset where to begin.
     * @param lengthBytes a multiple of 8.
     * @param order of the words.
     * @return the new one, in the same form.
     */
    static long checksum(long before, ByteBuffer bytes, int offset, int lengthBytes, ByteOrder order) {
        int first = (int) (before >>> 32);
        int second = (int) before;
        boolean swap = order == ByteOrder.LITTLE_ENDIAN;
        for (int i = offset; i < offset + lengthBytes; i += 8) {
            int a = bytes.getInt(i);
            int b = bytes.getInt(i + 4);
            first += (swap ? Integer.reverseBytes(a) : a) + second;
            second += (swap ? Integer.reverseBytes(b) : b) + first;
        }
        return ((long) first << 32) | (second & 0xFFFF_FFFFL);
    }
}
