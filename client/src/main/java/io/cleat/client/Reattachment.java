// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.Liveness;
import io.cleat.nameserver.NameEntry;
import io.cleat.nameserver.NameServer;
import io.cleat.nameserver.NameState;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a coordinator that took over, and has the connection go on with it; again, if that one dies meanwhile; until the time is over.
 *
 * <p>A daemon thread of its own for each loss; {@link #stop} is for any other thread.
 */
final class Reattachment implements Runnable {
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long FAILED_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Connection connection;
    private final Loss loss;
    private final long endNs;
    private final Thread thread;
    private volatile boolean stopped;

    Reattachment(Connection connection, Loss loss, String threadName) {
        this.connection = connection;
        this.loss = loss;
        this.endNs = loss.sinceNs() + connection.context().reattachTimeoutNs();
        this.thread = new Thread(this, threadName);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Asks the thread to end and waits for it, unless it is the caller. */
    void stop() {
        stopped = true;
        boolean interrupted = false;
        while (thread != Thread.currentThread() && thread.isAlive()) {
            LockSupport.unpark(thread);
            try {
                thread.join(1);
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
        @Nullable CleatException last = null;
        try {
            while (!isOver()) {
                if (System.nanoTime() - endNs >= 0) {
                    connection.onNotReattached(loss, last);
                    return;
                }
                @Nullable Attachment next = null;
                try {
                    next = attach();
                } catch (CleatException e) {
                    last = e;
                    LockSupport.parkNanos(FAILED_PAUSE_NS);
                    if (e.code() == ErrorCode.INCOMPATIBLE) {
                        connection.onNotReattached(loss, e);
                        return;
                    }
                }
                if (next != null) {
                    final @Nullable CleatException failure = connection.resume(next);
                    if (failure == null) {
                        return;
                    }
                    last = failure;
                    LockSupport.parkNanos(FAILED_PAUSE_NS);
                }
                LockSupport.parkNanos(PAUSE_NS);
            }
        } catch (RuntimeException | Error e) {
            connection.onNotReattached(loss, e);
            connection.onError(e);
        }
    }

    private @Nullable Attachment attach() {
        final Attachment former = connection.attachment();
        final @Nullable NameEntry successor = successor(former.names, former.entry.name(), connection.servedEpoch());
        if (successor == null) {
            connection.hostIfAbsent(former.names);
        }
        return successor == null
                ? null
                : former.again(
                        connection.context(), successor, connection.proxy().nextSequence(), this::ensureWanted, endNs);
    }

    private static @Nullable NameEntry successor(NameServer names, String name, long servedEpoch) {
        final NameEntry found = names.find(name).orElse(null);
        if (found == null || found.state() != NameState.READY || found.epoch() <= servedEpoch) {
            return null;
        }
        return names.probe(name)
                .filter(entry -> entry.state() == NameState.READY
                        && entry.liveness() == Liveness.LIVE
                        && entry.epoch() > servedEpoch)
                .orElse(null);
    }

    private boolean isOver() {
        return stopped || connection.ended() != null;
    }

    private void ensureWanted() {
        if (isOver()) {
            throw Resending.closed();
        }
    }
}
