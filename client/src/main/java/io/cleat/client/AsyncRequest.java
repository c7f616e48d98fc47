// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * An asynchronous request: the leader tells it what has arrived, and it reads the rows and completes its future on the completion
 * executor, one step at a time, whichever thread of the executor runs it.
 *
 * <p>{@code arrived} is for the leader; the rest runs on the executor, never two steps at once.
 *
 * @param <T> the result.
 */
public final class AsyncRequest<T> implements Runnable, CallWatch {
    private final Connection connection;
    private final Exchange exchange;
    private final Runnable onRow;
    private final Supplier<T> result;
    private final Runnable onEnd;
    private final ReplyFuture<T> future;
    private final AtomicInteger arrivals = new AtomicInteger();
    private boolean ended;
    private volatile long sequence;
    private volatile int sessionId;

    /**
     * Prepares a request; send it by the exchange afterwards.
     *
     * @param connection it goes over.
     * @param exchange its own until {@code onEnd} is called.
     * @param onRow called once a row.
     * @param result called after the last row.
     * @param onEnd called once, before the future completes: the exchange can be used again.
     */
    public AsyncRequest(Connection connection, Exchange exchange, Runnable onRow, Supplier<T> result, Runnable onEnd) {
        this.connection = connection;
        this.exchange = exchange;
        this.onRow = onRow;
        this.result = result;
        this.onEnd = onEnd;
        this.future = new ReplyFuture<>(connection, this::cancel);
        exchange.listener(this::arrived);
        exchange.watch(this);
    }

    /** {@return completes on the completion executor} */
    public CompletableFuture<T> future() {
        return future;
    }

    /** By then the exchange may serve another request, but the number is ours. */
    private void cancel() {
        connection.cancel(sequence, sessionId);
    }

    @Override
    public void onNumbered(long ofSequence, int ofSessionId) {
        sequence = ofSequence;
        sessionId = ofSessionId;
    }

    /** The request could not be sent: nothing will arrive. */
    public void withdraw() {
        exchange.listener(null);
        exchange.watch(null);
    }

    @Override
    public void run() {
        int seen = arrivals.get();
        do {
            if (!ended) {
                step();
            }
            seen = arrivals.addAndGet(-seen);
        } while (seen != 0);
    }

    private void arrived() {
        if (arrivals.getAndIncrement() == 0) {
            try {
                connection.completions().execute(this);
            } catch (RuntimeException | Error e) {
                // The executor was shut down, or has no thread: somebody has to complete the future all the same.
                run();
            }
        }
    }

    private void step() {
        final T value;
        try {
            RowCursor.Step step = exchange.rows().advance();
            while (step == RowCursor.Step.ROW) {
                onRow.run();
                step = exchange.rows().advance();
            }
            if (step == RowCursor.Step.WAIT) {
                return;
            }
            value = result.get();
        } catch (Throwable t) {
            exchange.abandon();
            end();
            future.completeExceptionally(t);
            future.wake();
            return;
        }
        end();
        future.complete(value);
        future.wake();
    }

    private void end() {
        ended = true;
        exchange.listener(null);
        onEnd.run();
    }
}
