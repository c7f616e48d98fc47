// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.SqliteStatement;
import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.protocol.codec.TransactionControlDecoder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The transaction of the session that has the write turn: its requests, its results, its end, whoever ends it.
 *
 * <p>Its requests run on the write connection, so never while that runs something already (see {@link WriteGuard}).
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Transactions {
    private static final int CHUNKS_PER_TURN = 4;

    private final SqliteConnection writer;
    private final Writes writes;
    private final WriteGuard guard;
    private final CommitLog commits;
    private final ReplyProxy replies;
    private final ConductorCounters counters;
    private final Consumer<ClientSession> unblocked;
    private final long leaseNs;
    private final ArrayDeque<Request> requests = new ArrayDeque<>();
    private final WriteRun run = new WriteRun();
    private final Parameters parameters = new Parameters();
    private final ResultChunk chunk = new ResultChunk();
    private final TransactionControlDecoder control = new TransactionControlDecoder();
    private @Nullable OpenTransaction holder;

    Transactions(
            SqliteConnection writer,
            Writes writes,
            WriteGuard guard,
            CommitLog commits,
            ReplyProxy replies,
            ConductorCounters counters,
            Consumer<ClientSession> unblocked,
            long leaseNs) {
        this.writer = writer;
        this.writes = writes;
        this.guard = guard;
        this.commits = commits;
        this.replies = replies;
        this.counters = counters;
        this.unblocked = unblocked;
        this.leaseNs = leaseNs;
    }

    /** {@return the open transaction, or null} */
    @Nullable
    OpenTransaction holder() {
        return holder;
    }

    /**
     * Grants the write turn.
     *
     * @param request of a session without a transaction.
     */
    void begin(Request request) {
        final ClientSession session = request.session;
        try {
            final OpenTransaction transaction = new OpenTransaction(session, System.nanoTime(), writer.totalChanges());
            writer.beginImmediate();
            session.transaction = transaction;
            session.endedReason = null;
            holder = transaction;
            replies.done(request, 0, 0);
        } catch (SqliteException e) {
            replies.failed(session, request.sequence, Failed.of(e));
        }
    }

    /**
     * Queues a request of the holder; its session waits until it has run.
     *
     * @param request of the session that has the transaction.
     */
    void enqueue(Request request) {
        request.session.blockedBy = request.sequence;
        requests.add(request.owned());
    }

    /**
     * Runs the holder's requests, and goes on with its results as their credit allows.
     *
     * @return how much was done.
     */
    int run() {
        int work = 0;
        Request request;
        while ((request = requests.pollFirst()) != null) {
            try {
                execute(request);
            } finally {
                final ClientSession session = request.session;
                if (session.blockedBy == request.sequence) {
                    session.blockedBy = ClientSession.NOTHING;
                    unblocked.accept(session);
                }
            }
            work++;
        }
        final OpenTransaction transaction = holder;
        if (transaction != null) {
            work += resume(transaction);
        }
        return work;
    }

    private void execute(Request request) {
        final OpenTransaction transaction = request.session.transaction;
        if (transaction == null) {
            replies.failed(
                    request.session,
                    request.sequence,
                    ErrorCode.TRANSACTION_ENDED,
                    String.valueOf(request.session.endedReason));
            return;
        }
        if (request.isPast(System.nanoTime())) {
            replies.failed(request.session, request.sequence, Writes.pastDeadline(request));
        } else if (request.kind == Request.Kind.TRANSACTION) {
            control(transaction, request);
        } else {
            statement(transaction, request);
        }
        transaction.lastUsedNs = System.nanoTime();
    }

    private void statement(OpenTransaction transaction, Request request) {
        final KnownStatement known = request.statement;
        final StatementInfo info;
        try {
            info = known == null || request.script ? null : writer.describe(known.sql);
            if (info != null) {
                transaction.lastSql = known == null ? "" : known.sql;
                Admission.checkInTransaction(request, info);
                request.describe(info);
            }
        } catch (SqliteException | CleatException e) {
            replies.failed(request.session, request.sequence, Failed.of(e));
            return;
        }
        if (known != null && info != null && info.returnsRows()) {
            stream(transaction, request, known, info.writes());
            return;
        }
        run.begin(request);
        writes.execute(run, true);
        transaction.schemaChanged |= run.changedSchema;
        run.reply(replies, commits.sequence());
        final Failed failed = run.failed;
        run.end();
        if (failed != null) {
            afterFailure(transaction, failed.message());
        }
    }

    private void stream(OpenTransaction transaction, Request request, KnownStatement known, boolean writesRows) {
        final Cursor cursor = new Cursor(request);
        guard.begin(request);
        try {
            final SqliteStatement statement = writer.prepare(known.sql);
            cursor.statement(statement);
            parameters.bind(request, statement);
            cursor.columns = KnownStatement.describe(statement);
            final int version = statement.columnsVersion();
            if (statement.step()) {
                cursor.rowPending();
            } else {
                cursor.exhausted();
            }
            cursor.statement(statement);
            if (version != statement.columnsVersion()) {
                cursor.columns = KnownStatement.describe(statement);
            }
            cursor.writes = writesRows;
            if (writesRows && request.wantsLastRowId && request.insertsRowId) {
                // All rows are in place at the first step, and nothing else has run since.
                cursor.lastRowId = writer.lastInsertRowId();
            }
            cursor.commitSequence = commits.sequence();
            cursor.creditBytes = request.creditBytes;
            cursor.state = Cursor.State.IN_TRANSACTION;
            request.session.cursors.add(cursor);
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            guard.end();
            cursor.closeStatement();
            final Failed failed = Reads.explain(e, request, guard.wasCancelled());
            replies.failed(request.session, request.sequence, failed);
            afterFailure(transaction, failed.message());
            return;
        }
        guard.end();
        pump(transaction, cursor);
    }

    private int resume(OpenTransaction transaction) {
        int work = 0;
        final List<Cursor> cursors = transaction.session.cursors;
        for (int i = cursors.size() - 1; i >= 0; i--) {
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

    private void pump(OpenTransaction transaction, Cursor cursor) {
        guard.begin(cursor.request, cursor.chunkIndex == 0);
        try {
            boolean done = false;
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
            }
            if (done) {
                end(cursor);
            }
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            end(cursor);
            final Failed failed = Reads.explain(e, cursor.request, guard.wasCancelled());
            replies.failed(cursor.session, cursor.sequence, failed);
            afterFailure(transaction, failed.message());
        } finally {
            guard.end();
        }
        transaction.lastUsedNs = System.nanoTime();
    }

    private void control(OpenTransaction transaction, Request request) {
        control.wrap(request.message, 0, request.blockLength, request.version);
        final TransactionAction action = control.action();
        final int savepoint = control.savepoint();
        transaction.lastSql = String.valueOf(action);
        try {
            switch (action) {
                case BEGIN ->
                    throw new CleatException(
                            ErrorCode.MISUSE, "a transaction is open already in this session: " + request.session);
                case COMMIT -> commit(transaction);
                case ROLLBACK -> rollback(transaction, null);
                case SAVEPOINT -> writer.exec("SAVEPOINT " + name(savepoint));
                case RELEASE -> writer.exec("RELEASE " + name(savepoint));
                case ROLLBACK_TO -> {
                    closeCursors(transaction.session, "the result was closed by ROLLBACK TO");
                    writer.exec("ROLLBACK TO " + name(savepoint));
                }
                default -> throw new CleatException(ErrorCode.PROTOCOL, "unknown transaction action: " + action);
            }
            replies.done(request, 0, 0);
        } catch (SqliteException e) {
            final Failed failed = action == TransactionAction.COMMIT ? Writes.commitFailure(e) : Failed.of(e);
            replies.failed(request.session, request.sequence, failed);
            afterFailure(transaction, failed.message());
        } catch (CleatException e) {
            replies.failed(request.session, request.sequence, Failed.of(e));
        }
    }

    private void commit(OpenTransaction transaction) {
        closeCursors(transaction.session, "the result was closed by COMMIT");
        guard.uninterruptible(true);
        try {
            writer.commit();
        } finally {
            guard.uninterruptible(false);
        }
        commits.onCommit(
                writer.totalChanges() != transaction.totalChangesBefore || transaction.schemaChanged,
                transaction.schemaChanged);
        ended(transaction, null);
    }

    /**
     * Ends a transaction without effect.
     *
     * @param transaction open.
     * @param reason told to its session, if it asks again; null when its own client ended it.
     */
    private void rollback(OpenTransaction transaction, @Nullable String reason) {
        closeCursors(
                transaction.session, "the result was closed by a rollback" + (reason == null ? "" : ": " + reason));
        guard.uninterruptible(true);
        try {
            writer.rollback();
        } finally {
            guard.uninterruptible(false);
            ended(transaction, reason);
        }
    }

    private void ended(OpenTransaction transaction, @Nullable String reason) {
        transaction.session.transaction = null;
        transaction.session.endedReason = reason;
        holder = null;
        unblocked.accept(transaction.session);
    }

    /** SQLite may have rolled the transaction back by itself: then it is over, and its session is told so until it rolls back. */
    private void afterFailure(OpenTransaction transaction, String message) {
        if (holder == transaction && !writer.inTransaction()) {
            closeCursors(transaction.session, "the result was closed because SQLite rolled the transaction back");
            ended(transaction, "SQLite rolled the transaction back when a request failed: " + message);
        }
    }

    /**
     * Rolls the holder back because its session is closed or its client is gone.
     *
     * @param session that is over.
     */
    void forget(ClientSession session) {
        requests.removeIf(request -> request.session == session);
        final OpenTransaction transaction = session.transaction;
        if (transaction != null) {
            rollback(transaction, "its session was closed");
        }
    }

    /**
     * Takes the turn from a holder whose lease is over, because somebody waits.
     *
     * @param nowNs the time.
     */
    void endIdle(long nowNs) {
        final OpenTransaction transaction = holder;
        if (guard.running() == null
                && transaction != null
                && requests.isEmpty()
                && nowNs - transaction.lastUsedNs > leaseNs) {
            counters.leasesExpired.incrementOrdered();
            rollback(
                    transaction,
                    "the transaction was idle while others waited for the write turn, and was rolled back: idleMs="
                            + (nowNs - transaction.lastUsedNs) / 1_000_000 + " leaseMs=" + leaseNs / 1_000_000);
        }
    }

    /**
     * Names the holder, for those who wait.
     *
     * @param nowNs the time.
     * @return client, process, age and last statement; null when nobody holds the turn.
     */
    @Nullable
    String describeHolder(long nowNs) {
        final OpenTransaction transaction = holder;
        return transaction == null
                ? null
                : transaction.session + " ageMs=" + (nowNs - transaction.beganNs) / 1_000_000 + " idleMs="
                        + (nowNs - transaction.lastUsedNs) / 1_000_000 + " sql=" + Texts.shortened(transaction.lastSql);
    }

    /**
     * Closes a result of the transaction.
     *
     * @param cursor of it.
     * @param reason told to the client; null when nobody is to be told.
     */
    void close(Cursor cursor, @Nullable String reason) {
        end(cursor);
        if (reason != null) {
            replies.failed(
                    cursor.session,
                    cursor.sequence,
                    Failed.of(ErrorCode.CANCELLED, reason).started());
        }
    }

    private void closeCursors(ClientSession session, String reason) {
        for (final Cursor cursor : List.copyOf(session.cursors)) {
            if (cursor.state == Cursor.State.IN_TRANSACTION) {
                close(cursor, reason);
            }
        }
    }

    private static void end(Cursor cursor) {
        cursor.closeStatement();
        cursor.state = Cursor.State.DONE;
        cursor.session.cursors.remove(cursor);
    }

    private static String name(int savepoint) {
        return "cleat_" + savepoint;
    }
}
