// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * The layout of {@code names.dat}. Little endian, fixed length, made whole (see {@link MappedFile}).
 *
 * <pre>
 *         0       4       8      12      16      20      24      28      32
 *      0 +-------+-------+-------+-------+-------+-------+-------+-------+
 *        | magic "CLEATNMS"|version| slots | slot  | zeros | check | zeros |
 *        |               |       |       | bytes |       |       |       |
 *     32 +---------------+-------+-------+-------+-------+-------+-------+
 *        | file length   | zeros                                         |
 *    128 +---------------+-----------------------------------------------+
 *        | epoch counter | zeros                                         |
 *   1024 +---------------+-----------------------------------------------+
 *        | slot 0 (1024 bytes) ... slot 255                              |
 * 263168 +---------------------------------------------------------------+
 *
 *  slot  +-------+-------+---------------+---------------+---------------+
 *      0 |  turn | state | epoch         | pid           | process start |
 *     32 +-------+-------+-------+-------+---------------+---------------+
 *        | registered at |protoc.| check | name (64)                     |
 *    112 +---------------+-------+-------+-------------------------------+
 *        | dialect (16) | SQLite version (32) | user (64)                |
 *    224 +---------------------------------------------------------------+
 *        | database file (512)                                           |
 *    736 +---------------------------------------------------------------+
 *        | zeros                                                         |
 *    896 +---------------+-----------------------------------------------+
 *        | heartbeat     | zeros                                         |
 *   1024 +---------------+-----------------------------------------------+
 * </pre>
 *
 * <p>Who writes what, and how:
 *
 * <ul>
 *   <li>The header, but for the epoch counter: its creator, once, before the file is in place.
 *   <li>The epoch counter: whoever registers, under names.lock (release).
 *   <li>A slot: whoever registers or cleans, under names.lock, so there is one writer. It makes {@code turn} odd (opaque,
 *       then a store-store fence), writes the fields plainly, and makes it even (release). A reader reads an even turn
 *       (acquire), copies the slot plainly, and after a load-load fence finds the same turn, or tries again. A turn that
 *       stays odd is of a writer that died: readers pass the slot over, the next writer clears it.
 *   <li>{@code state}: the owner, with release (compare and set), while it holds the owner lock.
 *   <li>{@code heartbeat}: the owner, with release.
 *   <li>{@code check}: CRC-32 of the slot's bytes 8 to 44 and 48 to 736, of the header's bytes 0 to 24 and 32 to 40.
 * </ul>
 *
 * <p>Threading: constants.
 */
final class NamesFileDescriptor {
    /** "CLEATNMS" read as a little endian long. */
    static final long MAGIC = 0x534D_4E54_4145_4C43L;

    static final int LAYOUT_VERSION = 1;
    static final int SLOT_COUNT = 256;

    static final int MAGIC_OFFSET = 0;
    static final int LAYOUT_VERSION_OFFSET = MAGIC_OFFSET + SIZE_OF_LONG;
    static final int SLOT_COUNT_OFFSET = LAYOUT_VERSION_OFFSET + SIZE_OF_INT;
    static final int SLOT_LENGTH_OFFSET = SLOT_COUNT_OFFSET + SIZE_OF_INT;
    static final int RESERVED_OFFSET = SLOT_LENGTH_OFFSET + SIZE_OF_INT;
    static final int HEADER_CHECK_OFFSET = RESERVED_OFFSET + SIZE_OF_INT;
    static final int FILE_LENGTH_OFFSET = HEADER_CHECK_OFFSET + SIZE_OF_INT + SIZE_OF_INT;
    static final int HEADER_STATIC_LENGTH = FILE_LENGTH_OFFSET + SIZE_OF_LONG;
    static final int EPOCH_COUNTER_OFFSET = 128;
    static final int HEADER_LENGTH = 1024;

    static final int NAME_LENGTH = 64;
    static final int DIALECT_LENGTH = 16;
    static final int SQLITE_VERSION_LENGTH = 32;
    static final int USER_LENGTH = 64;
    static final int DATABASE_FILE_LENGTH = 512;

    static final int SLOT_TURN_OFFSET = 0;
    static final int SLOT_STATE_OFFSET = SLOT_TURN_OFFSET + SIZE_OF_INT;
    static final int SLOT_EPOCH_OFFSET = SLOT_STATE_OFFSET + SIZE_OF_INT;
    static final int SLOT_PID_OFFSET = SLOT_EPOCH_OFFSET + SIZE_OF_LONG;
    static final int SLOT_PROCESS_START_OFFSET = SLOT_PID_OFFSET + SIZE_OF_LONG;
    static final int SLOT_REGISTERED_AT_OFFSET = SLOT_PROCESS_START_OFFSET + SIZE_OF_LONG;
    static final int SLOT_PROTOCOL_VERSION_OFFSET = SLOT_REGISTERED_AT_OFFSET + SIZE_OF_LONG;
    static final int SLOT_CHECK_OFFSET = SLOT_PROTOCOL_VERSION_OFFSET + SIZE_OF_INT;
    static final int SLOT_NAME_OFFSET = SLOT_CHECK_OFFSET + SIZE_OF_INT;
    static final int SLOT_DIALECT_OFFSET = SLOT_NAME_OFFSET + NAME_LENGTH;
    static final int SLOT_SQLITE_VERSION_OFFSET = SLOT_DIALECT_OFFSET + DIALECT_LENGTH;
    static final int SLOT_USER_OFFSET = SLOT_SQLITE_VERSION_OFFSET + SQLITE_VERSION_LENGTH;
    static final int SLOT_DATABASE_FILE_OFFSET = SLOT_USER_OFFSET + USER_LENGTH;
    static final int SLOT_STATIC_LENGTH = SLOT_DATABASE_FILE_OFFSET + DATABASE_FILE_LENGTH;
    static final int SLOT_HEARTBEAT_OFFSET = 896;
    static final int SLOT_LENGTH = 1024;

    static final int FILE_LENGTH = HEADER_LENGTH + SLOT_COUNT * SLOT_LENGTH;

    private NamesFileDescriptor() {}

    static int slotOffset(final int index) {
        return HEADER_LENGTH + index * SLOT_LENGTH;
    }
}
