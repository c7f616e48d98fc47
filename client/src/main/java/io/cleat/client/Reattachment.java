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
 * Looks for a coordinator that took over, and has the {@link Succession} go on with it; again, if that one dies meanwhile; until the
 * time is over.
 *
 * <p>A daemon thread of its own for each loss; {@link #stop} is for any other thread.
 */
final class Reattachment implements Runnable {
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long FAILED_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Succession succession;
    private final Loss loss;
    private final long endNs;
    private final Thread thread;
    private volatile boolean stopped;

    /** Looks until {@code endNs}, {@link System#nanoTime}. */
    Reattachment(Succession succession, Loss loss, long endNs, String threadName) {
        this.succession = succession;
        this.loss = loss;
        this.endNs = endNs;
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
                    succession.onNotReattached(loss, last);
                    return;
                }
                @Nullable Attachment next = null;
                try {
                    next = attach();
                } catch (CleatException e) {
                    last = e;
                    LockSupport.parkNanos(FAILED_PAUSE_NS);
                    if (e.code() == ErrorCode.INCOMPATIBLE) {
                        succession.onNotReattached(loss, e);
                        return;
                    }
                }
                if (next != null) {
                    final @Nullable CleatException failure = succession.resume(next);
                    if (failure == null) {
                        return;
                    }
                    last = failure;
                    LockSupport.parkNanos(FAILED_PAUSE_NS);
                }
                LockSupport.parkNanos(PAUSE_NS);
            }
        } catch (RuntimeException | Error e) {
            succession.onReattachmentFailed(loss, e);
        }
    }

    private @Nullable Attachment attach() {
        final Attachment former = succession.attachment();
        final @Nullable NameEntry successor = successor(former.names, former.entry.name(), succession.servedEpoch());
        if (successor == null) {
            succession.hostIfAbsent(former.names);
        }
        return successor == null ? null : succession.attachAgain(successor, this::ensureWanted, endNs);
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
        return stopped || succession.isEnded();
    }

    private void ensureWanted() {
        if (isOver()) {
            throw Resending.closed();
        }
    }
}
