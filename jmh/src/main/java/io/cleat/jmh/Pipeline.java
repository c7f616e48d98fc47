// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.sql.SQLException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Inserts with a fixed number outstanding: the next one is sent as soon as one is answered.
 *
 * <p>The main thread sends; answers come on the client's completion thread. Both write the tally, under its lock.
 */
final class Pipeline implements Work {
    private static final long DRAIN_TIMEOUT_S = 30;

    private final Store store;
    private final int outstanding;
    private long number;

    Pipeline(Store store, int outstanding) {
        this.store = store;
        this.outstanding = outstanding;
    }

    @Override
    public Tally round(double seconds) throws InterruptedException {
        final Tally tally = new Tally();
        final long roundNs = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        final Semaphore free = new Semaphore(outstanding);
        final long beginNs = System.nanoTime();
        while (true) {
            acquire(free, 1);
            final long startNs = System.nanoTime();
            if (startNs - beginNs >= roundNs) {
                free.release();
                break;
            }
            try {
                store.insertAsync(number++, error -> answered(tally, startNs, beginNs + roundNs, error, free));
            } catch (RuntimeException e) {
                answered(tally, startNs, beginNs + roundNs, e, free);
            }
        }
        acquire(free, outstanding);
        tally.end(roundNs, 0);
        return tally;
    }

    /** Any thread: a request that could not be sent is answered by the sender itself. */
    private static void answered(Tally tally, long startNs, long endNs, @Nullable Throwable error, Semaphore free) {
        final long nowNs = System.nanoTime();
        synchronized (tally) {
            if (error == null) {
                tally.record(nowNs - startNs, 1, nowNs - endNs <= 0);
            } else {
                tally.recordError(nowNs - startNs);
                Worker.complain(error, tally.errorCount());
            }
        }
        free.release();
    }

    private void acquire(Semaphore free, int permits) throws InterruptedException {
        if (!free.tryAcquire(permits, DRAIN_TIMEOUT_S, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    "no answer for " + DRAIN_TIMEOUT_S + " s: outstanding=" + (outstanding - free.availablePermits()));
        }
    }

    @Override
    public void close() throws SQLException {
        store.close();
    }
}
