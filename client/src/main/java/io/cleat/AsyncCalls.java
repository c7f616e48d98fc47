// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.AsyncRequest;
import io.cleat.client.Connection;
import io.cleat.client.Exchange;
import io.cleat.client.Execution;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asynchronous calls: pipelined in the order made, a bounded number outstanding. See {@link Database#updateAsync}.
 *
 * <p>Thread-safe.
 */
final class AsyncCalls {
    private final Connection connection;
    private final @Nullable Interceptors interceptors;
    private final Deque<Exchange> idle = new ArrayDeque<>();

    AsyncCalls(Connection connection) {
        this.connection = connection;
        this.interceptors = Interceptors.of(connection.context());
    }

    CompletableFuture<UpdateResult> update(int sessionId, long timeoutNs, String sql, @Nullable Object[] args) {
        return interceptors == null
                ? updateNow(sessionId, timeoutNs, sql, args)
                : interceptors.around(
                        InterceptedCall.of(CallKind.UPDATE, sql, args).asynchronous(),
                        call -> updateNow(sessionId, timeoutNs, call.sql(), call.argumentArray()));
    }

    private CompletableFuture<UpdateResult> updateNow(
            int sessionId, long timeoutNs, String sql, @Nullable Object[] args) {
        final Exchange exchange = begin(timeoutNs);
        return send(exchange, AsyncCalls::ignore, () -> SessionCore.result(exchange), sending -> {
            SessionCore.write(sending, args);
            sending.execute(sessionId, connection.statement(sql), Execution.UPDATE_WITH_ROW_ID, timeoutNs);
        });
    }

    <T> CompletableFuture<List<T>> query(
            int sessionId, long timeoutNs, String sql, RowMapper<T> mapper, @Nullable Object[] args) {
        return interceptors == null
                ? queryNow(sessionId, timeoutNs, sql, mapper, args)
                : interceptors.around(
                        InterceptedCall.of(CallKind.ROWS, sql, args).asynchronous(),
                        call -> queryNow(sessionId, timeoutNs, call.sql(), mapper, call.argumentArray()));
    }

    private <T> CompletableFuture<List<T>> queryNow(
            int sessionId, long timeoutNs, String sql, RowMapper<T> mapper, @Nullable Object[] args) {
        final Exchange exchange = begin(timeoutNs);
        final List<T> result = new ArrayList<>();
        final Rows rows = new Rows(exchange, null).opened();
        return send(exchange, () -> result.add(mapper.map(rows)), () -> result, sending -> {
            SessionCore.write(sending, args);
            sending.execute(sessionId, connection.statement(sql), Execution.STATEMENT, timeoutNs);
        });
    }

    CompletableFuture<BatchResult> batch(int sessionId, long timeoutNs, Batch batch) {
        return interceptors == null
                ? batchNow(sessionId, timeoutNs, batch)
                : interceptors.around(
                        InterceptedCall.of(batch).asynchronous(),
                        call -> batchNow(sessionId, timeoutNs, call.requiredBatch()));
    }

    private CompletableFuture<BatchResult> batchNow(int sessionId, long timeoutNs, Batch batch) {
        if (batch.isEmpty()) {
            return CompletableFuture.completedFuture(
                    new BatchResult(0, 0, List.of(), 0, connection.header().commitSequenceAcquire()));
        }
        final Exchange exchange = begin(timeoutNs);
        final int rowCount = batch.rowCount();
        final List<Long> counts = new ArrayList<>();
        final Rows rows = new Rows(exchange, null).opened();
        return send(
                exchange,
                () -> counts.add(rows.getLong(0)),
                () -> new BatchResult(
                        rowCount, exchange.changeCount(), counts, exchange.lastRowId(), exchange.commitSequence()),
                sending -> batch.send(sending, sessionId, timeoutNs));
    }

    private <T> CompletableFuture<T> send(
            Exchange exchange, Runnable onRow, Supplier<T> result, Consumer<Exchange> sender) {
        final AsyncRequest<T> request = new AsyncRequest<>(connection, exchange, onRow, result, () -> end(exchange));
        boolean sent = false;
        try {
            sender.accept(exchange);
            sent = true;
        } finally {
            if (!sent) {
                request.withdraw();
                end(exchange);
            }
        }
        return request.future();
    }

    private Exchange begin(long timeoutNs) {
        connection.beginAsynchronous(timeoutNs);
        synchronized (idle) {
            final @Nullable Exchange exchange = idle.pollFirst();
            if (exchange != null) {
                return exchange;
            }
        }
        return connection.newExchange();
    }

    private void end(Exchange exchange) {
        synchronized (idle) {
            idle.addFirst(exchange);
        }
        connection.endAsynchronous();
    }

    private static void ignore() {}
}
