// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

import org.agrona.concurrent.status.CountersReader;

/**
 * The layout of {@code status.dat}. Little endian, fixed length, made whole by the coordinator when it starts: it writes a
 * new file beside and renames it, so that clients of a former coordinator keep what they have mapped.
 *
 * <pre>
 *         0       4       8      12      16      20      24      28      32
 *      0 +-------+-------+-------+-------+-------+-------+-------+-------+
 *        | magic "CLEATSTA"| version | slots | slot  | coun- | client| meta- |
 *        |               |       |       | bytes | ters  | table | data  |
 *     32 +-------+-------+-------+-------+-------+-------+-------+-------+
 *        | meta. | values| values| errors| errors| check | file length   |
 *        | bytes |       | bytes |       | bytes |       |               |
 *     64 +-------+-------+-------+-------+-------+-------+---------------+
 *        | epoch         | pid           | process start | created at    |
 *     96 +-------+-------+---------------+---------------+---------------+
 *        | protocol      | zeros                                         |
 *        | min   | max   |                                               |
 *    128 +-------+-------+-----------------------------------------------+
 *        | SQLite version (32) | dialect (16) | database name (64) |zeros |
 *    256 +---------------------------------------------------------------+
 *        | database file (512)                                           |
 *    768 +---------------------------------------------------------------+
 *        | state        | zeros                 1024 | request cycle     |
 *    896 | heartbeat    | zeros                 1152 | commit sequence   |
 *        |                                      1160 | schema epoch      |
 *                                              1280 | next client id    |
 *                                              1408 | attach doorbell   |
 *   1536 +---------------+---------------+-------+-------+---------------+
 *        | turn: version | client id     | sess. | zeros | began (ns)    |
 *   1664 +---------------+---------------+-------+-------+---------------+
 *        | SQL of the holder of the write turn (256)                     |
 *   2048 +---------------------------------------------------------------+
 *        | client table: 256 slots of 640 bytes                          |
 * 165888 +---------------------------------------------------------------+
 *        | metadata of 128 counters (Agrona CountersReader)              |
 * 231424 +---------------------------------------------------------------+
 *        | values of 128 counters                                        |
 * 247808 +---------------------------------------------------------------+
 *        | distinct errors (Agrona DistinctErrorLog), 65536 bytes        |
 * 313344 +---------------------------------------------------------------+
 *
 *  client slot, in lines of 128 bytes grouped by who writes them
 *      0 +---------------+-------+-------+---------------+---------------+
 *        | control       | protocol      | client id     | pid           |
 *        |               | min   | max   |               |               |
 *     32 +---------------+-------+-------+---------------+---------------+
 *        | process start | attached at   | name (64)                     |
 *     96 +---------------+---------------+---------------+---------------+
 *        | (name)                        | resume seq.   | zeros         |
 *    128 +---------------+---------------+-------+-------+---------------+
 *        | reply consumed| heartbeat     | reply | zeros                 |
 *        | bytes         | (ns)          | cycle |                       |
 *    256 +---------------+---------------+-------+-------+-------+-------+
 *        | request bytes | request count | reply written | open  | open  |
 *        | consumed      |               | bytes         | sess. | curs. |
 *    288 +-------+-------+---------------+---------------+-------+-------+
 *        | negot.| refusal code | zeros                                  |
 *    384 +-------+-------+-----------------------------------------------+
 *        | refusal text (256)                                            |
 *    640 +---------------------------------------------------------------+
 *
 *  control, one long that moves by compare and set: 63..32 pid of the claimant, 31..8 low bits of the client id, 7..0 state
 * </pre>
 *
 * <p>Who writes what, and how:
 *
 * <ul>
 *   <li>Header, bytes 0 to 768: the coordinator, once, before the file is in place. check: CRC-32 of bytes 0 to 52 and 56
 *       to 768.
 *   <li>state, heartbeat, commit sequence, schema epoch: the coordinator, with release. request cycle: whoever rolls, by compare and set,
 *       never back. next client id, attach doorbell: clients, by get and add.
 *   <li>turn: the coordinator; the version is odd while it writes, and read again after the rest. client id 0: nobody.
 *   <li>Client slot, lines 0 and 1: the client; line 0 plainly between CLAIMED and REQUESTED, line 1 with release. Lines 2
 *       and 3: the coordinator; counts with release, negotiated version and refusal plainly before ATTACHED or REFUSED.
 *   <li>control: see {@link ClientSlotState}.
 * </ul>
 *
 * <p>Threading: constants.
 */
