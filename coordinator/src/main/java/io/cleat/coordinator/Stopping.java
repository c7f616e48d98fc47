// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How far a coordinator is on its way to its end: asked to stop, being closed by a thread, closed.
 *
 * <p>Thread-safe.
 */
final class Stopping {
    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicReference<@Nullable String> reason = new AtomicReference<>();
    private final AtomicReference<@Nullable Thread> closer = new AtomicReference<>();

    /** Somebody asks it to stop; true for the first. */
    boolean request(String why) {
        final boolean first = reason.compareAndSet(null, why);
        requested.countDown();
        return first;
    }

    /** Why it stops, as the first one said who asked for it. */
    String reason() {
        return String.valueOf(reason.get());
    }

    /** The reason, or null when the time is over. */
    @Nullable
    String awaitRequest(long timeoutNs) throws InterruptedException {
        return requested.await(timeoutNs, TimeUnit.NANOSECONDS) ? reason.get() : null;
    }

    /** Whether this thread is the one that closes: the first that asks. It calls {@link #ended} at the end. */
    boolean begin() {
        return closer.compareAndSet(null, Thread.currentThread());
    }

    void ended() {
        closed.countDown();
    }

    boolean hasEnded() {
        return closed.getCount() == 0;
    }

    boolean awaitEnd(long timeoutNs) throws InterruptedException {
        return closed.await(timeoutNs, TimeUnit.NANOSECONDS);
    }

    /** Waits for the thread that closes, at most as long as given; returns at once on that thread. Keeps the interrupt flag. */
    void awaitOther(long timeoutNs) {
        if (closer.get() == Thread.currentThread()) {
            return;
        }
        final long deadlineNs = System.nanoTime() + timeoutNs;
        boolean interrupted = false;
        boolean waiting = true;
        while (waiting) {
            try {
                awaitEnd(deadlineNs - System.nanoTime());
                waiting = false;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
