// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * The layout of {@code outcomes/ID.dat}. Little endian, fixed length, made whole ({@link io.cleat.nameserver.MappedFile}).
 *
 * <pre>
 *         0       4       8      12      16      20      24      28      32
 *      0 +-------+-------+-------+-------+-------+-------+-------+-------+
 *        | magic "CLEATOUT"|version|length | client id     | zeros       |
 *    128 +---------------+-------+-------+---------------+---------------+
 *        | count         | ring end      | forgotten     | zeros         |
 *    256 +---------------+---------------+---------------+---------------+
 *        | entry 0 (64 bytes) ... entry 2047                             |
 * 131328 +---------------------------------------------------------------+
 *        | ring for columns and rows (128 KiB)                           |
 * 262400 +---------------------------------------------------------------+
 *
 *  entry +---------------+---------------+---------------+---------------+
 *      0 | sequence      | stamp         | change count  | last row id   |
 *     32 +---------------+-------+-------+---------------+-------+-------+
 *        | commits       |session| flags | ring position |columns| rows  |
 *        |               |       |       |               | bytes | bytes |
 *     64 +---------------+-------+-------+---------------+-------+-------+
 * </pre>
 *
 * <p>Who writes what, and how: all of it the coordinator that holds the owner lock.
 *
 * <ul>
 *   <li>count: how many entries were ever put, with release, when one is complete. Entry n lies in place n modulo 2048. The last 2047 count:
 *       the next one's place is never one of theirs.
 *   <li>ring end: how many bytes were ever given away, with release, before they are overwritten. What lies more than the ring's length before it is
 *       gone. The bytes of one entry do not wrap around.
 *   <li>forgotten: the greatest sequence of all that no longer count, written before they stop to count.
 *   <li>sequence: of the request; 0 when its commit did not happen. commits: the commit sequence after it. flags: 1 it returned rows;
 *       2 which were too many to be kept; 4 nobody knows whether it was committed; 8 it is the COMMIT of a transaction, and the ring position is the sequence of its BEGIN;
 *       32 it ran in a session that had joined the transaction of another.
 * </ul>
 *
 * <p>Threading: constants.
 */
final class OutcomesDescriptor {
    /** "CLEATOUT" read as a little endian long. */
    static final long MAGIC = 0x5455_4F54_4145_4C43L;

    static final int LAYOUT_VERSION = 1;
    static final int LINE = 128;
    static final int ENTRY_COUNT = 2048;
    static final int ENTRY_LENGTH = 64;

    /** Entries that count. */
    static final int KEPT_COUNT = ENTRY_COUNT - 1;

    static final int RING_LENGTH = 128 * 1024;

    /** Columns and rows of one outcome at most, in bytes. */
    static final int MAX_ROW_BYTES = 16 * 1024;

    static final int MAGIC_OFFSET = 0;
    static final int LAYOUT_VERSION_OFFSET = MAGIC_OFFSET + SIZE_OF_LONG;
    static final int FILE_LENGTH_OFFSET = LAYOUT_VERSION_OFFSET + SIZE_OF_INT;
    static final int CLIENT_ID_OFFSET = FILE_LENGTH_OFFSET + SIZE_OF_INT;

    static final int COUNT_OFFSET = LINE;
    static final int RING_END_OFFSET = COUNT_OFFSET + SIZE_OF_LONG;
    static final int FORGOTTEN_OFFSET = RING_END_OFFSET + SIZE_OF_LONG;

    static final int ENTRIES_OFFSET = 2 * LINE;
    static final int RING_OFFSET = ENTRIES_OFFSET + ENTRY_COUNT * ENTRY_LENGTH;
    static final int FILE_LENGTH = RING_OFFSET + RING_LENGTH;

    static final int SEQUENCE_OFFSET = 0;
    static final int STAMP_OFFSET = SEQUENCE_OFFSET + SIZE_OF_LONG;
    static final int CHANGE_COUNT_OFFSET = STAMP_OFFSET + SIZE_OF_LONG;
    static final int LAST_ROW_ID_OFFSET = CHANGE_COUNT_OFFSET + SIZE_OF_LONG;
    static final int COMMIT_SEQUENCE_OFFSET = LAST_ROW_ID_OFFSET + SIZE_OF_LONG;
    static final int SESSION_ID_OFFSET = COMMIT_SEQUENCE_OFFSET + SIZE_OF_LONG;
    static final int FLAGS_OFFSET = SESSION_ID_OFFSET + SIZE_OF_INT;
    static final int RING_POSITION_OFFSET = FLAGS_OFFSET + SIZE_OF_INT;
    static final int COLUMNS_LENGTH_OFFSET = RING_POSITION_OFFSET + SIZE_OF_LONG;
    static final int ROWS_LENGTH_OFFSET = COLUMNS_LENGTH_OFFSET + SIZE_OF_INT;

    static final int FLAG_ROWS = 1;
    static final int FLAG_TOO_LARGE = 2;
    static final int FLAG_UNKNOWN = 4;
    static final int FLAG_TRANSACTION = 8;

    /** It ran in a session that had joined the transaction. 16 is {@link OutcomeTable#FLAG_REFUSED}. */
    static final int FLAG_JOINED = 32;

    /** {@return the flags of what a joined session wrote: its rows are never kept} */
    static int joinedFlags(JoinedWrites.Write write) {
        return FLAG_JOINED
                | (write.returnsRows() ? FLAG_ROWS | FLAG_TOO_LARGE : 0)
                | (write.isComplete() ? 0 : FLAG_UNKNOWN);
    }

    private OutcomesDescriptor() {}

    static int entryOffset(long number) {
        return ENTRIES_OFFSET + (int) (number & (ENTRY_COUNT - 1)) * ENTRY_LENGTH;
    }
}