final class StatusFileDescriptor {
    /** "CLEATSTA" read as a little endian long. */
    static final long MAGIC = 0x4154_5354_4145_4C43L;

    static final int LAYOUT_VERSION = 1;
    static final int CLIENT_SLOT_COUNT = 256;
    static final int COUNTER_COUNT = 128;
    static final int LINE = 128;

    static final int MAGIC_OFFSET = 0;
    static final int LAYOUT_VERSION_OFFSET = MAGIC_OFFSET + SIZE_OF_LONG;
    static final int CLIENT_SLOT_COUNT_OFFSET = LAYOUT_VERSION_OFFSET + SIZE_OF_INT;
    static final int CLIENT_SLOT_LENGTH_OFFSET = CLIENT_SLOT_COUNT_OFFSET + SIZE_OF_INT;
    static final int COUNTER_COUNT_OFFSET = CLIENT_SLOT_LENGTH_OFFSET + SIZE_OF_INT;
    static final int CLIENT_TABLE_OFFSET_OFFSET = COUNTER_COUNT_OFFSET + SIZE_OF_INT;
    static final int METADATA_OFFSET_OFFSET = CLIENT_TABLE_OFFSET_OFFSET + SIZE_OF_INT;
    static final int METADATA_LENGTH_OFFSET = METADATA_OFFSET_OFFSET + SIZE_OF_INT;
    static final int VALUES_OFFSET_OFFSET = METADATA_LENGTH_OFFSET + SIZE_OF_INT;
    static final int VALUES_LENGTH_OFFSET = VALUES_OFFSET_OFFSET + SIZE_OF_INT;
    static final int ERRORS_OFFSET_OFFSET = VALUES_LENGTH_OFFSET + SIZE_OF_INT;
    static final int ERRORS_LENGTH_OFFSET = ERRORS_OFFSET_OFFSET + SIZE_OF_INT;
    static final int CHECK_OFFSET = ERRORS_LENGTH_OFFSET + SIZE_OF_INT;
    static final int FILE_LENGTH_OFFSET = CHECK_OFFSET + SIZE_OF_INT;
    static final int EPOCH_OFFSET = FILE_LENGTH_OFFSET + SIZE_OF_LONG;
    static final int PID_OFFSET = EPOCH_OFFSET + SIZE_OF_LONG;
    static final int PROCESS_START_OFFSET = PID_OFFSET + SIZE_OF_LONG;
    static final int CREATED_AT_OFFSET = PROCESS_START_OFFSET + SIZE_OF_LONG;
    static final int PROTOCOL_MIN_OFFSET = CREATED_AT_OFFSET + SIZE_OF_LONG;
    static final int PROTOCOL_MAX_OFFSET = PROTOCOL_MIN_OFFSET + SIZE_OF_INT;

    static final int SQLITE_VERSION_LENGTH = 32;
    static final int DIALECT_LENGTH = 16;
    static final int NAME_LENGTH = 64;
    static final int DATABASE_FILE_LENGTH = 512;
    static final int SQLITE_VERSION_OFFSET = LINE;
    static final int DIALECT_OFFSET = SQLITE_VERSION_OFFSET + SQLITE_VERSION_LENGTH;
    static final int DATABASE_NAME_OFFSET = DIALECT_OFFSET + DIALECT_LENGTH;
    static final int DATABASE_FILE_OFFSET = 2 * LINE;
    static final int STATIC_LENGTH = DATABASE_FILE_OFFSET + DATABASE_FILE_LENGTH;

    static final int STATE_OFFSET = STATIC_LENGTH;
    static final int HEARTBEAT_OFFSET = STATE_OFFSET + LINE;
    static final int REQUEST_CYCLE_OFFSET = HEARTBEAT_OFFSET + LINE;
    static final int COMMIT_SEQUENCE_OFFSET = REQUEST_CYCLE_OFFSET + LINE;
    static final int SCHEMA_EPOCH_OFFSET = COMMIT_SEQUENCE_OFFSET + SIZE_OF_LONG;
    static final int NEXT_CLIENT_ID_OFFSET = COMMIT_SEQUENCE_OFFSET + LINE;
    static final int ATTACH_DOORBELL_OFFSET = NEXT_CLIENT_ID_OFFSET + LINE;
    static final int TURN_VERSION_OFFSET = ATTACH_DOORBELL_OFFSET + LINE;
    static final int TURN_CLIENT_ID_OFFSET = TURN_VERSION_OFFSET + SIZE_OF_LONG;
    static final int TURN_SESSION_ID_OFFSET = TURN_CLIENT_ID_OFFSET + SIZE_OF_LONG;
    static final int TURN_BEGAN_OFFSET = TURN_SESSION_ID_OFFSET + SIZE_OF_LONG;
    static final int TURN_SQL_OFFSET = TURN_VERSION_OFFSET + LINE;
    static final int TURN_SQL_LENGTH = 2 * LINE;
    static final int HEADER_LENGTH = 2048;

