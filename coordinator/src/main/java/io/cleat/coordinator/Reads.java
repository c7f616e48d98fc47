// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.SqliteStatement;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads outside transactions. A read starts on the conductor, on a read connection: a short one is answered there, with no second
 * thread to wake. One that is not done within the conductor's patience, or has more rows than a chunk, goes to the
 * {@link ReaderPool}, with its connection if another is free for the conductor, else from its start.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Reads {
    private final ReaderPool pool;
    private final ReplyProxy replies;
    private final ConductorCounters counters;
    private final LongSupplier commitSequence;
    private final long patienceNs;
    private final Parameters parameters = new Parameters();
    private final ResultChunk chunk = new ResultChunk();
    private Reader reader;

    Reads(
            ReaderPool pool,
            ReplyProxy replies,
            ConductorCounters counters,
            LongSupplier commitSequence,
            long patienceNs) {
        this.pool = pool;
        this.replies = replies;
        this.counters = counters;
        this.commitSequence = commitSequence;
        this.patienceNs = patienceNs;
        this.reader = pool.open();
    }

    /** {@return the conductor's own read connection, on which the committed schema may be asked for} */
    Reader reader() {
        return reader;
    }

    /**
     * Runs a read.
     *
     * @param request whose statement is of kind READ.
     * @param statement its statement.
     */
    void execute(Request request, KnownStatement statement) {
        final Snapshot snapshot = request.session.snapshot;
        if (statement.isSlow() || !runHere(request, statement, snapshot)) {
            counters.poolReads.incrementOrdered();
            final Request kept = request.keep();
            try {
                if (snapshot == null) {
                    pool.start(new Cursor(kept));
                } else {
                    pool.start(new Cursor(kept), snapshot);
                }
            } finally {
                // The cursor keeps it now.
                kept.letGo();
            }
        }
    }

    /** Returns false when the read has to start again elsewhere. */
    private boolean runHere(Request request, KnownStatement known, @Nullable Snapshot snapshot) {
        final Reader here = snapshot == null ? reader : snapshot.reader;
        final long startNs = System.nanoTime();
        final long patienceEndNs = startNs + patienceNs;
        final long seen = snapshot == null ? commitSequence.getAsLong() : snapshot.commitSequence;
        here.begin(request.deadlineNs, patienceEndNs, null);
        here.serves(request);
        final SqliteStatement statement = here.connection.prepare(known.sql);
        boolean ours = true;
        try {
            parameters.bind(request, statement);
            boolean row = statement.step();
            chunk.begin(replies.epoch(), request.sequence, request.session.id, 0, known.columns(statement), true);
            final int columnCount = statement.columnCount();
            final int targetBytes = Math.min(ResultChunk.TARGET_ROW_BYTES, request.creditBytes);
            int rows = 0;
            while (row) {
                final LargeRow large = RowEncoder.encode(statement, columnCount, chunk);
                rows++;
                if (large != null
                        || chunk.rowBytes() >= targetBytes
                        || ((rows & 15) == 0 && patienceEndNs - System.nanoTime() < 0)) {
                    known.onSlow();
                    ours = !handOver(request, here, snapshot, statement, large, seen);
                    return !ours;
                }
                row = statement.step();
            }
            chunk.finish(true, seen, 0, 0);
            known.onFast();
            counters.inlineReads.incrementOrdered();
            replies.send(request.session.client, chunk);
            return true;
        } catch (SqliteException e) {
            if (here.isOutOfPatience()) {
                known.onSlow();
                return false;
            }
            throw e;
        } finally {
            if (ours) {
                statement.close();
            }
            if (ours) {
                here.rest();
                if (snapshot != null) {
                    snapshot.usedNs = System.nanoTime();
                }
            }
            reader.rest();
        }
    }

    private boolean handOver(
            Request request,
            Reader from,
            @Nullable Snapshot snapshot,
            SqliteStatement statement,
            @Nullable LargeRow large,
            long seen) {
        // A limit stops it here, where nothing was sent and the connection is still ours.
        request.session.client.load.checkResults();
        final Request kept = request.keep();
        try {
            return handOverKept(kept, from, snapshot, statement, large, seen);
        } finally {
            // The cursor keeps it now.
            kept.letGo();
        }
    }

    private boolean handOverKept(
            Request request,
            Reader from,
            @Nullable Snapshot snapshot,
            SqliteStatement statement,
            @Nullable LargeRow large,
            long seen) {
        if (snapshot == null) {
            final Reader other = pool.takeIdle();
            if (other == null) {
                return false;
            }
            reader = other;
        }
        counters.movedReads.incrementOrdered();
        final Cursor cursor = new Cursor(request);
        cursor.reader = from;
        cursor.statement(statement);
        cursor.largeRow(large);
        cursor.commitSequence = seen;
        cursor.chunkIndex = 1;
        cursor.creditBytes = (long) request.creditBytes - chunk.rowBytes();
        chunk.finish(false, seen, 0, 0);
        replies.send(request.session.client, chunk);
        if (snapshot == null) {
            pool.resume(cursor);
        } else {
            pool.resume(cursor, snapshot);
        }
        return true;
    }

    /**
     * Tells why a read failed.
     *
     * @param error that stopped it.
     * @param request that it belongs to.
     * @param cancelled whether the client gave it up.
     * @return what to tell the client.
     */
    static Failed explain(Throwable error, Request request, boolean cancelled) {
        if (cancelled) {
            return Failed.of(ErrorCode.CANCELLED, "the request was cancelled while it ran: " + request)
                    .started();
        }
        final long nowNs = System.nanoTime();
        if (error instanceof SqliteException e && e.primaryCode() == Writes.SQLITE_INTERRUPT && request.isPast(nowNs)) {
            return Failed.of(
                            ErrorCode.DEADLINE_EXCEEDED,
                            "the request ran past its deadline and was stopped: lateMs="
                                    + (nowNs - request.deadlineNs) / 1_000_000 + " " + request)
                    .started();
        }
        return Failed.of(error);
    }
}
