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
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What a session does, whoever offers it: runs requests, one exchange each, and knows whether a transaction is open.
 *
 * <p>Used by one thread at a time.
 */
final class SessionCore implements Target {
    private static final int MAX_IDLE_EXCHANGES = 4;

    private final Connection connection;
    private final int sessionId;
    private final Deque<Exchange> idle = new ArrayDeque<>();
    private boolean used;
    private boolean closed;
    private boolean inTransaction;

    /** A BEGIN whose outcome is not known: the session may have a transaction that nobody asked for. */
    private boolean uncertain;

    private int lastSavepoint;
    private @Nullable TransactionQueries queries;

    SessionCore(Connection connection) {
        this.connection = connection;
        this.sessionId = connection.takeSessionId();
    }

    Connection connection() {
        return connection;
    }

    int sessionId() {
        return sessionId;
    }

    boolean isInTransaction() {
        return inTransaction;
    }

    /** Whether the next user finds it as new. */
    boolean isReusable() {
        return !closed && !inTransaction && !uncertain && connection.ended() == null;
    }

    @Override
    public UpdateResult update(long timeoutNs, String sql, @Nullable Object[] args) {
        final Exchange exchange = take(timeoutNs);
        try {
            write(exchange, args);
            exchange.execute(sessionId, connection.statement(sql), Execution.UPDATE_WITH_ROW_ID, timeoutNs);
            exchange.awaitEnd();
            return result(exchange);
        } finally {
            release(exchange);
            changed();
        }
    }

    @Override
    public Rows rows(long timeoutNs, String sql, @Nullable Object[] args) {
        return rows(timeoutNs, sql, args, null);
    }

    /** As {@link #rows(long, String, Object[])}; {@code onClose} is not called when this throws. */
    Rows rows(long timeoutNs, String sql, @Nullable Object[] args, @Nullable Runnable onClose) {
        final Exchange exchange = take(timeoutNs);
        boolean opened = false;
        try {
            write(exchange, args);
            exchange.execute(sessionId, connection.statement(sql), Execution.UPDATE_WITH_ROW_ID, timeoutNs);
            exchange.awaitStart();
            opened = true;
        } finally {
            if (!opened) {
                release(exchange);
            }
        }
        return new Rows(exchange, () -> {
                    release(exchange);
                    if (!TransactionQueries.isSelect(sql)) {
                        changed();
                    }
                    if (onClose != null) {
                        onClose.run();
                    }
                })
                .opened();
    }

    @Override
    public UpdateResult script(long timeoutNs, String sql) {
        final Exchange exchange = take(timeoutNs);
        try {
            exchange.parameters().clear();
            exchange.execute(sessionId, Connection.script(sql), Execution.SCRIPT, timeoutNs);
            exchange.awaitEnd();
            return result(exchange);
        } finally {
            release(exchange);
            changed();
        }
    }

    @Override
    public BatchResult batch(long timeoutNs, Batch batch) {
        if (batch.rowCount() == 0) {
            ensureOpen();
            if (!batch.isEmpty()) {
                announce(batch.announced(), timeoutNs);
            }
            return new BatchResult(0, 0, 0, connection.header().commitSequenceAcquire());
        }
        final Exchange exchange = take(timeoutNs);
        try {
            batch.send(exchange, sessionId, timeoutNs);
            exchange.awaitEnd();
            return batch.result(exchange);
        } finally {
            release(exchange);
            changed();
        }
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(long timeoutNs, TransactionBlock<T, X> block)
            throws X {
        return new Transaction(this, timeoutNs).run(block);
    }

    void begin(long timeoutNs) {
        if (inTransaction) {
            throw Failures.misuse("a transaction is open in this session already");
        }
        try {
            control(TransactionAction.BEGIN, 0, timeoutNs);
        } catch (RequestException e) {
            uncertain = e.outcome() == Outcome.UNKNOWN;
            throw e;
        }
        inTransaction = true;
        lastSavepoint = 0;
    }

    long commit(long timeoutNs) {
        ensureInTransaction();
        final long commitSequence = control(TransactionAction.COMMIT, 0, timeoutNs);
        inTransaction = false;
        return commitSequence;
    }

    void rollback(long timeoutNs) {
        ensureInTransaction();
        control(TransactionAction.ROLLBACK, 0, timeoutNs);
        inTransaction = false;
    }

    int savepoint(long timeoutNs) {
        ensureInTransaction();
        final int savepoint = lastSavepoint + 1;
        control(TransactionAction.SAVEPOINT, savepoint, timeoutNs);
        lastSavepoint = savepoint;
        return savepoint;
    }

    void releaseSavepoint(int savepoint, long timeoutNs) {
        ensureInTransaction();
        control(TransactionAction.RELEASE, savepoint, timeoutNs);
    }

    void rollbackTo(int savepoint, long timeoutNs) {
        ensureInTransaction();
        control(TransactionAction.ROLLBACK_TO, savepoint, timeoutNs);
        changed();
    }

    /** Announces encoded tables: at once, or with the commit of the transaction. */
    void announce(byte[] tables, long timeoutNs) {
        final Exchange exchange = take(timeoutNs);
        try {
            exchange.announce(sessionId, tables, timeoutNs);
        } finally {
            release(exchange);
        }
    }

    /** The queries that are live in the transaction. */
    TransactionQueries queries() {
        @Nullable TransactionQueries known = queries;
        if (known == null) {
            known = new TransactionQueries(LiveHub.of(connection), sessionId);
            queries = known;
        }
        return known;
    }

    /** The transaction may have changed something. */
    void changed() {
        if (queries != null) {
            queries.changed();
        }
    }

    /** The transaction, or a savepoint in it, is about to end: its live queries run no more. */
    void endQueries(Transaction scope) {
        if (queries != null) {
            queries.end(scope);
        }
    }

    /** An exchange for a request; give it back by {@link #release}. */
    Exchange take(long timeoutNs) {
        prepareToSend(timeoutNs);
        final @Nullable Exchange exchange = idle.pollFirst();
        return exchange == null ? connection.newExchange() : exchange;
    }

    /** Before every request. */
    void prepareToSend(long timeoutNs) {
        ensureOpen();
        if (uncertain) {
            settle(timeoutNs);
        }
        used = true;
    }

    void release(Exchange exchange) {
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
        if (used && connection.ended() == null) {
            try {
                connection.newExchange().closeSession(sessionId, timeoutNs);
            } catch (ClosedException | CoordinatorLostException e) {
                // Then the session has ended anyway.
            } catch (CleatException e) {
                connection.onError(e);
            }
        }
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

    private long control(TransactionAction action, int savepoint, long timeoutNs) {
        final Exchange exchange = take(timeoutNs);
        try {
            return exchange.transaction(sessionId, action, savepoint, timeoutNs);
        } finally {
            release(exchange);
        }
    }

    /** Makes sure that no transaction is open. The coordinator refuses the ROLLBACK when there is none, which is as good. */
    private void settle(long timeoutNs) {
        uncertain = false;
        try {
            control(TransactionAction.ROLLBACK, 0, timeoutNs);
        } catch (CallTimeoutException e) {
            uncertain = true;
            throw e;
        } catch (RequestException e) {
            // None was open, or the connection has ended, as the caller will see.
        }
    }

    private void ensureInTransaction() {
        if (!inTransaction) {
            throw Failures.misuse("no transaction is open in this session");
        }
    }
}
