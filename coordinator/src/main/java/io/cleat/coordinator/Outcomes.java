// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static io.cleat.coordinator.OutcomesDescriptor.*;

import io.cleat.nameserver.MappedFile;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What became of the last writes of one client: see docs/outcome.md. What is staged counts once its commit does.
 *
 * <p>Not thread-safe: the conductor's, before its client is attached its maker's.
 */
final class Outcomes implements KnownOutcomes {
    private static final byte[] NONE = new byte[0];

    private final UnsafeBuffer buffer;

    private Outcomes(UnsafeBuffer buffer) {
        this.buffer = buffer;
    }

    /**
     * Opens a client's file.
     *
     * @param file {@code outcomes/ID.dat}.
     * @return null when there is none, or none of this layout.
     */
    static @Nullable Outcomes open(Path file) {
        if (!Files.exists(file)) {
            return null;
        }
        final UnsafeBuffer head = new UnsafeBuffer(MappedFile.readHead(file, LINE));
        if (head.capacity() != LINE
                || head.getLong(MAGIC_OFFSET) != MAGIC
                || head.getInt(LAYOUT_VERSION_OFFSET) != LAYOUT_VERSION
                || head.getInt(FILE_LENGTH_OFFSET) != FILE_LENGTH) {
            return null;
        }
        return new Outcomes(new UnsafeBuffer(MappedFile.map(file, FILE_LENGTH, MapMode.READ_WRITE)));
    }

