// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static io.cleat.status.StatusFileDescriptor.*;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.MappedFile;
import io.cleat.nameserver.TextField;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.zip.CRC32;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;

/**
 * The bytes of a new status file, and the check of an existing one before it is mapped.
 *
 * <p>Threading: stateless, any thread.
 */
final class StatusImage {
    private static final int CLIENT_ID_SHIFT = 20;
    private static final int[][] GEOMETRY = {
        {CLIENT_SLOT_COUNT_OFFSET, CLIENT_SLOT_COUNT},
        {CLIENT_SLOT_LENGTH_OFFSET, SLOT_LENGTH},
        {COUNTER_COUNT_OFFSET, COUNTER_COUNT},
        {CLIENT_TABLE_OFFSET_OFFSET, CLIENT_TABLE_OFFSET},
        {METADATA_OFFSET_OFFSET, METADATA_OFFSET},
        {METADATA_LENGTH_OFFSET, METADATA_LENGTH},
        {VALUES_OFFSET_OFFSET, VALUES_OFFSET},
        {VALUES_LENGTH_OFFSET, VALUES_LENGTH},
        {ERRORS_OFFSET_OFFSET, ERRORS_OFFSET},
        {ERRORS_LENGTH_OFFSET, ERRORS_LENGTH},
    };

    private StatusImage() {}

    static byte[] of(final StatusIdentity identity) {
        final byte[] image = new byte[FILE_LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(image);
        buffer.putLong(MAGIC_OFFSET, MAGIC, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(LAYOUT_VERSION_OFFSET, LAYOUT_VERSION, ByteOrder.LITTLE_ENDIAN);
        for (final int[] field : GEOMETRY) {
            buffer.putInt(field[0], field[1], ByteOrder.LITTLE_ENDIAN);
        }
        buffer.putLong(FILE_LENGTH_OFFSET, FILE_LENGTH, ByteOrder.LITTLE_ENDIAN);
        putIdentity(buffer, identity);
        buffer.putLong(NEXT_CLIENT_ID_OFFSET, (identity.epoch() << CLIENT_ID_SHIFT) | 1, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(HEARTBEAT_OFFSET, System.nanoTime(), ByteOrder.LITTLE_ENDIAN);
        putCounters(buffer);
        buffer.putInt(CHECK_OFFSET, check(image), ByteOrder.LITTLE_ENDIAN);
        return image;
    }

    private static void putIdentity(final UnsafeBuffer buffer, final StatusIdentity identity) {
        final ProcessHandle process = ProcessHandle.current();
        final long startMs =
                process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        buffer.putLong(EPOCH_OFFSET, identity.epoch(), ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(PID_OFFSET, process.pid(), ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(PROCESS_START_OFFSET, startMs, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(CREATED_AT_OFFSET, System.currentTimeMillis(), ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(PROTOCOL_MIN_OFFSET, identity.protocolMin(), ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(PROTOCOL_MAX_OFFSET, identity.protocolMax(), ByteOrder.LITTLE_ENDIAN);
        TextField.put(buffer, SQLITE_VERSION_OFFSET, SQLITE_VERSION_LENGTH, identity.sqliteVersion());
        TextField.put(buffer, DIALECT_OFFSET, DIALECT_LENGTH, identity.dialect());
        TextField.put(buffer, DATABASE_NAME_OFFSET, NAME_LENGTH, identity.databaseName());
        TextField.put(buffer, DATABASE_FILE_OFFSET, DATABASE_FILE_LENGTH, identity.databaseFile());
    }

    private static void putCounters(final UnsafeBuffer buffer) {
        // Counters want memory aligned by 8, which a byte array is not everywhere.
        final UnsafeBuffer metadata = new UnsafeBuffer(ByteBuffer.allocateDirect(METADATA_LENGTH));
        final UnsafeBuffer values = new UnsafeBuffer(ByteBuffer.allocateDirect(VALUES_LENGTH));
        final CountersManager manager = new CountersManager(metadata, values);
        for (final SystemCounter counter : SystemCounter.values()) {
            final int id = manager.allocate(counter.label(), counter.id());
            if (id != counter.id()) {
                throw new IllegalStateException(counter + " got id=" + id + " expected=" + counter.id());
            }
        }
        buffer.putBytes(METADATA_OFFSET, metadata, 0, METADATA_LENGTH);
        buffer.putBytes(VALUES_OFFSET, values, 0, VALUES_LENGTH);
    }

    /** Throws DAMAGED or INCOMPATIBLE unless this is the beginning of a status file of this version. */
    static void check(final Path path, final byte[] head) {
        if (head.length < STATIC_LENGTH) {
            MappedFile.checkLength(path, head.length, FILE_LENGTH);
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(head);
        final int version = buffer.getInt(LAYOUT_VERSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (buffer.getLong(MAGIC_OFFSET, ByteOrder.LITTLE_ENDIAN) != MAGIC) {
            throw StatusFile.damaged(path, "it does not begin with CLEATSTA");
        }
        if (version != LAYOUT_VERSION) {
            throw new CleatException(
                    ErrorCode.INCOMPATIBLE,
                    path + " is of another version of Cleat: layout=" + version + " expected=" + LAYOUT_VERSION);
        }
        if (buffer.getInt(CHECK_OFFSET, ByteOrder.LITTLE_ENDIAN) != check(head)) {
            throw StatusFile.damaged(path, "its header is not what was written");
        }
        for (final int[] field : GEOMETRY) {
            if (buffer.getInt(field[0], ByteOrder.LITTLE_ENDIAN) != field[1]) {
                throw StatusFile.damaged(path, "the field at offset " + field[0] + " is wrong");
            }
        }
    }

    private static int check(final byte[] header) {
        final CRC32 crc = new CRC32();
        crc.update(header, 0, CHECK_OFFSET);
        crc.update(header, FILE_LENGTH_OFFSET, STATIC_LENGTH - FILE_LENGTH_OFFSET);
        return (int) crc.getValue();
    }
}
