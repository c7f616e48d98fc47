// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A future whose waiters poll for replies themselves, as blocking callers do, instead of waiting for the background thread.
 *
 * <p>Thread-safe. Stages that depend on it are plain ones.
 *
 * @param <T> the result.
 */
final class ReplyFuture<T> extends CompletableFuture<T> {
    private static final long FOREVER_NS = Long.MAX_VALUE / 2;

    private final Connection connection;
    private final Runnable canceller;

    /** One of those who wait, the last that came: parked perhaps. */
    private volatile @Nullable Thread waiter;

    /** {@code canceller} has the coordinator give the request up, without waiting. */
    ReplyFuture(Connection connection, Runnable canceller) {
        this.connection = connection;
        this.canceller = canceller;
    }

    /** It was completed. */
    void wake() {
        final @Nullable Thread parked = waiter;
        if (parked != null) {
            LockSupport.unpark(parked);
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        final boolean pending = !isDone();
        final boolean isCancelled = super.cancel(mayInterruptIfRunning);
        if (pending && isCancelled) {
            if (mayInterruptIfRunning) {
                canceller.run();
            }
            wake();
        }
        return isCancelled;
    }

    @Override
    public T join() {
        if (!isDone()) {
            boolean interrupted = false;
            while (!isDone()) {
                interrupted |= Thread.interrupted();
                poll(FOREVER_NS);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return super.join();
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        if (!isDone()) {
            poll(FOREVER_NS);
        }
        return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        if (!isDone()) {
            poll(Math.min(unit.toNanos(timeout), FOREVER_NS));
        }
        return super.get(0, TimeUnit.NANOSECONDS);
    }

    private void poll(long timeoutNs) {
        waiter = Thread.currentThread();
        try {
            connection.pollUntil(() -> isDone() || Thread.currentThread().isInterrupted(), timeoutNs);
        } finally {
            waiter = null;
        }
    }
}
