// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.queue.RecordHandler;
import io.cleat.queue.RecordReader;
import io.cleat.status.ClientSlot;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
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

    /** A power of two. */
    private static final int WAITER_PLACES = 16;

    private static final long CLOSE_PAUSE_NS = 1_000;

    private final RecordHandler handler;
    private final Replies replies;
    private final long clientId;
    private final AtomicBoolean lead = new AtomicBoolean();
    private final AtomicInteger waiterCount = new AtomicInteger();

    /** Some of those who wait: who finds no place here wakes by its own clock. */
    private final AtomicReferenceArray<@Nullable Thread> waiters = new AtomicReferenceArray<>(WAITER_PLACES);

    /** Null while there is no coordinator; guarded by the lead. */
    private @Nullable RecordReader reader;

    private ClientSlot slot; // guarded by the lead
    private boolean closed; // guarded by the lead
    private int publishedCycle = -1; // guarded by the lead

    /** Gives the records to the handler, which passes them on to the replies. */
    ReplyPoller(Attachment attachment, RecordHandler handler, Replies replies) {
        this.handler = handler;
        this.replies = replies;
        this.clientId = attachment.clientId;
        this.reader = attachment.reader;
        this.slot = attachment.slot;
        replies.follow(attachment);
    }

    /** Takes what has arrived, if nobody else is at it. */
    int poll() {
        int count = 0;
        if (!lead.getPlain() && lead.compareAndSet(false, true)) {
            try {
                count = closed ? 0 : pollAsLeader();
            } finally {
                lead.setRelease(false);
            }
        }
        if (replies.hasDue()) {
            replies.runDue();
        }
        return count;
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
        final int place = enter();
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
            leave(place);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Polls until a condition holds.
     *
     * @param reached asked again and again, until it is true.
     * @return false when the deadline passed before.
     */
    boolean await(BooleanSupplier reached, IdleStrategy idle, long deadlineNs) {
        final int place = enter();
        try {
            idle.reset();
            for (int turn = 1; !reached.getAsBoolean(); turn++) {
                if (poll() > 0) {
                    idle.reset();
                    continue;
                }
                if ((turn & TURNS_PER_CLOCK - 1) == 0 && System.nanoTime() - deadlineNs >= 0) {
                    return false;
                }
                idle.idle();
            }
            return true;
        } finally {
            leave(place);
        }
    }

    /** Whether callers poll for themselves. */
    boolean hasWaiters() {
        return waiterCount.get() > 0;
    }

    /** Keeps everybody out, then closes the reader. Idempotent; waits for the leader to be done with its poll. */
    void close() {
        lead();
        try {
            closed = true;
            closeReader();
        } finally {
            lead.setRelease(false);
        }
    }

    /** Takes all that has arrived. Waits for the leader to be done with its poll. */
    void drain() {
        lead();
        try {
            while (!closed && pollAsLeader() > 0) {}
        } finally {
            lead.setRelease(false);
        }
    }

    /** The coordinator is gone: takes what it wrote before, then closes the reader. */
    void suspend() {
        lead();
        try {
            while (!closed && pollAsLeader() > 0) {}
        } finally {
            closeReader();
            lead.setRelease(false);
        }
    }

    /** Goes on with the queue of another coordinator. */
    void resume(Attachment attachment) {
        lead();
        try {
            reader = attachment.reader;
            slot = attachment.slot;
            publishedCycle = -1;
            replies.follow(attachment);
        } finally {
            lead.setRelease(false);
        }
    }

    private void lead() {
        while (!lead.compareAndSet(false, true)) {
            LockSupport.parkNanos(CLOSE_PAUSE_NS);
        }
    }

    private void closeReader() {
        final @Nullable RecordReader open = reader;
        reader = null;
        if (open != null) {
            open.close();
        }
    }

    private int pollAsLeader() {
        final @Nullable RecordReader from = reader;
        if (from == null) {
            return 0;
        }
        final int count = from.poll(handler, RECORDS_PER_POLL);
        if (count > 0 && replies.ended() == null && slot.isAttached(clientId)) {
            slot.replyConsumedBytesRelease(replies.consumedBytes());
            final int cycle = from.cycle();
            if (cycle != publishedCycle) {
                publishedCycle = cycle;
                slot.replyReadCycleRelease(cycle);
            }
        }
        return count;
    }

    /** Counts the thread as one that polls, and lets the others find it; -1 when its place is taken. */
    private int enter() {
        waiterCount.getAndIncrement();
        final Thread me = Thread.currentThread();
        final int place = (int) me.getId() & WAITER_PLACES - 1;
        return waiters.compareAndSet(place, null, me) ? place : -1;
    }

    /** Who led may have been the only one awake: wakes another. */
    private void leave(int place) {
        if (place >= 0) {
            waiters.set(place, null);
        }
        if (waiterCount.decrementAndGet() > 0) {
            for (int i = 0; i < WAITER_PLACES; i++) {
                final @Nullable Thread next = waiters.get(i);
                if (next != null) {
                    LockSupport.unpark(next);
                    return;
                }
            }
        }
    }
}
