// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.coordinator.sqlite.StatementKind;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.queue.RecordHandler;
import java.util.ArrayDeque;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.jspecify.annotations.Nullable;

/**
 * The duty cycle: takes requests out of the queue, runs short reads at once, then whatever has the write turn, and answers.
 *
 * <p>One thread calls {@link #doWork()} for the coordinator's whole life (the agent's, or a test's). While a long write runs, SQLite
 * calls back on the same thread and {@link #serveDuringWrite()} serves reads of others; nothing touches the write connection then.
 */
final class Conductor implements Agent {
    private static final int REQUESTS_PER_CLIENT = 64;

    private final CoordinatorParts parts;
    private final RequestAdapter adapter;
    private final @Nullable MessageTap tap;
    private final ReplyProxy replies;
    private final Reads reads;
    private final ReaderPool pool;
    private final WriteTurn turn;
    private final Transactions transactions;
    private final WriteGuard guard;
    private final Commits commits;
    private final Announcer announcer;
    private final Dispatcher dispatcher;
    private final SessionSettings settings;
    private final Withdrawals withdrawals;
    private final Resumptions resumptions;
    private final OutcomeQuestions questions;
    private final ConductorCounters counters;
    private final Long2ObjectHashMap<AttachedClient> clients = new Long2ObjectHashMap<>();
    private final ArrayDeque<ClientSession> runnable = new ArrayDeque<>();
    private @Nullable Request view;
    private final KnownStatements known = new KnownStatements();
    private final PeriodicWork periodic;
    private AttachedClient[] polled = {};
    private int firstPolled;
    private volatile boolean handsOver;
    private volatile String stopReason = "the coordinator was closed";

    Conductor(CoordinatorParts parts) {
        this.parts = parts;
        this.counters = parts.counters();
        final CommitLog log = parts.commits();
        this.tap = MessageTap.of(parts.context(), parts.errors());
        this.replies = new ReplyProxy(parts.epoch(), log::sequence, counters, parts.errors(), tap, parts.refusals());
        this.announcer = new Announcer(replies, counters);
        this.commits = new Commits(parts.database().writer(), log, announcer, parts.errors());
        this.pool = new ReaderPool(
                parts.database()::openReader,
                parts.readerThreads(),
                parts.context(),
                replies,
                commits::sequence,
                runnable::add,
                parts.wakeConductor());
        this.reads = new Reads(
                pool, replies, counters, commits::sequence, parts.context().patienceNs());
        final StorageWatch storage = new StorageWatch(
                CleatDirectory.resolve(parts.context().directory()).path(),
                parts.database().path(),
                parts.context().storageReserveBytes(),
                this::committedBytes);
        this.guard = new WriteGuard(parts.database().writer(), this::serveDuringWrite, storage);
        final WriterCounts counts =
                new WriterCounts(parts.database().writer(), parts.evidence() instanceof RowEvidence);
        final StatementRunner runner = new StatementRunner(parts.database().writer(), parts.epoch(), counts);
        final Writes writes = new Writes(
                parts.database().writer(),
                runner,
                guard,
                commits,
                replies,
                counters,
                parts.evidence(),
                !parts.database().isExclusive(),
                counts);
        final StatementAnswer prepared = new StatementAnswer(replies, commits::sequence);
        this.transactions = new Transactions(
                parts.database().writer(),
                writes,
                guard,
                commits,
                replies,
                prepared,
                counters,
                parts.evidence(),
                counts,
                runnable::add);
        this.turn = new WriteTurn(writes, transactions, replies, counters, runnable::add, parts.context());
        this.settings = new SessionSettings(replies, parts.database().writer()::isOnByDefault);
        this.dispatcher = new Dispatcher(
                reads, pool, turn, transactions, commits, announcer, storage, replies, prepared, settings, counts);
        this.periodic = new PeriodicWork(parts, turn, pool, announcer, commits, () -> polled);
        parts.database().onSchemaEpoch(parts.status().header()::schemaEpochRelease);
        this.withdrawals = new Withdrawals(turn, transactions, pool, guard, replies, counters);
        this.resumptions = new Resumptions(
                replies,
                statement -> statement
                                .info(commits.schemaGeneration(), reads.reader().connection, 0)
                                .kind()
                        == StatementKind.READ);
        this.questions = new OutcomeQuestions(parts.folder(), parts.outcomes(), clients::get, withdrawals, replies);
        this.adapter = new RequestAdapter(
                this,
                withdrawals,
                known,
                replies,
                counters,
                parts.errors(),
                parts.context().maxRequestBytes());
    }

