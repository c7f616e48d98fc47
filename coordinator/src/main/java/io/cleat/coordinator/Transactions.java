// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.coordinator.sqlite.StatementKind;
import io.cleat.coordinator.sqlite.StatementShape;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.protocol.codec.TransactionControlDecoder;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The transaction of the session that has the write turn: its requests and those of sessions that joined it, and its end, whoever ends
 * it.
 *
 * <p>Its requests run on the write connection, so never while that runs something already (see {@link WriteGuard}).
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Transactions {
    private final SqliteConnection writer;
    private final Writes writes;
    private final WriteGuard guard;
    private final Commits commits;
    private final ReplyProxy replies;
    private final StatementAnswer prepared;
    private final ConductorCounters counters;
    private final Evidence evidence;
    private final Consumer<ClientSession> unblocked;
    private final TransactionResults results;
    private final ArrayDeque<Request> requests = new ArrayDeque<>();
    private final WriteRun run = new WriteRun();
    private final TransactionControlDecoder control = new TransactionControlDecoder();
    private @Nullable OpenTransaction holder;

    Transactions(
            SqliteConnection writer,
            Writes writes,
            WriteGuard guard,
            Commits commits,
            ReplyProxy replies,
            StatementAnswer prepared,
            ConductorCounters counters,
            Evidence evidence,
            WriterCounts counts,
            Consumer<ClientSession> unblocked) {
        this.writer = writer;
        this.writes = writes;
        this.guard = guard;
        this.commits = commits;
        this.replies = replies;
        this.prepared = prepared;
        this.counters = counters;
        this.evidence = evidence;
        this.unblocked = unblocked;
        this.results = new TransactionResults(writer, guard, commits, replies, counts);
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
     * @param lease of the turn.
     */
    void begin(Request request, TurnLease lease) {
        final ClientSession session = request.session;
        control.wrap(request.message, 0, request.blockLength, request.version);
        try {
            final OpenTransaction transaction = new OpenTransaction(session, control.token(), lease, request.sequence);
            evidence.begin();
            writer.settings(session.settings);
            writer.beginImmediate();
            if (session.defersForeignKeys) {
                session.defersForeignKeys = false;
                deferForeignKeys(true);
            }
            session.transaction = transaction;
            session.endedReason = null;
            session.lost = null;
            holder = transaction;
            replies.done(request, 0, 0);
        } catch (SqliteException e) {
            replies.failed(session, request.sequence, Failed.of(e));
        }
    }

    /**
     * Has a session run in the open transaction of another.
     *
     * @param request JOIN, of a session without a transaction.
     */
    void join(Request request) {
        control.wrap(request.message, 0, request.blockLength, request.version);
        final long token = control.token();
        final OpenTransaction transaction = holder;
        if (token == OpenTransaction.NO_TOKEN || transaction == null || transaction.token != token) {
            replies.failed(
                    request.session,
                    request.sequence,
                    ErrorCode.TRANSACTION_ENDED,
                    "the transaction to join is not open, or not any more: " + request.session);
            return;
        }
        transaction.joined.add(request.session);
        request.session.transaction = transaction;
        replies.done(request, 0, 0);
    }

    /**
     * Queues a request of the holder; its session waits until it has run.
     *
     * @param request of a session that has the transaction.
     */
    void enqueue(Request request) {
        final Request kept = request.keep();
        request.session.blockedBy = request.sequence;
        requests.add(kept);
    }

    /**
     * Withdraws a request that has not started.
     *
     * @param session of the request.
     * @param sequence of the request.
     * @return whether it was found.
     */
    boolean cancel(ClientSession session, long sequence) {
        final boolean found = forget(request -> request.session == session && request.sequence == sequence);
        if (found) {
            unblock(session, sequence);
        }
        return found;
    }

    /**
     * Whether a request waits, or may be part of the open transaction.
     *
     * @param client that sent it.
     * @param sequence of the request.
     * @return whether it is not decided.
     */
    boolean holds(AttachedClient client, long sequence) {
        final OpenTransaction transaction = holder;
        if (transaction == null) {
            return false;
        }
        return (transaction.session.client == client && sequence >= transaction.beginSequence)
                || transaction.joined.stream().anyMatch(session -> session.client == client)
                || transaction.joinedWrites.holds(client.id, sequence)
                || requests.stream()
                        .anyMatch(request -> request.session.client == client && request.sequence == sequence);
    }

    /**
     * Whether a request was applied in the open transaction of another session; its client need not be there any more.
     *
     * @param clientId that sent it.
     * @param sequence of the request.
     * @return whether the end of that transaction decides it.
     */
    boolean holdsJoined(long clientId, long sequence) {
        final OpenTransaction transaction = holder;
        return transaction != null && transaction.joinedWrites.holds(clientId, sequence);
    }

    private boolean forget(Predicate<Request> which) {
        return requests.removeIf(request -> {
            final boolean gone = which.test(request);
            if (gone) {
                request.letGo();
            }
            return gone;
        });
    }

    private void unblock(ClientSession session, long sequence) {
        if (session.blockedBy == sequence) {
            session.blockedBy = ClientSession.NOTHING;
            unblocked.accept(session);
        }
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
                request.letGo();
                unblock(request.session, request.sequence);
            }
            work++;
        }
        final OpenTransaction transaction = holder;
        if (transaction != null) {
            work += results.resume(transaction);
            afterFailure(transaction, "while a result was read");
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
        } else if (request.kind == Request.Kind.PREPARE) {
            prepare(request);
        } else {
            statement(transaction, request);
        }
        transaction.lease.used();
    }

    private void statement(OpenTransaction transaction, Request request) {
        KillPoint.BEFORE_EXECUTE.reached();
        final KnownStatement known = request.statement;
        final StatementInfo info;
        try {
            writer.settings(request.session.settings);
            if (known != null && SessionSettings.defersForeignKeys(request)) {
                deferForeignKeys(SessionSettings.isOn(request));
                replies.done(request, 0, 0);
                return;
            }
            info = known == null || request.script ? null : writer.describe(known.sql);
            if (request.session.queryOnly) {
                Admission.checkQueryOnly(info);
            }
            if (known != null && info != null) {
                transaction.lease.runs(known.sql);
                Admission.checkInTransaction(request, info);
                request.describe(known, info, Request.DESCRIBED_NOW);
            }
            if (info == null || request.needsUndo) {
                TransactionResults.ensureNoneWrites(transaction);
            }
        } catch (SqliteException | CleatException e) {
            replies.failed(request.session, request.sequence, Failed.of(e));
            return;
        }
        final Failed failed;
        if (known != null && info != null && info.returnsRows()) {
            failed = results.stream(transaction, request, known, info);
        } else {
            run.begin(request);
            writes.execute(run, true);
            transaction.schemaChanged |= run.changedSchema;
            transaction.pending.add(run.changed, run.updates);
            run.reply(replies, commits.sequence());
            failed = run.failed;
            if (failed == null && request.session != transaction.session) {
                transaction.joinedWrites.add(new JoinedWrites.Write(
                        request.session, request.sequence, run.changeCount, run.lastRowId, false, true));
            }
            run.end();
        }
        if (failed != null) {
            afterFailure(transaction, "when a request failed: " + failed.message());
        }
    }

    /** Compiled each time: it is then that it acts. SQLite ends it with the transaction. */
    private void deferForeignKeys(boolean on) {
        writer.execAnew("PRAGMA defer_foreign_keys=" + (on ? "ON" : "OFF"));
    }

    private void prepare(Request request) {
        final KnownStatement known = request.statement;
        if (known == null) {
            throw new IllegalStateException("no statement: " + request);
        }
        try {
            final StatementShape own = SessionSettings.shape(request);
            if (own != null) {
                prepared.send(request, own, true);
                return;
            }
            writer.settings(request.session.settings);
            final StatementInfo info = writer.describe(known.sql);
            Admission.checkInTransaction(request, info);
            prepared.send(request, writer.shape(known.sql), info.kind() == StatementKind.READ);
        } catch (SqliteException | CleatException | ResultTooLargeException e) {
            replies.failed(request.session, request.sequence, Failed.of(e));
        }
    }

    private void control(OpenTransaction transaction, Request request) {
        control.wrap(request.message, 0, request.blockLength, request.version);
        final TransactionAction action = control.action();
        final boolean owns = transaction.session == request.session;
        final String savepoint = savepoint(request.session, control.savepoint());
        transaction.lease.runs(String.valueOf(action));
        try {
            switch (action) {
                case COMMIT, ROLLBACK -> {
                    if (!owns) {
                        if (action == TransactionAction.COMMIT) {
                            // Also its answer may be lost with the coordinator.
                            transaction.joinedWrites.add(
                                    new JoinedWrites.Write(request.session, request.sequence, 0, 0, false, true));
                        }
                        leave(transaction, request.session);
                    } else if (action == TransactionAction.COMMIT) {
                        commit(transaction, request);
                    } else {
                        rollback(transaction, null);
                    }
                }
                case SAVEPOINT -> {
                    TransactionResults.ensureNoneWrites(transaction);
                    transaction.pending.ensureRoom();
                    writer.exec("SAVEPOINT " + savepoint);
                    transaction.pending.savepoint(savepoint, transaction.joinedWrites.count());
                }
                case RELEASE -> {
                    TransactionResults.ensureNoneWrites(transaction);
                    writer.exec("RELEASE " + savepoint);
                    transaction.pending.release(savepoint);
                }
                case ROLLBACK_TO -> {
                    results.closeAll(transaction, "the result was closed by ROLLBACK TO");
                    writer.exec("ROLLBACK TO " + savepoint);
                    transaction.joinedWrites.undoTo(transaction.pending.rollbackTo(savepoint));
                }
                default ->
                    throw new CleatException(
                            ErrorCode.MISUSE,
                            action + " inside a transaction: one is open in this session: " + request.session);
            }
            if (action == TransactionAction.COMMIT && owns) {
                KillPoint.BEFORE_REPLY.reached();
                replies.done(request, 0, 0);
                KillPoint.DURING_REPLY.reached();
                evidence.afterReplies();
            } else {
                replies.done(request, 0, 0);
            }
        } catch (SqliteException e) {
            final Failed failed = action == TransactionAction.COMMIT ? writes.commitFailure(e) : Failed.of(e);
            replies.failed(request.session, request.sequence, failed);
            afterFailure(transaction, "when a request failed: " + failed.message());
        } catch (CleatException e) {
            replies.failed(request.session, request.sequence, Failed.of(e));
        }
    }

    private void commit(OpenTransaction transaction, Request request) {
        results.closeAll(transaction, "the result was closed by COMMIT");
        final PendingUpdates pending = transaction.pending;
        KillPoint.AFTER_EXECUTE.reached();
        final long sequence = commits.sequenceAfter(pending.changed(), transaction.schemaChanged);
        transaction.joinedWrites.stage(evidence, sequence);
        evidence.stageTransaction(request, transaction.beginSequence, sequence);
        writes.commit(sequence);
        pending.releaseAll();
        commits.onCommit(pending.changed() || transaction.schemaChanged, transaction.schemaChanged, pending.updates());
        ended(transaction, null, "it was committed by its owner");
    }

    /**
     * Ends a transaction without effect.
     *
     * @param transaction open.
     * @param reason told to its session, if it asks again; null when its own client ended it.
     */
    private void rollback(OpenTransaction transaction, @Nullable String reason) {
        results.undoAll(transaction, "the result was closed by a rollback" + (reason == null ? "" : ": " + reason));
        counters.rollbacks.incrementOrdered();
        guard.uninterruptible(true);
        try {
            writer.rollback();
        } finally {
            guard.uninterruptible(false);
            ended(transaction, reason, "it was rolled back by its owner");
        }
    }

    private void ended(OpenTransaction transaction, @Nullable String reason, String toJoined) {
        transaction.session.transaction = null;
        transaction.session.endedReason = reason;
        for (final ClientSession joined : transaction.joined) {
            joined.transaction = null;
            joined.endedReason = "the joined transaction has ended: " + (reason == null ? toJoined : reason);
            unblocked.accept(joined);
        }
        transaction.joined.clear();
        holder = null;
        unblocked.accept(transaction.session);
    }

    private void leave(OpenTransaction transaction, ClientSession session) {
        results.closeAll(session, "the result was closed because its session left the transaction");
        transaction.joined.remove(session);
        session.transaction = null;
    }

    /** SQLite may have rolled the transaction back by itself: then it is over, and its session is told so until it rolls back. */
    private void afterFailure(OpenTransaction transaction, String when) {
        if (holder == transaction && !writer.inTransaction()) {
            results.undoAll(transaction, "the result was closed because SQLite rolled the transaction back");
            ended(transaction, "SQLite rolled the transaction back " + when, "");
        }
    }

    /**
     * Rolls the holder back because its session is closed or its client is gone; a joined session only leaves.
     *
     * @param session that is over.
     */
    void forget(ClientSession session) {
        forget(request -> request.session == session);
        final OpenTransaction transaction = session.transaction;
        if (transaction != null && transaction.session == session) {
            rollback(transaction, "its session was closed");
        } else if (transaction != null) {
            leave(transaction, session);
        }
    }

    /**
     * Takes the turn from a holder whose lease is over, because somebody waits.
     *
     * @param nowNs the time.
     */
    void endIdle(long nowNs) {
        final OpenTransaction transaction = holder;
        if (guard.running() == null && transaction != null && requests.isEmpty() && transaction.lease.isOver(nowNs)) {
            counters.leasesExpired.incrementOrdered();
            rollback(
                    transaction,
                    "the transaction " + transaction.lease.overReason(nowNs) + "; it was rolled back at "
                            + Instant.now());
        }
    }

    /**
     * Closes a result of the transaction.
     *
     * @param cursor of it.
     * @param reason told to the client; null when nobody is to be told.
     */
    void close(Cursor cursor, @Nullable String reason) {
        results.close(cursor, reason);
    }

    /** Sessions number their savepoints for themselves. */
    private static String savepoint(ClientSession session, int number) {
        return "cleat_" + Long.toHexString(session.client.id) + "_" + Integer.toHexString(session.id) + "_" + number;
    }
}
