// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteStatement;
import io.cleat.coordinator.sqlite.StatementInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Results of statements inside a transaction: they are open on the write connection, and go on as their credit allows.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class TransactionResults {
    private static final int CHUNKS_PER_TURN = 4;

    private final SqliteConnection writer;
    private final WriteGuard guard;
    private final Commits commits;
    private final ReplyProxy replies;
    private final WriterCounts counts;
    private final Parameters parameters = new Parameters();
    private final ResultChunk chunk = new ResultChunk();

    TransactionResults(
            SqliteConnection writer, WriteGuard guard, Commits commits, ReplyProxy replies, WriterCounts counts) {
        this.counts = counts;
        this.writer = writer;
        this.guard = guard;
        this.commits = commits;
        this.replies = replies;
    }

    /**
     * Runs a statement that returns rows, and sends the first of them.
     *
     * @param transaction in which it runs.
     * @param request of the statement.
     * @param known its text.
     * @param info what SQLite says of it.
     * @return null, or why it failed: it was answered.
     */
    @Nullable
    Failed stream(OpenTransaction transaction, Request request, KnownStatement known, StatementInfo info) {
        try {
            // Before the first step, which may change everything.
            request.session.client.load.checkResults();
        } catch (CleatException e) {
            final Failed failed = Failed.of(e);
            replies.failed(request.session, request.sequence, failed);
            return failed;
        }
        final Cursor cursor = new Cursor(request);
        final long changesBefore = writer.totalChanges();
        boolean row = false;
        boolean isCounting = false;
        final SessionCounts own = request.session.counts;
        final WriterCounts.RowIds rowIds = WriterCounts.rowIds(request);
        guard.begin(request);
        try {
            counts.begin(own, rowIds);
            isCounting = true;
            if (request.asksCounts) {
                counts.ask(own);
            }
            final SqliteStatement statement = writer.prepare(known.sql);
            cursor.statement(statement);
            parameters.bind(request, statement);
            cursor.columns = KnownStatement.describe(statement);
            final int version = statement.columnsVersion();
            row = statement.step();
            if (row) {
                cursor.rowPending();
            } else {
                cursor.exhausted();
            }
            cursor.statement(statement);
            if (version != statement.columnsVersion()) {
                cursor.columns = KnownStatement.describe(statement);
            }
            cursor.writes = info.writes();
            if (info.writes() && request.wantsLastRowId && request.insertsRowId) {
                // All rows are in place at the first step, and nothing else has run since.
                cursor.lastRowId = writer.lastInsertRowId();
            }
            isCounting = false;
            if (row && info.writes()) {
                counts.pause(own, rowIds, true);
            } else {
                counts.end(own, rowIds, writer.changes() > 0);
            }
            if (cursor.lastRowId != 0) {
                counts.read(own, cursor.lastRowId);
            }
            cursor.commitSequence = commits.sequence();
            cursor.creditBytes = request.creditBytes;
            cursor.state = Cursor.State.IN_TRANSACTION;
            request.session.opened(cursor);
            joined(transaction, cursor, false);
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            cursor.closeStatement();
            final Failed failed = Reads.explain(e, request, guard.wasCancelled());
            replies.failed(request.session, request.sequence, failed);
            return failed;
        } finally {
            guard.end();
            if (isCounting) {
                counts.end(own, rowIds, false);
            }
            if ((row && info.writes()) || writer.totalChanges() != changesBefore) {
                // SQLite counts at the end, which rows of RETURNING put off; also when it failed: some statements keep
                // what they did.
                transaction.pending.add(true, request.updates);
            }
        }
        return pump(transaction, cursor);
    }

    /**
     * A result of a statement that writes, not read to its end: SQLite sets and releases no savepoint meanwhile.
     *
     * @param transaction open.
     * @throws CleatException of code MISUSE when there is one.
     */
    static void ensureNoneWrites(OpenTransaction transaction) {
        for (final ClientSession session : transaction.sessions()) {
            for (final Cursor cursor : session.cursors) {
                if (cursor.writes && cursor.state == Cursor.State.IN_TRANSACTION) {
                    throw new CleatException(
                            ErrorCode.MISUSE,
                            "a result of RETURNING is open in this transaction; read it to its end, or close it, before a savepoint, "
                                    + "nested transaction, batch or script: " + cursor.request);
                }
            }
        }
    }

    /**
     * Goes on with all results of a transaction that have credit.
     *
     * @param transaction open.
     * @return how many went on.
     */
    int resume(OpenTransaction transaction) {
        int work = 0;
        work += resume(transaction, transaction.session);
        for (int i = 0; i < transaction.joined.size(); i++) {
            work += resume(transaction, transaction.joined.get(i));
        }
        return work;
    }

    private int resume(OpenTransaction transaction, ClientSession session) {
        int work = 0;
        final List<Cursor> cursors = session.cursors;
        for (int i = cursors.size() - 1; i >= 0 && i < cursors.size(); i--) {
            final Cursor cursor = cursors.get(i);
            if (cursor.state != Cursor.State.IN_TRANSACTION) {
                continue;
            }
            if (cursor.cancelRequested) {
                close(cursor, "the result was closed by its client: " + cursor.request);
            } else if (cursor.creditBytes > 0) {
                pump(transaction, cursor);
                work++;
            }
        }
        return work;
    }

    private @Nullable Failed pump(OpenTransaction transaction, Cursor cursor) {
        Failed failed = null;
        guard.begin(cursor.request, cursor.chunkIndex == 0);
        counts.resume();
        boolean done = false;
        try {
            for (int i = 0; i < CHUNKS_PER_TURN && !done && (cursor.creditBytes > 0 || cursor.chunkIndex == 0); i++) {
                chunk.begin(
                        replies.epoch(), cursor.sequence, cursor.session.id, cursor.chunkIndex, cursor.columns, true);
                cursor.columns = null;
                cursor.chunkIndex++;
                done = cursor.fill(chunk, Math.max(1, cursor.creditBytes), Long.MAX_VALUE);
                cursor.creditBytes -= chunk.rowBytes();
                // SQLite counts when the statement has come to its end.
                cursor.changeCount = done && cursor.writes ? writer.changes() : 0;
                chunk.finish(done, cursor.commitSequence, cursor.changeCount, cursor.lastRowId);
                replies.send(cursor.session.client, chunk);
                KillPoint.DURING_REPLY.reached();
            }
            counts.resumed(cursor.session.counts, done && cursor.writes);
            if (done) {
                joined(transaction, cursor, true);
                done(cursor);
            }
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            end(cursor);
            failed = Reads.explain(e, cursor.request, guard.wasCancelled());
            replies.failed(cursor.session, cursor.sequence, failed);
        } finally {
            guard.end();
        }
        transaction.lease.used();
        return failed;
    }

    /** A joined session's statement with RETURNING has done all its changes with the first row, and counts them with the last. */
    private static void joined(OpenTransaction transaction, Cursor cursor, boolean isComplete) {
        if (cursor.writes && cursor.session != transaction.session) {
            transaction.joinedWrites.add(new JoinedWrites.Write(
                    cursor.session, cursor.sequence, cursor.changeCount, cursor.lastRowId, true, isComplete));
        }
    }

    /**
     * Closes a result of a transaction that may be committed: what the statement has changed stays in it.
     *
     * @param cursor of a transaction.
     * @param reason told to the client; null when nobody is to be told.
     */
    void close(Cursor cursor, @Nullable String reason) {
        close(cursor, reason, cursor.writes ? Outcome.UNKNOWN : Outcome.NOT_APPLIED);
    }

    private void close(Cursor cursor, @Nullable String reason, Outcome outcome) {
        end(cursor);
        if (reason != null) {
            replies.failed(
                    cursor.session,
                    cursor.sequence,
                    Failed.of(ErrorCode.CANCELLED, reason).started().with(outcome));
        }
    }

    /**
     * Closes the results of all sessions of a transaction that may be committed.
     *
     * @param transaction open.
     * @param reason told to the clients.
     */
    void closeAll(OpenTransaction transaction, String reason) {
        for (final ClientSession session : transaction.sessions()) {
            closeAll(session, reason);
        }
    }

    /**
     * Closes the results of all sessions of a transaction that is rolled back.
     *
     * @param transaction open.
     * @param reason told to the clients.
     */
    void undoAll(OpenTransaction transaction, String reason) {
        for (final ClientSession session : transaction.sessions()) {
            for (final Cursor cursor : List.copyOf(session.cursors)) {
                if (cursor.state == Cursor.State.IN_TRANSACTION) {
                    close(cursor, reason, Outcome.NOT_APPLIED);
                }
            }
        }
    }

    /**
     * Closes the results that a session has open on the write connection.
     *
     * @param session of the transaction.
     * @param reason told to its client.
     */
    void closeAll(ClientSession session, String reason) {
        for (final Cursor cursor : List.copyOf(session.cursors)) {
            if (cursor.state == Cursor.State.IN_TRANSACTION) {
                close(cursor, reason);
            }
        }
    }

    /** Given up before its end: a statement that writes has its effect, and SQLite counts it now. */
    private void end(Cursor cursor) {
        counts.resume();
        try {
            cursor.closeStatement();
        } finally {
            counts.resumed(cursor.session.counts, cursor.writes);
            done(cursor);
        }
    }

    private static void done(Cursor cursor) {
        cursor.closeStatement();
        cursor.state = Cursor.State.DONE;
        cursor.session.ended(cursor);
    }
}