    /**
     * Makes a client's file.
     *
     * @param file {@code outcomes/ID.dat}; its folder exists.
     * @param clientId of the client.
     * @return empty.
     */
    static Outcomes create(Path file, long clientId) {
        final byte[] image = new byte[FILE_LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(image);
        buffer.putLong(MAGIC_OFFSET, MAGIC);
        buffer.putInt(LAYOUT_VERSION_OFFSET, LAYOUT_VERSION);
        buffer.putInt(FILE_LENGTH_OFFSET, FILE_LENGTH);
        buffer.putLong(CLIENT_ID_OFFSET, clientId);
        MappedFile.create(file, image);
        return new Outcomes(new UnsafeBuffer(MappedFile.map(file, FILE_LENGTH, MapMode.READ_WRITE)));
    }

    /**
     * Notes what a commit that is about to be made does for a request.
     *
     * @param stamp of the commit.
     * @param request that is applied with it.
     * @param changeCount rows changed.
     * @param lastRowId of the last row inserted, or 0.
     * @param commitSequence after the commit.
     * @param rows all that it returned; null when it returned none, or more.
     * @param tooManyRows whether it returned more.
     */
    void stage(
            long stamp,
            Request request,
            long changeCount,
            long lastRowId,
            long commitSequence,
            @Nullable ResultChunk rows,
            boolean tooManyRows) {
        final long number = buffer.getLong(COUNT_OFFSET);
        int flags = tooManyRows ? FLAG_ROWS | FLAG_TOO_LARGE : 0;
        if (rows != null) {
            flags |= stageRows(entryOffset(number), rows);
        }
        put(number, stamp, request.sequence, request.session.id, changeCount, lastRowId, commitSequence, flags);
    }

    /**
     * Notes what a commit that is about to be made does for a request of a session that joined its transaction.
     *
     * @param stamp of the commit.
     * @param write the request and what it did.
     * @param commitSequence after the commit.
     */
    void stageJoined(long stamp, JoinedWrites.Write write, long commitSequence) {
        put(
                buffer.getLong(COUNT_OFFSET),
                stamp,
                write.sequence(),
                write.session().id,
                write.changeCount(),
                write.lastRowId(),
                commitSequence,
                joinedFlags(write));
    }

    /**
     * Notes the commit of a transaction that is about to be made.
     *
     * @param stamp of the commit.
     * @param commit the request for it.
     * @param beginSequence of the request that began the transaction, in the same session.
     * @param commitSequence after the commit.
     */
    void stageTransaction(long stamp, Request commit, long beginSequence, long commitSequence) {
        final long number = buffer.getLong(COUNT_OFFSET);
        buffer.putLong(entryOffset(number) + RING_POSITION_OFFSET, beginSequence);
        put(number, stamp, commit.sequence, commit.session.id, 0, 0, commitSequence, FLAG_TRANSACTION);
    }

    @SuppressWarnings("TooManyParameters")
    private void put(
            long number,
            long stamp,
            long sequence,
            int sessionId,
            long changeCount,
            long lastRowId,
            long commitSequence,
            int flags) {
        forget(number + 1 - ENTRY_COUNT);
        final int at = entryOffset(number);
        buffer.putLong(at + SEQUENCE_OFFSET, sequence);
        buffer.putLong(at + STAMP_OFFSET, stamp);
        buffer.putLong(at + CHANGE_COUNT_OFFSET, changeCount);
        buffer.putLong(at + LAST_ROW_ID_OFFSET, lastRowId);
        buffer.putLong(at + COMMIT_SEQUENCE_OFFSET, commitSequence);
        buffer.putInt(at + SESSION_ID_OFFSET, sessionId);
        buffer.putInt(at + FLAGS_OFFSET, flags);
        buffer.putLongRelease(COUNT_OFFSET, number + 1);
    }

    /** An entry is about to stop to count. */
    private void forget(long number) {
        if (number >= 0) {
            forgetThrough(buffer.getLong(entryOffset(number) + SEQUENCE_OFFSET));
        }
    }

    /**
     * Nothing is known of a request, nor of those before it, unless there is an entry.
     *
     * @param sequence of it.
     */
    void forgetThrough(long sequence) {
        if (sequence > buffer.getLong(FORGOTTEN_OFFSET)) {
            buffer.putLongRelease(FORGOTTEN_OFFSET, sequence);
        }
    }

    private int stageRows(int at, ResultChunk chunk) {
        final int columnBytes = chunk.columnBytes();
        final int rowBytes = chunk.rowBytes();
        final int length = columnBytes + rowBytes;
        if (length > MAX_ROW_BYTES) {
            return FLAG_ROWS | FLAG_TOO_LARGE;
        }
        long position = buffer.getLong(RING_END_OFFSET);
        final int left = RING_LENGTH - (int) (position & (RING_LENGTH - 1));
        if (length > left) {
            position += left;
        }
        buffer.putLongRelease(RING_END_OFFSET, position + length);
        final int ring = RING_OFFSET + (int) (position & (RING_LENGTH - 1));
        buffer.putBytes(ring, chunk.buffer(), chunk.columnsOffset(), columnBytes);
        buffer.putBytes(ring + columnBytes, chunk.buffer(), chunk.limit() - rowBytes, rowBytes);
        buffer.putLong(at + RING_POSITION_OFFSET, position);
        buffer.putInt(at + COLUMNS_LENGTH_OFFSET, columnBytes);
        buffer.putInt(at + ROWS_LENGTH_OFFSET, rowBytes);
        return FLAG_ROWS;
    }

    /**
     * The commit was not made: what was staged for it never was. Repeatable.
     *
     * @param stamp of the last commit that was made: all above it is struck.
     * @param unknown the commit of which nobody knows: its requests are marked so instead; -1: none.
     */
    void strikeAbove(long stamp, long unknown) {
        final long count = buffer.getLongAcquire(COUNT_OFFSET);
        for (long number = count - 1; number >= Math.max(0, count - KEPT_COUNT); number--) {
            final int at = entryOffset(number);
            final long own = buffer.getLong(at + STAMP_OFFSET);
            if (own <= stamp) {
                return;
            }
            if (own == unknown) {
                buffer.putIntRelease(at + FLAGS_OFFSET, buffer.getInt(at + FLAGS_OFFSET) | FLAG_UNKNOWN);
            } else if ((buffer.getInt(at + FLAGS_OFFSET) & FLAG_UNKNOWN) == 0) {
                buffer.putLongRelease(at + SEQUENCE_OFFSET, 0);
            }
        }
    }

    @Override
    public @Nullable KnownOutcome find(long sequence) {
        final long count = buffer.getLongAcquire(COUNT_OFFSET);
        for (long number = count - 1; number >= Math.max(0, count - KEPT_COUNT); number--) {
            final int at = entryOffset(number);
            if (buffer.getLong(at + SEQUENCE_OFFSET) == sequence) {
                return outcome(at);
            }
        }
        return null;
    }

    @Override
    public long transactionOf(int sessionId, long sequence) {
        final long count = buffer.getLongAcquire(COUNT_OFFSET);
        for (long number = count - 1; number >= Math.max(0, count - KEPT_COUNT); number--) {
            final int at = entryOffset(number);
            final long commit = buffer.getLong(at + SEQUENCE_OFFSET);
            if (buffer.getInt(at + SESSION_ID_OFFSET) == sessionId
                    && (buffer.getInt(at + FLAGS_OFFSET) & FLAG_TRANSACTION) != 0
                    && sequence < commit
                    && sequence >= buffer.getLong(at + RING_POSITION_OFFSET)) {
                return commit;
            }
        }
        return 0;
    }

    @Override
    public boolean mayBeInTransaction(long sequence) {
        final long count = buffer.getLongAcquire(COUNT_OFFSET);
        for (long number = count - 1; number >= Math.max(0, count - KEPT_COUNT); number--) {
            final int at = entryOffset(number);
            if ((buffer.getInt(at + FLAGS_OFFSET) & FLAG_TRANSACTION) != 0
                    && sequence < buffer.getLong(at + SEQUENCE_OFFSET)
                    && sequence >= buffer.getLong(at + RING_POSITION_OFFSET)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Nothing is known any more of what was before.
     *
     * @param sequence the first request that is new.
     */
    void forgetBelow(long sequence) {
        buffer.putLongRelease(FORGOTTEN_OFFSET, sequence - 1);
    }

    @Override
    public boolean isForgotten(long sequence) {
        return sequence <= buffer.getLongAcquire(FORGOTTEN_OFFSET);
    }

    private KnownOutcome outcome(int at) {
        final int flags = buffer.getInt(at + FLAGS_OFFSET);
        final boolean returnsRows = (flags & FLAG_ROWS) != 0;
        final long position = buffer.getLong(at + RING_POSITION_OFFSET);
        final boolean kept = returnsRows
                && (flags & FLAG_TOO_LARGE) == 0
                && buffer.getLongAcquire(RING_END_OFFSET) - position <= RING_LENGTH;
        final int ring = RING_OFFSET + (int) (position & (RING_LENGTH - 1));
        final int columnBytes = kept ? buffer.getInt(at + COLUMNS_LENGTH_OFFSET) : 0;
        final int rowBytes = kept ? buffer.getInt(at + ROWS_LENGTH_OFFSET) : 0;
        return new KnownOutcome(
                (flags & FLAG_UNKNOWN) != 0,
                buffer.getLong(at + CHANGE_COUNT_OFFSET),
                buffer.getLong(at + LAST_ROW_ID_OFFSET),
                buffer.getLong(at + COMMIT_SEQUENCE_OFFSET),
                returnsRows,
                bytes(ring, columnBytes),
                bytes(ring + columnBytes, rowBytes),
                returnsRows && !kept,
                (flags & FLAG_JOINED) != 0);
    }

    private byte[] bytes(int at, int length) {
        if (length == 0) {
            return NONE;
        }
        final byte[] bytes = new byte[length];
        buffer.getBytes(at, bytes);
        return bytes;
    }
}
