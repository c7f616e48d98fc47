// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import io.cleat.client.Exchange;
import io.cleat.client.Execution;
import io.cleat.client.Failed;
import io.cleat.client.live.LiveHub;
import io.cleat.client.live.TransactionQueries;
import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.status.StatusHeader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a session does, whoever offers it: runs requests, one exchange each.
 *
 * <p>Used by one thread at a time.
 */
final class SessionCore implements Target {
    private static final int MAX_IDLE_EXCHANGES = 4;
    private static final @Nullable Object[] NO_ARGUMENTS = {};

    private final Connection connection;
    private final ThreadScopes scopes;
    private final SessionState state;
    private final @Nullable Interceptors interceptors;
    private final Descriptions descriptions;
    private final int sessionId;
    private final boolean isOwn;
    private final Deque<Exchange> idle = new ArrayDeque<>();
    private @Nullable TransactionQueries queries;
    private boolean used;
    private boolean closed;

    /** {@code isOwn} says whether one user alone has it, so that it may have settings and counts of its own. */
    SessionCore(Connection connection, ThreadScopes scopes, Descriptions descriptions, boolean isOwn) {
        this.isOwn = isOwn;
        this.connection = connection;
        this.descriptions = descriptions;
        this.scopes = scopes;
        this.interceptors = Interceptors.of(connection.context());
        this.sessionId = connection.takeSessionId();
        this.state = new SessionState(this, scopes);
    }

    Connection connection() {
        return connection;
    }

    ThreadScopes scopes() {
        return scopes;
    }

    SessionState state() {
        return state;
    }

    int sessionId() {
        return sessionId;
    }

    /** Whether the next user finds it as new. */
    boolean isReusable() {
        return !closed && state.isClean() && connection.ended() == null;
    }

    /**
     * Begins a transaction, waiting for the write turn.
     *
     * @param timeoutNs at most.
     * @param leaseNs how long it may be idle while others wait; 0 for the coordinator's default.
     * @param token by which other sessions join, not 0; see {@link SessionState#newToken}.
     * @return the last commit before it.
     */
    long begin(long timeoutNs, long leaseNs, long token) {
        return state.begin(new CallOptions(timeoutNs, leaseNs, null), token);
    }

    /** What stands around the calls, or null. */
    @Nullable
    Interceptors interceptors() {
        return interceptors;
    }

    @Override
    public UpdateResult update(CallOptions options, String sql, @Nullable Object[] args) {
        return interceptors == null
                ? updateNow(options, sql, args)
                : interceptors.around(
                        InterceptedCall.of(CallKind.UPDATE, sql, args),
                        call -> updateNow(options, call.sql(), call.argumentArray()));
    }

    private UpdateResult updateNow(CallOptions options, String sql, @Nullable Object[] args) {
        state.ensureTurnReachable("a write");
        final Exchange exchange = take(options);
        try {
            write(exchange, args);
            exchange.execute(sessionId, connection.statement(sql), Execution.UPDATE_WITH_ROW_ID, options.timeoutNs());
            exchange.awaitEnd();
            return result(exchange);
        } catch (CleatException e) {
            state.onFailed(e);
            throw e;
        } finally {
            release(exchange);
            changed();
        }
    }

    @Override
    public Rows rows(CallOptions options, String sql, @Nullable Object[] args) {
        return rows(options, sql, args, null);
    }

    /** As {@link #rows(CallOptions, String, Object[])}; {@code onClose} is not called when this throws. */
    Rows rows(CallOptions options, String sql, @Nullable Object[] args, @Nullable Runnable onClose) {
        return interceptors == null
                ? rowsNow(options, sql, args, onClose)
                : interceptors.rows(
                        InterceptedCall.of(CallKind.ROWS, sql, args),
                        (call, atEnd) -> rowsNow(options, call.sql(), call.argumentArray(), atEnd),
                        onClose);
    }

    private Rows rowsNow(CallOptions options, String sql, @Nullable Object[] args, @Nullable Runnable onClose) {
        final Exchange exchange = take(options);
        boolean opened = false;
        try {
            write(exchange, args);
            exchange.execute(sessionId, connection.statement(sql), Execution.UPDATE_WITH_ROW_ID, options.timeoutNs());
            exchange.awaitStart();
            opened = true;
        } catch (CleatException e) {
            state.onFailed(e);
            throw e;
        } finally {
            if (!opened) {
                release(exchange);
            }
        }
        return new Rows(exchange, () -> {
                    release(exchange);
                    if (queries != null && !TransactionQueries.isSelect(sql)) {
                        changed();
                    }
                    if (onClose != null) {
                        onClose.run();
                    }
                })
                .opened();
    }

