// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteStatement;
import org.jspecify.annotations.Nullable;

/**
 * A result on its way: the statement that gives the rows, and how far it has come. Filled by whoever runs it, one thread at a time:
 * the conductor, or a reader thread between being given to it and its last event.
 *
 * <p>The fields above the line are the conductor's alone.
 */
final class Cursor {
    /** Where a cursor is. */
    enum State {
        /** Waits for a read connection. */
        QUEUED,
        /** A reader thread has it. */
        RUNNING,
        /** Waits for credit; it keeps its connection and its snapshot. */
        PARKED,
        /** Has credit, and waits until the connection of its snapshot is free. */
        READY,
        /** On the write connection, run by the conductor inside its session's transaction. */
        IN_TRANSACTION,
        /** Over. */
        DONE
    }

    final ClientSession session;
    final Request request;
    final long sequence;
    /** The snapshot on which it runs, or null. */
    @Nullable
    Snapshot snapshot;

    State state = State.QUEUED;
    long creditBytes;
    long parkedSinceNs;

    /** Nobody wants it any more; whoever runs it stops soon. */
    volatile boolean cancelRequested;

    /** Told to the client when it is closed later, because its connection is in use. */
    @Nullable
    String closeReason;

    /** Another request of its session waits for the connection of the snapshot; who fills chunks stops after the next row. */
    volatile boolean yieldRequested;

    // ---- above: the conductor's; below: of whoever runs it ----

    @Nullable
    Reader reader;

    /** Its reader thread is to open the connection. */
    boolean opensReader;

    @Nullable
    SqliteStatement statement;

    long commitSequence;
    int chunkIndex;

    /** Whether the statement changes rows and returns them. */
    boolean writes;

    long changeCount;
    long lastRowId;

    /** Credit that is left when it is parked; less than 0 when a row was longer than the credit. */
    long leftBytes;

    /** The encoded columns until they were sent. */
    byte @Nullable [] columns;

    private int columnCount;
    private @Nullable LargeRow largeRow;
    private boolean rowPending;
    private boolean exhausted;

    Cursor(Request request) {
        this.request = request;
        this.session = request.session;
        this.sequence = request.sequence;
    }

    /**
     * Takes a statement whose values are bound.
     *
     * @param bound the statement.
     */
    void statement(SqliteStatement bound) {
        statement = bound;
        columnCount = bound.columnCount();
    }

    /** The statement stands on a row that is not in a chunk yet. */
    void rowPending() {
        rowPending = true;
    }

    /** The statement has no rows. */
    void exhausted() {
        exhausted = true;
    }

    /**
     * Takes over a row that did not fit in a chunk.
     *
     * @param row or null.
     */
    void largeRow(@Nullable LargeRow row) {
        largeRow = row;
    }

    /**
     * Adds rows to a chunk until it has enough, the rows end, or it is time to stop.
     *
     * @param chunk that was begun.
     * @param maxRowBytes after so many bytes of rows the chunk is full, whatever its target.
     * @param untilNs stops between rows after this time; {@code Long.MAX_VALUE} for never.
     * @return true when there are no more rows; the statement is still to be closed.
     */
    boolean fill(ResultChunk chunk, long maxRowBytes, long untilNs) {
        final SqliteStatement source = statement;
        if (source == null) {
            throw new IllegalStateException("no statement: " + request);
        }
        final long target = Math.min(ResultChunk.TARGET_ROW_BYTES, maxRowBytes);
        int rows = 0;
        while (chunk.rowBytes() < target) {
            final LargeRow large = largeRow;
            if (large != null) {
                large.moveTo(chunk, (int) (target - chunk.rowBytes()));
                if (large.isEmpty()) {
                    largeRow = null;
                }
                continue;
            }
            if (exhausted || (!rowPending && !source.step())) {
                return true;
            }
            rowPending = false;
            largeRow = RowEncoder.encode(source, columnCount, chunk);
            rows++;
            if (yieldRequested) {
                return false;
            }
            if ((rows & 15) == 0 && untilNs != Long.MAX_VALUE && untilNs - System.nanoTime() < 0) {
                return false;
            }
        }
        return false;
    }

    /** Gives the statement back, whatever it was doing. */
    void closeStatement() {
        final SqliteStatement source = statement;
        statement = null;
        largeRow = null;
        if (source != null) {
            source.close();
        }
    }
}
