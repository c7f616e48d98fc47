// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static io.cleat.nameserver.NamesFileDescriptor.*;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * {@code names.dat}, mapped: reads and writes slots as {@link NamesFileDescriptor} says.
 *
 * <p>Threading: reading from any thread; writing under names.lock, but for {@link #state} and {@link #heartbeat}.
 */
final class NamesFile {
    private static final int MAX_READ_ATTEMPTS = 1000;
    static final long MAX_EPOCH = 1L << 42;

    private final Path path;
    private final UnsafeBuffer buffer;

    private NamesFile(final Path path, final UnsafeBuffer buffer) {
        this.path = path;
        this.buffer = buffer;
    }

    /** The bytes of a new file. The first epoch that it gives is one more than the one given here. */
    static byte[] image(final long lastEpoch) {
        final byte[] image = new byte[FILE_LENGTH];
        final UnsafeBuffer header = new UnsafeBuffer(image);
        header.putLong(MAGIC_OFFSET, MAGIC, ByteOrder.LITTLE_ENDIAN);
        header.putInt(LAYOUT_VERSION_OFFSET, LAYOUT_VERSION, ByteOrder.LITTLE_ENDIAN);
        header.putInt(SLOT_COUNT_OFFSET, SLOT_COUNT, ByteOrder.LITTLE_ENDIAN);
        header.putInt(SLOT_LENGTH_OFFSET, SLOT_LENGTH, ByteOrder.LITTLE_ENDIAN);
        header.putLong(FILE_LENGTH_OFFSET, FILE_LENGTH, ByteOrder.LITTLE_ENDIAN);
        header.putLong(EPOCH_COUNTER_OFFSET, lastEpoch, ByteOrder.LITTLE_ENDIAN);
        header.putInt(HEADER_CHECK_OFFSET, headerCheck(image), ByteOrder.LITTLE_ENDIAN);
        return image;
    }

    /** Maps an existing file after checking it. Throws DAMAGED, INCOMPATIBLE, PERMISSION or IO, and changes nothing. */
    static NamesFile open(final Path path, final MapMode mode) {
        check(path, MappedFile.readHead(path, HEADER_STATIC_LENGTH));
        return new NamesFile(path, new UnsafeBuffer(MappedFile.map(path, FILE_LENGTH, mode)));
    }

    private static void check(final Path path, final byte[] head) {
        if (head.length < HEADER_STATIC_LENGTH) {
            MappedFile.checkLength(path, head.length, FILE_LENGTH);
        }
        final UnsafeBuffer header = new UnsafeBuffer(head);
        final long magic = header.getLong(MAGIC_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int version = header.getInt(LAYOUT_VERSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (magic != MAGIC) {
            throw damaged(path, "it does not begin with CLEATNMS");
        }
        if (version != LAYOUT_VERSION) {
            throw new CleatException(
                    ErrorCode.INCOMPATIBLE,
                    path + " is of another version of Cleat: layout=" + version + " expected=" + LAYOUT_VERSION);
        }
        if (header.getInt(HEADER_CHECK_OFFSET, ByteOrder.LITTLE_ENDIAN) != headerCheck(head)
                || header.getInt(SLOT_COUNT_OFFSET, ByteOrder.LITTLE_ENDIAN) != SLOT_COUNT
                || header.getInt(SLOT_LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN) != SLOT_LENGTH) {
            throw damaged(path, "its header is not what was written");
        }
    }

    private static CleatException damaged(final Path path, final String how) {
        return new CleatException(
                ErrorCode.DAMAGED,
                path + " is damaged: " + how + " (stop the coordinators of this directory, then delete the file)");
    }

    private static int headerCheck(final byte[] header) {
        final CRC32 crc = new CRC32();
        crc.update(header, 0, HEADER_CHECK_OFFSET);
        crc.update(header, FILE_LENGTH_OFFSET, HEADER_STATIC_LENGTH - FILE_LENGTH_OFFSET);
        return (int) crc.getValue();
    }

    private static int slotCheck(final byte[] slot) {
        final CRC32 crc = new CRC32();
        crc.update(slot, SLOT_EPOCH_OFFSET, SLOT_CHECK_OFFSET - SLOT_EPOCH_OFFSET);
        crc.update(slot, SLOT_NAME_OFFSET, SLOT_STATIC_LENGTH - SLOT_NAME_OFFSET);
        return (int) crc.getValue();
    }

    /** What is in a slot; null if it is free, was not readable in time, or is damaged. */
    @Nullable
    NameEntry read(final int index) {
        final byte[] copy = new byte[SLOT_LENGTH];
        return copySlot(index, copy) ? decode(copy) : null;
    }

    /** Every entry that can be read, in the order of the slots. */
    List<NameEntry> readAll() {
        final List<NameEntry> entries = new ArrayList<>();
        for (int i = 0; i < SLOT_COUNT; i++) {
            final NameEntry entry = read(i);
            if (entry != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    @Nullable
    NameEntry find(final String name) {
        for (int i = 0; i < SLOT_COUNT; i++) {
            final NameEntry entry = read(i);
            if (entry != null && entry.name().equals(name)) {
                return entry;
            }
        }
        return null;
    }

    private boolean copySlot(final int index, final byte[] copy) {
        final int slot = slotOffset(index);
        for (int attempt = 0; attempt < MAX_READ_ATTEMPTS; attempt++) {
            final int turn = buffer.getIntAcquire(slot + SLOT_TURN_OFFSET);
            if ((turn & 1) == 0) {
                if (buffer.getIntAcquire(slot + SLOT_STATE_OFFSET) == NameState.FREE.number()) {
                    return false;
                }
                buffer.getBytes(slot, copy);
                VarHandle.loadLoadFence();
                if (buffer.getIntOpaque(slot + SLOT_TURN_OFFSET) == turn) {
                    return true;
                }
            }
            Thread.onSpinWait();
        }
        return false;
    }

    private static @Nullable NameEntry decode(final byte[] copy) {
        final UnsafeBuffer slot = new UnsafeBuffer(copy);
        final NameState state = NameState.of(slot.getInt(SLOT_STATE_OFFSET));
        final String name = TextField.get(slot, SLOT_NAME_OFFSET, NAME_LENGTH);
        if (state == null
                || state == NameState.FREE
                || !DatabaseName.isValid(name)
                || slot.getInt(SLOT_CHECK_OFFSET) != slotCheck(copy)) {
            return null;
        }
        return new NameEntry(
                name,
                state,
                slot.getLong(SLOT_EPOCH_OFFSET),
                slot.getLong(SLOT_PID_OFFSET),
                slot.getLong(SLOT_PROCESS_START_OFFSET),
                slot.getLong(SLOT_HEARTBEAT_OFFSET),
                slot.getLong(SLOT_REGISTERED_AT_OFFSET),
                slot.getInt(SLOT_PROTOCOL_VERSION_OFFSET),
                TextField.get(slot, SLOT_DATABASE_FILE_OFFSET, DATABASE_FILE_LENGTH),
                TextField.get(slot, SLOT_USER_OFFSET, USER_LENGTH),
                TextField.get(slot, SLOT_SQLITE_VERSION_OFFSET, SQLITE_VERSION_LENGTH),
                TextField.get(slot, SLOT_DIALECT_OFFSET, DIALECT_LENGTH),
                Liveness.UNKNOWN);
    }

    /** Free as {@link #free} leaves it. A state that was damaged to FREE does not make a slot anybody's. */
    boolean isFree(final int index) {
        final int slot = slotOffset(index);
        return !isHalfWritten(index)
                && buffer.getIntAcquire(slot + SLOT_STATE_OFFSET) == NameState.FREE.number()
                && buffer.getLong(slot + SLOT_EPOCH_OFFSET) == 0;
    }

    /** Under names.lock this means that the writer died. */
    boolean isHalfWritten(final int index) {
        return (buffer.getIntAcquire(slotOffset(index) + SLOT_TURN_OFFSET) & 1) != 0;
    }

    /** The last epoch given. */
    long epochCounter() {
        final long counter = buffer.getLongAcquire(EPOCH_COUNTER_OFFSET);
        if (counter < 0 || counter > MAX_EPOCH) {
            throw damaged(path, "epochCounter=" + counter);
        }
        return counter;
    }

    void epochCounter(final long epoch) {
        buffer.putLongRelease(EPOCH_COUNTER_OFFSET, epoch);
    }

    void write(final int index, final NameEntry entry) {
        final byte[] image = new byte[SLOT_LENGTH];
        final UnsafeBuffer slot = new UnsafeBuffer(ByteBuffer.wrap(image));
        slot.putInt(SLOT_STATE_OFFSET, entry.state().number());
        slot.putLong(SLOT_EPOCH_OFFSET, entry.epoch());
        slot.putLong(SLOT_PID_OFFSET, entry.pid());
        slot.putLong(SLOT_PROCESS_START_OFFSET, entry.processStartMs());
        slot.putLong(SLOT_REGISTERED_AT_OFFSET, entry.registeredAtMs());
        slot.putLong(SLOT_HEARTBEAT_OFFSET, entry.heartbeatMs());
        slot.putInt(SLOT_PROTOCOL_VERSION_OFFSET, entry.protocolVersion());
        TextField.put(slot, SLOT_NAME_OFFSET, NAME_LENGTH, entry.name());
        TextField.put(slot, SLOT_DIALECT_OFFSET, DIALECT_LENGTH, entry.dialect());
        TextField.put(slot, SLOT_SQLITE_VERSION_OFFSET, SQLITE_VERSION_LENGTH, entry.sqliteVersion());
        TextField.put(slot, SLOT_USER_OFFSET, USER_LENGTH, entry.user());
        TextField.put(slot, SLOT_DATABASE_FILE_OFFSET, DATABASE_FILE_LENGTH, entry.databaseFile());
        slot.putInt(SLOT_CHECK_OFFSET, slotCheck(image));
        replace(index, image);
    }

    void free(final int index) {
        replace(index, new byte[SLOT_LENGTH]);
    }

    private void replace(final int index, final byte[] image) {
        final int slot = slotOffset(index);
        final int odd = buffer.getIntOpaque(slot + SLOT_TURN_OFFSET) | 1;
        buffer.putIntOpaque(slot + SLOT_TURN_OFFSET, odd);
        VarHandle.storeStoreFence();
        buffer.putBytes(slot + SLOT_STATE_OFFSET, image, SLOT_STATE_OFFSET, SLOT_LENGTH - SLOT_STATE_OFFSET);
        buffer.putIntRelease(slot + SLOT_TURN_OFFSET, odd + 1);
    }

    /** By the owner of the slot. */
    boolean state(final int index, final NameState expected, final NameState next) {
        return buffer.compareAndSetInt(slotOffset(index) + SLOT_STATE_OFFSET, expected.number(), next.number());
    }

    /** By the owner of the slot. */
    void heartbeat(final int index, final long nowMs) {
        buffer.putLongRelease(slotOffset(index) + SLOT_HEARTBEAT_OFFSET, nowMs);
    }
}
