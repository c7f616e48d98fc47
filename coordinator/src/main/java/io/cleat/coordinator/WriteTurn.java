// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.StatementKind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * The right to write, handed on first come, first served over all clients: to one session for a transaction, or for one commit to
 * the writes that stand at the head of the queue.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class WriteTurn {
    private final Writes writes;
    private final Transactions transactions;
    private final ReplyProxy replies;
    private final ConductorCounters counters;
    private final Consumer<ClientSession> unblocked;
    private final int maxGroup;
    private final ArrayDeque<Request> queue = new ArrayDeque<>();
    private final List<WriteRun> group = new ArrayList<>();
    private final List<WriteRun> free = new ArrayList<>();

    WriteTurn(
            Writes writes,
            Transactions transactions,
            ReplyProxy replies,
            ConductorCounters counters,
            Consumer<ClientSession> unblocked,
            int maxGroup) {
        this.writes = writes;
        this.transactions = transactions;
        this.replies = replies;
        this.counters = counters;
        this.unblocked = unblocked;
        this.maxGroup = maxGroup;
    }

    /**
     * Queues a request that writes, or begins a transaction; its session waits until it has run.
     *
     * @param request of a session without a transaction.
     */
    void enqueue(Request request) {
        request.session.blockedBy = request.sequence;
        // Only writes that cannot change what the next one means may have others queue behind them.
        final boolean open = request.kind == Request.Kind.EXECUTE && joinsGroup(request);
        request.session.queuedWrites = open ? request.session.queuedWrites + 1 : 0;
        if (transactions.holder() != null) {
            counters.turnWaits.incrementOrdered();
        }
        final Request kept = request.owned();
        kept.countsAsQueued = open;
        queue.add(kept);
    }

    /**
     * Runs what is at the head of the queue, if the turn is free: one group, one statement that runs alone, or one BEGIN.
     *
     * @return how many requests were run.
     */
    int run() {
        if (transactions.holder() != null || queue.isEmpty()) {
            return 0;
        }
        while (!queue.isEmpty() && group.size() < maxGroup) {
            final Request head = queue.getFirst();
            final boolean joins = joinsGroup(head);
            if (!joins && !group.isEmpty()) {
                break;
            }
            queue.removeFirst();
            if (head.isPast(System.nanoTime())) {
                replies.failed(head.session, head.sequence, Writes.pastDeadline(head));
                release(head);
                continue;
            }
            if (head.kind == Request.Kind.TRANSACTION) {
                transactions.begin(head);
                release(head);
                return 1;
            }
            group.add(takeRun().begin(head));
            if (!joins) {
                break;
            }
        }
        return runGroup();
    }

    private int runGroup() {
        final int count = group.size();
        if (count == 0) {
            return 0;
        }
        try {
            writes.together(group);
        } finally {
            // Whatever happened, none of them runs again.
            for (int i = 0; i < count; i++) {
                final WriteRun run = group.get(i);
                release(run.request());
                run.end();
                free.add(run);
            }
            group.clear();
        }
        return count;
    }

    /**
     * Withdraws a request that has not started.
     *
     * @param session of the request.
     * @param sequence of the request.
     * @return whether it was found.
     */
    boolean cancel(ClientSession session, long sequence) {
        for (final Iterator<Request> i = queue.iterator(); i.hasNext(); ) {
            final Request request = i.next();
            if (request.session == session && request.sequence == sequence) {
                i.remove();
                release(request);
                return true;
            }
        }
        return false;
    }

    /**
     * Withdraws everything of a session, unanswered.
     *
     * @param session that is closed.
     */
    void forget(ClientSession session) {
        queue.removeIf(request -> request.session == session);
    }

    /**
     * Answers those whose deadline passed while they waited, and takes the turn from a holder that does not use it.
     *
     * @param nowNs the time.
     */
    void onTick(long nowNs) {
        for (final Iterator<Request> i = queue.iterator(); i.hasNext(); ) {
            final Request request = i.next();
            if (request.isPast(nowNs)) {
                i.remove();
                final String holder = transactions.describeHolder(nowNs);
                replies.failed(
                        request.session,
                        request.sequence,
                        ErrorCode.DEADLINE_EXCEEDED,
                        "waited for the write turn until the deadline, so it was not executed: "
                                + (holder == null ? "waiting=" + queue.size() : "held by " + holder) + "; waiter "
                                + request);
                release(request);
            }
        }
        if (!queue.isEmpty()) {
            transactions.endIdle(nowNs);
        }
    }

    /**
     * Answers everything that waits, because the coordinator stops.
     *
     * @param reason why.
     */
    void refuseAll(String reason) {
        Request request;
        while ((request = queue.pollFirst()) != null) {
            replies.failed(request.session, request.sequence, ErrorCode.SHUTDOWN, reason);
        }
    }

    private void release(Request request) {
        final ClientSession session = request.session;
        if (request.countsAsQueued) {
            session.queuedWrites--;
        }
        if (request.countsAsQueued ? session.queuedWrites == 0 : session.blockedBy == request.sequence) {
            session.blockedBy = ClientSession.NOTHING;
            unblocked.accept(session);
        }
    }

    private boolean joinsGroup(Request request) {
        if (request.kind == Request.Kind.BATCH) {
            return true;
        }
        return request.kind == Request.Kind.EXECUTE
                && !request.script
                && request.kindOfStatement == StatementKind.WRITE;
    }

    private WriteRun takeRun() {
        return free.isEmpty() ? new WriteRun() : free.remove(free.size() - 1);
    }
}