    @Override
    public String roleName() {
        return "cleat-coordinator-" + parts.context().name();
    }

    @Override
    public int doWork() {
        try {
            return dutyCycle();
        } catch (Error e) {
            // An agent's thread ends on an Error, and a coordinator that holds its lock and does nothing is the worst
            // there is.
            parts.errors().onError("the duty cycle failed", e);
            return 1;
        }
    }

    private int dutyCycle() {
        final long nowNs = System.nanoTime();
        int work = pollRequests();
        work += pool.poll();
        work += transactions.run();
        if (transactions.holder() == null && periodic.takeLookOutside()) {
            commits.lookOutside();
        }
        work += turn.run();
        work += runBacklogs();
        work += parts.housekeeper().attachOnConductor();
        work += parts.housekeeper().runOnConductor();
        periodic.run(nowNs);
        return work;
    }

    /** Takes requests out of every client's queue in turn, each time beginning with another one. */
    private int pollRequests() {
        final AttachedClient[] from = polled;
        if (from.length == 0) {
            return 0;
        }
        firstPolled = firstPolled + 1 < from.length ? firstPolled + 1 : 0;
        int work = 0;
        for (int i = 0; i < from.length; i++) {
            final int index = firstPolled + i;
            work += poll(from[index < from.length ? index : index - from.length]);
        }
        return work;
    }

    private int poll(AttachedClient client) {
        if (client.gone) {
            return 0;
        }
        try {
            final RecordHandler handler = adapter.from(client);
            return client.reader.poll(tap == null ? handler : tap.before(handler), REQUESTS_PER_CLIENT);
        } catch (CleatException e) {
            // What one client has done to its queue is no other's trouble.
            parts.errors().onError("the request queue of a client cannot be read: " + client, e);
            parts.housekeeper().later(() -> {
                sendAway(client, "its request queue cannot be read: " + e.getMessage());
                parts.housekeeper().release(client);
            });
            return 0;
        }
    }

    /** How long the file is with all that is committed; -1 while a write runs. */
    private long committedBytes() {
        return guard.running() != null ? -1 : reads.reader().connection.fileBytes();
    }

    /** Reads of others go on while a write runs; what writes is queued. Called from inside the write, on the same thread. */
    private void serveDuringWrite() {
        pollRequests();
        pool.poll();
        parts.housekeeper().attachOnConductor();
        runBacklogs();
        periodic.run(System.nanoTime());
    }

    private int runBacklogs() {
        int count = 0;
        ClientSession session;
        while ((session = runnable.pollFirst()) != null) {
            while (session.blockedBy == ClientSession.NOTHING && !session.closed) {
                final Request request = session.backlog.peekFirst();
                if (request == null || waitsForResults(request)) {
                    break;
                }
                session.backlog.removeFirst();
                try {
                    dispatch(request);
                } finally {
                    request.letGo();
                }
                count++;
            }
            pool.goOn(session);
        }
        return count;
    }

    /**
     * Takes a request of a client that is dead, before anybody is served. What comes of it comes by {@link #doWork}.
     *
     * @param client stands for it.
     * @param message with this coordinator's epoch.
     */
    void recover(AttachedClient client, DirectBuffer message) {
        adapter.from(client).onRecord(message, 0, message.capacity());
    }

    // ---- what the adapter tells ----

    /**
     * The request under which the next message is dispatched; copied by whoever keeps it.
     *
     * @param session of the message.
     * @return the same object each time.
     */
    Request requestView(ClientSession session) {
        Request request = view;
        if (request == null) {
            request = new Request(session);
            view = request;
        }
        request.session = session;
        return request;
    }

    /**
     * A session had something open with a former coordinator.
     *
     * @param session of a client that attached anew.
     * @param commitSequence of its COMMIT that waits, or 0.
     * @param exclusive whether it had exclusive access.
     */
    void onSessionLost(ClientSession session, long commitSequence, boolean exclusive) {
        resumptions.lost(session, commitSequence, exclusive);
    }