    static final int SLOT_CONTROL_OFFSET = 0;
    static final int SLOT_PROTOCOL_MIN_OFFSET = SLOT_CONTROL_OFFSET + SIZE_OF_LONG;
    static final int SLOT_PROTOCOL_MAX_OFFSET = SLOT_PROTOCOL_MIN_OFFSET + SIZE_OF_INT;
    static final int SLOT_CLIENT_ID_OFFSET = SLOT_PROTOCOL_MAX_OFFSET + SIZE_OF_INT;
    static final int SLOT_PID_OFFSET = SLOT_CLIENT_ID_OFFSET + SIZE_OF_LONG;
    static final int SLOT_PROCESS_START_OFFSET = SLOT_PID_OFFSET + SIZE_OF_LONG;
    static final int SLOT_ATTACHED_AT_OFFSET = SLOT_PROCESS_START_OFFSET + SIZE_OF_LONG;
    static final int SLOT_NAME_OFFSET = SLOT_ATTACHED_AT_OFFSET + SIZE_OF_LONG;

    static final int SLOT_RESUME_SEQUENCE_OFFSET = SLOT_NAME_OFFSET + NAME_LENGTH;

    static final int SLOT_REPLY_CONSUMED_BYTES_OFFSET = LINE;
    static final int SLOT_HEARTBEAT_OFFSET = SLOT_REPLY_CONSUMED_BYTES_OFFSET + SIZE_OF_LONG;
    static final int SLOT_REPLY_READ_CYCLE_OFFSET = SLOT_HEARTBEAT_OFFSET + SIZE_OF_LONG;

    static final int SLOT_REQUEST_CONSUMED_BYTES_OFFSET = 2 * LINE;
    static final int SLOT_REQUEST_COUNT_OFFSET = SLOT_REQUEST_CONSUMED_BYTES_OFFSET + SIZE_OF_LONG;
    static final int SLOT_REPLY_WRITTEN_BYTES_OFFSET = SLOT_REQUEST_COUNT_OFFSET + SIZE_OF_LONG;
    static final int SLOT_OPEN_SESSIONS_OFFSET = SLOT_REPLY_WRITTEN_BYTES_OFFSET + SIZE_OF_LONG;
    static final int SLOT_OPEN_CURSORS_OFFSET = SLOT_OPEN_SESSIONS_OFFSET + SIZE_OF_INT;
    static final int SLOT_NEGOTIATED_VERSION_OFFSET = SLOT_OPEN_CURSORS_OFFSET + SIZE_OF_INT;
    static final int SLOT_REFUSAL_CODE_OFFSET = SLOT_NEGOTIATED_VERSION_OFFSET + SIZE_OF_INT;

    static final int SLOT_REFUSAL_TEXT_OFFSET = 3 * LINE;
    static final int SLOT_REFUSAL_TEXT_LENGTH = 2 * LINE;
    static final int SLOT_LENGTH = SLOT_REFUSAL_TEXT_OFFSET + SLOT_REFUSAL_TEXT_LENGTH;

    static final int CLIENT_TABLE_OFFSET = HEADER_LENGTH;
    static final int METADATA_OFFSET = CLIENT_TABLE_OFFSET + CLIENT_SLOT_COUNT * SLOT_LENGTH;
    static final int METADATA_LENGTH = COUNTER_COUNT * CountersReader.METADATA_LENGTH;
    static final int VALUES_OFFSET = METADATA_OFFSET + METADATA_LENGTH;
    static final int VALUES_LENGTH = COUNTER_COUNT * CountersReader.COUNTER_LENGTH;
    static final int ERRORS_OFFSET = VALUES_OFFSET + VALUES_LENGTH;
    static final int ERRORS_LENGTH = 64 * 1024;
    static final int FILE_LENGTH = ERRORS_OFFSET + ERRORS_LENGTH;

    private StatusFileDescriptor() {}

    static int slotOffset(final int index) {
        return CLIENT_TABLE_OFFSET + index * SLOT_LENGTH;
    }
}
