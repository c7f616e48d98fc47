// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/**
 * The background thread of a client: polls when no caller does, and every 10 ms says that the client lives, looks whether the
 * coordinator does, and ends asynchronous calls that are late. Runs user code only where the
 * completion executor is one that runs it at once, or refuses; never interrupted.
 *
 * <p>{@link #outstanding} and {@link #stop} are for any thread.
 */
final class Background implements Runnable {
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Connection connection;
    private final ReplyPoller poller;
    private final IdleStrategy idle;
    private final AtomicInteger outstanding = new AtomicInteger();
    private final Thread thread;
    private volatile boolean stopped;

    Background(Connection connection, ReplyPoller poller, IdleStrategy idle, String threadName) {
        this.connection = connection;
        this.poller = poller;
        this.idle = idle;
        this.thread = new Thread(this, threadName);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Counts asynchronous calls: +1 when one is sent, -1 when it has its reply. */
    void outstanding(int change) {
        if (outstanding.getAndAdd(change) == 0 && change > 0) {
            LockSupport.unpark(thread);
        }
    }

    /** Asks the thread to end and waits for it, unless it is the caller. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread != Thread.currentThread() && thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        long nextTickNs = System.nanoTime();
        while (!stopped) {
            try {
                final long nowNs = System.nanoTime();
                if (nowNs - nextTickNs >= 0) {
                    nextTickNs = nowNs + TICK_NS;
                    connection.onTick(nowNs);
                }
                rest(poller.hasWaiters() ? 0 : poller.poll());
            } catch (RuntimeException e) {
                connection.onError(e);
                LockSupport.parkNanos(TICK_NS);
            } catch (Throwable t) {
                connection.onBackgroundFailed(t);
                return;
            }
        }
    }

    private void rest(int workCount) {
        if (workCount > 0) {
            idle.reset();
        } else if (outstanding.get() > 0) {
            idle.idle();
        } else {
            LockSupport.parkNanos(TICK_NS);
            idle.reset();
        }
    }
}
