// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.coordinator.sqlite.StatementKind;
import io.cleat.coordinator.sqlite.StatementShape;
import io.cleat.coordinator.sqlite.TableChanges;
import io.cleat.protocol.TableKinds;
import io.cleat.protocol.codec.AnnounceDecoder;
import io.cleat.protocol.codec.InterestDecoder;
import io.cleat.protocol.codec.TransactionAction;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sends each request to where it belongs by the state of its session, and answers those that only ask or tell.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Dispatcher {
    private static final int MAX_TABLES_BYTES = 1 << 20;

    /** In one transaction, counted as often as they are named. */
    private static final int MAX_ANNOUNCED = 100_000;

    private final Reads reads;
    private final ReaderPool pool;
    private final WriteTurn turn;
    private final Transactions transactions;
    private final Commits commits;
    private final Announcer announcer;
    private final StorageWatch storage;
    private final ReplyProxy replies;
    private final StatementAnswer prepared;
    private final SessionSettings settings;
    private final WriterCounts counts;
    private final AnnounceDecoder announce = new AnnounceDecoder();
    private final InterestDecoder interest = new InterestDecoder();

    Dispatcher(
            Reads reads,
            ReaderPool pool,
            WriteTurn turn,
            Transactions transactions,
            Commits commits,
            Announcer announcer,
            StorageWatch storage,
            ReplyProxy replies,
            StatementAnswer prepared,
            SessionSettings settings,
            WriterCounts counts) {
        this.settings = settings;
        this.counts = counts;
        this.storage = storage;
        this.reads = reads;
        this.pool = pool;
        this.turn = turn;
        this.transactions = transactions;
        this.commits = commits;
        this.announcer = announcer;
        this.replies = replies;
        this.prepared = prepared;
    }

    /**
     * A statement or script.
     *
     * @param request of the session that is to run it.
     */
    void execute(Request request) {
        final ClientSession session = request.session;
        if (request.isPast(System.nanoTime())) {
            replies.failed(session, request.sequence, Writes.pastDeadline(request));
            return;
        }
        if (!request.script && !hasEnded(session) && settings.answers(request)) {
            return;
        }
        final KnownStatement statement = request.statement;
        if (statement == null) {
            throw new IllegalStateException("no statement: " + request);
        }
        if (session.transaction != null || hasEnded(session) || request.script) {
            write(request);
            return;
        }
        final StatementInfo info =
                statement.info(commits.schemaGeneration(), reads.reader().connection, session.settings);
        Admission.checkAutocommit(request, info);
        request.describe(statement, info, commits.schemaGeneration());
        if (info.kind() == StatementKind.READ) {
            if (request.asksCounts) {
                counts.settle(session.counts);
                request.counts = session.counts.copy();
            }
            reads.execute(request, statement);
            turn.used(session);
        } else {
            write(request);
        }
    }

    /**
     * What is to run on the write connection.
     *
     * @param request of the session that is to run it.
     */
    void write(Request request) {
        final ClientSession session = request.session;
        storage.check(System.nanoTime());
        if (session.transaction != null) {
            transactions.enqueue(request);
        } else if (hasEnded(session)) {
            replies.failed(session, request.sequence, ErrorCode.TRANSACTION_ENDED, endedReason(session));
        } else if (session.snapshot != null) {
            replies.failed(
                    session,
                    request.sequence,
                    ErrorCode.MISUSE,
                    "a snapshot is read only, and this may write: end it first: " + session);
        } else {
            if (session.queryOnly) {
                Admission.checkQueryOnly(null);
            }
            turn.enqueue(request);
        }
    }

    /**
     * Begins or ends a transaction, a snapshot, or exclusive access.
     *
     * @param request TransactionControl.
     */
    void control(Request request) {
        final ClientSession session = request.session;
        final TransactionAction action = request.action;
        if (session.transaction != null) {
            transactions.enqueue(request);
            return;
        }
        if (action == TransactionAction.UNLOCK) {
            unlock(request);
            return;
        }
        if (session.snapshot != null) {
            if (action != TransactionAction.COMMIT && action != TransactionAction.ROLLBACK) {
                throw new CleatException(ErrorCode.MISUSE, action + " in a snapshot: " + session);
            }
            pool.snapshots().end(session.snapshot);
            replies.done(request, 0, 0);
            return;
        }
        if (hasEnded(session) && action != TransactionAction.BEGIN && action != TransactionAction.BEGIN_READ) {
            ended(request);
            return;
        }
        switch (action) {
            case BEGIN -> {
                if (session.exclusiveEndedReason != null) {
                    ended(request);
                } else {
                    if (session.queryOnly) {
                        Admission.checkQueryOnly(null);
                    }
                    turn.enqueue(request);
                }
            }
            case BEGIN_READ -> pool.snapshots().begin(request);
            case JOIN -> transactions.join(request);
            case LOCK -> {
                if (turn.isExclusive(session)) {
                    throw new CleatException(ErrorCode.MISUSE, "the session has exclusive access already: " + session);
                }
                turn.enqueue(request);
            }
            default -> throw new CleatException(ErrorCode.MISUSE, action + " without a transaction: " + session);
        }
    }

    private void unlock(Request request) {
        final ClientSession session = request.session;
        if (turn.isExclusive(session)) {
            turn.unlock(request);
        } else if (session.exclusiveEndedReason != null) {
            session.exclusiveEndedReason = null;
            replies.done(request, 0, 0);
        } else {
            throw new CleatException(ErrorCode.MISUSE, "UNLOCK without exclusive access: " + session);
        }
    }

    /** The session's transaction has ended without it: only ROLLBACK succeeds. */
    private void ended(Request request) {
        final ClientSession session = request.session;
        if (request.action == TransactionAction.ROLLBACK && session.endedReason != null) {
            session.endedReason = null;
            replies.done(request, 0, 0);
        } else {
            replies.failed(session, request.sequence, ErrorCode.TRANSACTION_ENDED, endedReason(session));
        }
    }

    private static boolean hasEnded(ClientSession session) {
        return session.endedReason != null || session.exclusiveEndedReason != null;
    }

    private static String endedReason(ClientSession session) {
        return String.valueOf(session.endedReason != null ? session.endedReason : session.exclusiveEndedReason);
    }

    /**
     * Tells which tables a statement reads and changes, under the committed schema.
     *
     * @param request Describe.
     */
    void describe(Request request) {
        final KnownStatement statement = request.statement;
        if (statement == null) {
            throw new IllegalStateException("no statement: " + request);
        }
        final StatementInfo info =
                statement.info(commits.schemaGeneration(), reads.reader().connection, request.session.settings);
        if (info.kind() == StatementKind.REFUSED) {
            throw new CleatException(ErrorCode.REFUSED, String.valueOf(info.refusal()));
        }
        final Map<String, Integer> access = new LinkedHashMap<>();
        info.reads().forEach(table -> access.merge(table, TableKinds.READ, (a, b) -> a | b));
        info.changes().forEach(change -> access.merge(change.table(), change.kinds(), (a, b) -> a | b));
        replies.tables(request, access);
    }

    /**
     * Tells what a statement takes and gives, under the schema that its session would run it with; in a snapshot also of one that writes.
     *
     * @param request Prepare.
     */
    void prepare(Request request) {
        final ClientSession session = request.session;
        final KnownStatement statement = request.statement;
        if (statement == null) {
            throw new IllegalStateException("no statement: " + request);
        }
        if (session.transaction != null) {
            transactions.enqueue(request);
            return;
        }
        if (hasEnded(session)) {
            throw new CleatException(ErrorCode.TRANSACTION_ENDED, endedReason(session));
        }
        final Snapshot snapshot = session.snapshot;
        final StatementShape own = SessionSettings.shape(request);
        if (own != null) {
            prepared.send(request, own, true);
            return;
        }
        final Reader reader = snapshot == null ? reads.reader() : snapshot.reader;
        // What was open there last, or is, has nothing to do with this.
        reader.rest();
        final SqliteConnection connection = reader.connection;
        connection.settings(session.settings);
        final StatementInfo info = snapshot == null
                ? statement.info(commits.schemaGeneration(), connection, session.settings)
                : connection.describe(statement.sql);
        Admission.checkAutocommit(request, info);
        prepared.send(request, connection.shape(statement.sql), info.kind() == StatementKind.READ);
        if (snapshot != null) {
            snapshot.usedNs = System.nanoTime();
        }
    }

    /**
     * Takes what a client wants to know from now on.
     *
     * @param request Interest.
     */
    void interest(Request request) {
        interest.wrap(request.message, 0, request.blockLength, request.version);
        final boolean everything = interest.everything() != 0;
        final int lengthBytes = interest.tablesLength();
        checkTables(request, lengthBytes);
        final TableChanges tables = TableChanges.of(TableLists.decode(
                request.message, interest.limit() + InterestDecoder.tablesHeaderLength(), lengthBytes));
        final int limit = request.session.client.load.limits.interestTables();
        if (tables.list().size() > limit) {
            throw new CleatException(
                    ErrorCode.LIMIT,
                    "the interest names too many tables: tables="
                            + tables.list().size() + " limit=" + limit + "; ask for everything");
        }
        announcer.interests().set(request.session.client, new Interest(everything, tables));
        replies.done(request, 0, 0);
    }

    /** The list is decoded at once: it may not be longer than what a client may have waiting. */
    private static void checkTables(Request request, int lengthBytes) {
        if (lengthBytes > MAX_TABLES_BYTES) {
            throw new CleatException(
                    ErrorCode.LIMIT,
                    "the list of tables is too long: bytes=" + lengthBytes + " limitBytes=" + MAX_TABLES_BYTES + " "
                            + request);
        }
    }

    /**
     * Tells what a client says has changed; in a transaction, when that is committed.
     *
     * @param request Announce.
     */
    void announce(Request request) {
        announce.wrap(request.message, 0, request.blockLength, request.version);
        final int lengthBytes = announce.tablesLength();
        checkTables(request, lengthBytes);
        final TableUpdates updates = TableUpdates.of(TableLists.decode(
                request.message, announce.limit() + AnnounceDecoder.tablesHeaderLength(), lengthBytes));
        final OpenTransaction transaction = request.session.transaction;
        if (transaction != null) {
            if (transaction.announced + updates.changes().list().size() > MAX_ANNOUNCED) {
                throw new CleatException(
                        ErrorCode.LIMIT,
                        "too many tables were announced in this transaction: limit=" + MAX_ANNOUNCED + " "
                                + request.session);
            }
            transaction.announced += updates.changes().list().size();
            transaction.pending.add(false, updates);
            transaction.lease.used();
        } else if (hasEnded(request.session)) {
            throw new CleatException(ErrorCode.TRANSACTION_ENDED, endedReason(request.session));
        } else {
            announcer.announced(updates, commits.sequence());
        }
        replies.done(request, 0, 0);
    }
}