    /**
     * A session had set something with a former coordinator.
     *
     * @param session of a client that attached anew.
     * @param sql the PRAGMA.
     */
    void onSessionSetting(ClientSession session, String sql) {
        settings.again(session, sql);
    }

    /**
     * Answers a request that was sent again, if it need not or must not be executed.
     *
     * @param request just taken out of the queue.
     * @return whether it was answered.
     */
    boolean answersAgain(Request request) {
        final ClientSession session = request.session;
        return (session.lost != null || request.sequence < session.client.resumedBelow) && resumptions.answers(request);
    }

    void onRequest(Request request) {
        final ClientSession session = request.session;
        if (answersAgain(request)) {
            return;
        }
        final Snapshot snapshot = session.snapshot;
        if (snapshot != null && request.action == TransactionAction.ROLLBACK) {
            // Who gives the snapshot up does not read on.
            pool.snapshots().closeResults(snapshot, "of ROLLBACK");
        }
        if (request.kind == Request.Kind.CLOSE_SESSION && snapshot != null) {
            // A result that nobody reads on would keep it waiting for ever.
            session.blockedBy = ClientSession.NOTHING;
            dispatch(request);
        } else if (session.backlog.isEmpty()
                && !waitsForResults(request)
                && (session.blockedBy == ClientSession.NOTHING || joinsTurn(request))) {
            dispatch(request);
        } else {
            try {
                session.backlog.add(request.keep());
            } catch (CleatException e) {
                replies.failed(session, request.sequence, Failed.of(e));
                return;
            }
            if (snapshot != null) {
                ReaderPool.yieldFor(snapshot);
            }
        }
    }

    /** COMMIT lets the results of a snapshot come to their end. */
    private static boolean waitsForResults(Request request) {
        final Snapshot snapshot = request.session.snapshot;
        return snapshot != null && request.action == TransactionAction.COMMIT && snapshot.hasCursors();
    }

    /**
     * A write may queue for the turn behind other writes of its session, which keep their order there and share a commit; everything else
     * waits for the end of what is before it.
     */
    private boolean joinsTurn(Request request) {
        final ClientSession session = request.session;
        final KnownStatement statement = request.statement;
        if (session.queuedWrites == 0 || request.kind != Request.Kind.EXECUTE || request.script || statement == null) {
            return false;
        }
        try {
            final StatementInfo info =
                    statement.info(commits.schemaGeneration(), reads.reader().connection, session.settings);
            return info.kind() == StatementKind.WRITE;
        } catch (SqliteException e) {
            // What is before it may make the table that it wants.
            return false;
        }
    }

    void onCredit(AttachedClient client, int sessionId, long sequence, int bytes) {
        final ClientSession session = client.sessions.get(sessionId);
        final Cursor cursor = session == null ? null : session.cursor(sequence);
        if (cursor == null || bytes <= 0) {
            return;
        }
        if (cursor.state == Cursor.State.IN_TRANSACTION) {
            cursor.creditBytes += bytes;
        } else {
            pool.credit(cursor, bytes);
        }
    }

    private void dispatch(Request request) {
        try {
            if (tap != null) {
                tap.dispatched(request);
            }
            if (mustBeInTime(request) && request.isPast(System.nanoTime())) {
                replies.failed(request.session, request.sequence, Writes.pastDeadline(request));
                return;
            }
            switch (request.kind) {
                case EXECUTE -> dispatcher.execute(request);
                case BATCH -> dispatcher.write(request);
                case TRANSACTION -> dispatcher.control(request);
                case DESCRIBE -> dispatcher.describe(request);
                case PREPARE -> dispatcher.prepare(request);
                case INTEREST -> dispatcher.interest(request);
                case ANNOUNCE -> dispatcher.announce(request);
                case OUTCOME -> questions.answer(request);
                case CLOSE_SESSION -> {
                    if (guard.running() != null) {
                        final Request kept = request.keep();
                        request.session.blockedBy = request.sequence;
                        parts.housekeeper().later(() -> {
                            finishClose(kept);
                            kept.letGo();
                        });
                        return;
                    }
                    finishClose(request);
                }
                case SHUTDOWN -> {
                    Admission.checkShutdown(parts.context());
                    replies.done(request, 0, 0);
                    parts.shutdownRequested().accept(String.valueOf(request.session.client));
                }
                default -> throw new IllegalStateException("unknown kind: " + request);
            }
        } catch (SqliteException | CleatException | ParameterCountException | ResultTooLargeException e) {
            replies.failed(request.session, request.sequence, Reads.explain(e, request, false));
        } catch (Throwable e) {
            // An Error ends this request, not the conductor.
            parts.errors().onError("a request failed: " + request, e);
            replies.failed(request.session, request.sequence, Failed.of(e));
        }
    }

