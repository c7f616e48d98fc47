// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.queue.RecordReader;
import io.cleat.status.ClientSlot;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Polls the reply queue on the thread of whoever waits: the lead is taken for one poll at a time, by compare and set.
 *
 * <p>Thread-safe. Waits are not interruptible: the flag is kept and set again at the end.
 */
final class ReplyPoller {
    private static final int RECORDS_PER_POLL = 16;

    /** How many idle turns go by between two looks at the clock; a power of two. */
    private static final int TURNS_PER_CLOCK = 8;

    private static final long CLOSE_PAUSE_NS = 1_000;

    private final RecordReader reader;
    private final Replies replies;
    private final ClientSlot slot;
    private final AtomicBoolean lead = new AtomicBoolean();
    private final AtomicInteger waiterCount = new AtomicInteger();
    private boolean closed; // guarded by the lead
    private int publishedCycle = -1; // guarded by the lead

    ReplyPoller(RecordReader reader, Replies replies, ClientSlot slot) {
        this.reader = reader;
        this.replies = replies;
        this.slot = slot;
    }

    /** Takes what has arrived, if nobody else is at it. */
    int poll() {
        if (lead.getPlain() || !lead.compareAndSet(false, true)) {
            return 0;
        }
        try {
            return closed ? 0 : pollAsLeader();
        } finally {
            lead.setRelease(false);
        }
    }

    /**
     * Waits until something has arrived for a call since it was seen last.
     *
     * @return false when the deadline passed before.
     */
    boolean await(Call call, int seenProgress, IdleStrategy idle, long deadlineNs) {
        if (call.progress() != seenProgress) {
            return true;
        }
        boolean interrupted = false;
        call.waiter(Thread.currentThread());
        final int others = waiterCount.getAndIncrement();
        try {
            idle.reset();
            for (int turn = 1; call.progress() == seenProgress; turn++) {
                if (poll() > 0) {
                    continue;
                }
                if ((turn & TURNS_PER_CLOCK - 1) == 0) {
                    // With the flag up, park would return at once.
                    interrupted |= Thread.interrupted();
                    if (System.nanoTime() - deadlineNs >= 0) {
                        return call.progress() != seenProgress;
                    }
                }
                idle.idle();
            }
            return true;
        } finally {
            call.waiter(null);
            if (waiterCount.decrementAndGet() > 0 || others > 0) {
                handOver();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether callers poll for themselves. */
    boolean hasWaiters() {
        return waiterCount.get() > 0;
    }

    /** Keeps everybody out, then closes the reader. Idempotent; waits for the leader to be done with its poll. */
    void close() {
        while (!lead.compareAndSet(false, true)) {
            LockSupport.parkNanos(CLOSE_PAUSE_NS);
        }
        try {
            if (!closed) {
                closed = true;
                reader.close();
            }
        } finally {
            lead.setRelease(false);
        }
    }

    private int pollAsLeader() {
        final int count = reader.poll(replies, RECORDS_PER_POLL);
        if (count > 0 && replies.ended() == null) {
            slot.replyConsumedBytesRelease(replies.consumedBytes());
            final int cycle = reader.cycle();
            if (cycle != publishedCycle) {
                publishedCycle = cycle;
                slot.replyReadCycleRelease(cycle);
            }
        }
        return count;
    }

    /** Who led may have been the only one awake. */
    private void handOver() {
        final @Nullable Thread next = replies.anotherWaiter();
        if (next != null) {
            LockSupport.unpark(next);
        }
    }
}