    @Override
    public UpdateResult script(CallOptions options, String sql) {
        return interceptors == null
                ? scriptNow(options, sql)
                : interceptors.around(
                        InterceptedCall.of(CallKind.SCRIPT, sql, NO_ARGUMENTS), call -> scriptNow(options, call.sql()));
    }

    private UpdateResult scriptNow(CallOptions options, String sql) {
        state.ensureTurnReachable("a script");
        final Exchange exchange = take(options);
        try {
            exchange.parameters().clear();
            exchange.execute(sessionId, Connection.script(sql), Execution.SCRIPT, options.timeoutNs());
            exchange.awaitEnd();
            return result(exchange);
        } catch (CleatException e) {
            state.onFailed(e);
            throw e;
        } finally {
            release(exchange);
            changed();
        }
    }

    @Override
    public BatchResult batch(CallOptions options, Batch batch) {
        return interceptors == null
                ? batchNow(options, batch)
                : interceptors.around(InterceptedCall.of(batch), call -> batchNow(options, call.requiredBatch()));
    }

    private BatchResult batchNow(CallOptions options, Batch batch) {
        if (batch.rowCount() == 0) {
            ensureOpen();
            if (!batch.isEmpty()) {
                announce(options, batch.announced());
            }
            return new BatchResult(0, 0, List.of(), 0, connection.header().commitSequenceAcquire());
        }
        state.ensureTurnReachable("a batch");
        final Exchange exchange = take(options);
        try {
            batch.send(exchange, sessionId, options.timeoutNs());
            return batch.result(exchange);
        } catch (CleatException e) {
            state.onFailed(e);
            throw e;
        } finally {
            release(exchange);
            changed();
        }
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(
            CallOptions options, Nesting nesting, TransactionBlock<T, X> block) throws X {
        return new Transaction(this, options).run(nesting, block);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T snapshot(
            CallOptions options, OperationsBlock<T, X> block) throws X {
        if (state.holdsTurn() || state.isInSnapshot()) {
            return SessionBlock.run(this, options, block, timeoutNs -> {});
        }
        state.beginRead(options);
        return SessionBlock.run(this, options, block, state::leave);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T exclusively(
            CallOptions options, OperationsBlock<T, X> block) throws X {
        if (state.isLocked()) {
            return SessionBlock.run(this, options, block, timeoutNs -> {});
        }
        state.lock(options);
        return SessionBlock.run(this, options, block, state::unlock);
    }

    /** What a statement takes and gives under the schema that this session sees. */
    StatementDescription describe(long timeoutNs, String sql) {
        Objects.requireNonNull(sql, "sql");
        ensureOpen();
        state.ensureThere();
        final StatusHeader header = connection.header();
        final long epoch = header.epoch();
        final long schemaEpoch = header.schemaEpochAcquire();
        final boolean shared = state.sees(epoch, schemaEpoch);
        final @Nullable StatementDescription known = shared ? descriptions.find(sql, epoch, schemaEpoch) : null;
        if (known != null) {
            return known;
        }
        final StatementDescription description = describeNow(timeoutNs, sql);
        if (shared) {
            descriptions.keep(sql, new SchemaMark(epoch, schemaEpoch), description);
        }
        return description;
    }

    private StatementDescription describeNow(long timeoutNs, String sql) {
        final Exchange exchange = take(CallOptions.of(timeoutNs));
        try {
            exchange.prepare(sessionId, sql, timeoutNs);
            exchange.awaitStart();
            return Descriptions.read(new Rows(exchange, null).opened());
        } catch (CleatException e) {
            state.onFailed(e);
            throw e;
        } finally {
            release(exchange);
        }
    }

    /** Announces encoded tables: at once, or with the commit of the transaction. */
    void announce(CallOptions options, byte[] tables) {
        final Exchange exchange = take(options);
        try {
            exchange.announce(sessionId, tables, options.timeoutNs());
        } catch (CleatException e) {
            state.onFailed(e);
            throw e;
        } finally {
            release(exchange);
        }
    }

    /** Where queries that are live in the block of a guard run. */
    LiveTarget liveTarget(BlockGuard scope) {
        @Nullable TransactionQueries known = queries;
        if (known == null) {
            known = new TransactionQueries(LiveHub.of(connection), sessionId);
            queries = known;
        }
        known.begin(scope);
        return new LiveTarget.OfTransaction(LiveHub.of(connection), known, scope);
    }

    /** The transaction may have changed something: its live queries run again. */
    void changed() {
        if (queries != null) {
            queries.changed();
        }
    }

    /** A block is about to end, or all that are open in the session (null): its live queries run no more. */
    void endQueries(@Nullable BlockGuard scope) {
        if (queries != null) {
            queries.end(scope);
        }
    }

    /** Begins or ends something, and waits for the reply. */
    long control(TransactionAction action, int savepoint, long token, CallOptions options) {
        return interceptors == null
                ? controlNoted(action, savepoint, token, options)
                : interceptors.around(
                        InterceptedCall.of(CallKind.valueOf(action.name()), "", NO_ARGUMENTS),
                        call -> controlNoted(action, savepoint, token, options));
    }

    private long controlNoted(TransactionAction action, int savepoint, long token, CallOptions options) {
        final long commitSequence;
        try {
            commitSequence = controlNow(action, savepoint, token, options);
        } catch (Throwable t) {
            state.onControlled(t);
            throw t;
        }
        state.onControlled(null);
        return commitSequence;
    }

    /** As {@link #control}, of which no interceptor is told: what nobody has called for. */
    long controlNow(TransactionAction action, int savepoint, long token, CallOptions options) {
        if (action != TransactionAction.ROLLBACK
                && action != TransactionAction.UNLOCK
                && action != TransactionAction.COMMIT) {
            state.ensureThere();
        }
        final Exchange exchange = takeToEnd(options);
        try {
            return exchange.transaction(sessionId, action, savepoint, token, options.leaseNs(), options.timeoutNs());
        } catch (CleatException e) {
            state.onFailed(e);
            throw e;
        } finally {
            release(exchange);
        }
    }

    /** An exchange for a request; give it back by {@link #release}. */
    private Exchange take(CallOptions options) {
        ensureOpen();
        state.ensureThere();
        return takeToEnd(options);
    }

    private Exchange takeToEnd(CallOptions options) {
        ensureOpen();
        settle(options.timeoutNs());
        options.ensureNotCancelled();
        final @Nullable Exchange known = idle.pollFirst();
        final Exchange exchange = known == null ? newExchange() : known;
        final @Nullable Cancellation cancellation = options.cancellation();
        if (cancellation != null) {
            exchange.watch(cancellation.watch(connection, options.timeoutNs()));
        }
        return exchange;
    }

    /** An exchange for requests of this session. */
    Exchange newExchange() {
        final Exchange exchange = connection.newExchange();
        return isOwn ? exchange.ofOwnSession() : exchange;
    }

    /** Before every request but those that end something. */
    void prepareToSend(long timeoutNs) {
        ensureOpen();
        state.ensureThere();
        settle(timeoutNs);
    }

    private void settle(long timeoutNs) {
        state.settle(timeoutNs);
        used = true;
    }

    private void release(Exchange exchange) {
        exchange.abandon();
        if (idle.size() < MAX_IDLE_EXCHANGES) {
            idle.addFirst(exchange);
        }
    }

    /** Ends the session. Idempotent; throws nothing. */
    void close(long timeoutNs) {
        if (closed) {
            return;
        }
        closed = true;
        if (used && connection.ended() == null && !connection.endLostSession(sessionId)) {
            try {
                connection.newExchange().closeSession(sessionId, timeoutNs);
            } catch (ClosedException | CoordinatorLostException e) {
                // Then the session has ended anyway.
            } catch (CleatException e) {
                connection.onError(e);
            }
            // Nothing follows in it that would have to be told.
            connection.endedAll(sessionId);
        }
        connection.forgetSettings(sessionId);
    }

    void ensureOpen() {
        if (closed) {
            throw Failures.closed("the session was closed");
        }
        final @Nullable Failed ended = connection.ended();
        if (ended != null) {
            throw ended.with(Outcome.NOT_APPLIED).exception(null, null);
        }
    }

    static void write(Exchange exchange, @Nullable Object[] args) {
        final ValueWriter parameters = exchange.parameters();
        parameters.clear();
        for (Object arg : args) {
            parameters.writeObject(arg);
        }
    }

    static UpdateResult result(Exchange exchange) {
        return new UpdateResult(exchange.changeCount(), exchange.lastRowId(), exchange.commitSequence());
    }
}