    /** What is queued is looked at when its turn comes; what only gives back is done in any case. */
    private static boolean mustBeInTime(Request request) {
        return switch (request.kind) {
            case SHUTDOWN, DESCRIBE, PREPARE, INTEREST, ANNOUNCE, OUTCOME -> true;
            case TRANSACTION -> request.action == TransactionAction.JOIN;
            default -> false;
        };
    }

    private void finishClose(Request request) {
        withdrawals.close(request.session, "its session was closed: " + request.session);
        request.session.client.sessions.remove(request.session.id);
        replies.done(request, 0, 0);
    }

    // ---- clients come and go ----

    /**
     * Attaches a client that lives.
     *
     * @param client admitted.
     */
    void welcome(AttachedClient client) {
        replies.acceptAgain(client);
        attach(client);
    }

    void attach(AttachedClient client) {
        clients.put(client.id, client);
        polled = clients.values().toArray(AttachedClient[]::new);
        counters.attached.incrementOrdered();
    }

    /**
     * Ends all sessions of a client.
     *
     * @param client gone or about to go.
     */
    void detach(AttachedClient client) {
        for (final ClientSession session : List.copyOf(client.sessions.values())) {
            withdrawals.close(session, null);
        }
        announcer.interests().remove(client);
        client.gone = true;
        clients.remove(client.id);
        polled = clients.values().toArray(AttachedClient[]::new);
    }

    /**
     * Ends a client that does not keep to the rules.
     *
     * @param client attached.
     * @param reason told to it.
     */
    void sendAway(AttachedClient client, String reason) {
        replies.refuseAll(client);
        replies.closing(client, reason, false);
        detach(client);
    }

    /**
     * Lets go of a client that said goodbye.
     *
     * @param client attached.
     */
    void letGo(AttachedClient client) {
        replies.refuseAll(client);
        detach(client);
    }

    /** {@return clients attached} */
    Iterable<AttachedClient> clients() {
        return clients.values();
    }

    // ---- the end ----

    /**
     * Sets what the clients are told at the end. Any thread, before the agent is closed.
     *
     * @param reason told to the clients.
     */
    void stopReason(String reason) {
        stopReason = reason;
    }

    /** At the end, what was not begun is left to a successor. Any thread, before the agent is closed. */
    void handOver() {
        handsOver = true;
    }

    /** Refuses what has not begun and says goodbye, or leaves it to the successor. The conductor does nothing afterwards. */
    @Override
    public void onClose() {
        final String reason = stopReason;
        if (handsOver) {
            for (final AttachedClient client : List.copyOf(clients.values())) {
                replies.closing(client, reason, true);
                detach(client);
            }
            return;
        }
        pollRequests();
        pool.poll();
        turn.refuseAll(reason);
        for (final AttachedClient client : List.copyOf(clients.values())) {
            replies.refuseAll(client);
            for (final ClientSession session : client.sessions.values()) {
                Request request;
                while ((request = session.backlog.pollFirst()) != null) {
                    replies.failed(session, request.sequence, ErrorCode.SHUTDOWN, reason);
                    request.letGo();
                }
                withdrawals.closeResults(session, reason);
            }
            replies.closing(client, reason, false);
            detach(client);
        }
    }

    /** Closes the read connections; after the reader threads have ended. */
    void closeReaders() {
        // What is rolled back at the end is told nobody: the status file is closed before the database.
        parts.database().onSchemaEpoch(null);
        pool.close();
        reads.reader().connection.close();
    }
}
