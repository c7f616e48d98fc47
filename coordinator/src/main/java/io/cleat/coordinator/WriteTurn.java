// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.StatementKind;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.protocol.codec.TransactionControlDecoder;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
    private final long leaseNs;
    private final long maxLeaseNs;
    private final long limitNs;
    private final ArrayDeque<Request> queue = new ArrayDeque<>();

    /** What the session with exclusive access wants: it passes those who wait for its end. */
    private final ArrayDeque<Request> exclusiveQueue = new ArrayDeque<>();

    private final TransactionControlDecoder control = new TransactionControlDecoder();
    private @Nullable TurnLease exclusive;
    private final List<WriteRun> group = new ArrayList<>();
    private final List<WriteRun> free = new ArrayList<>();

    WriteTurn(
            Writes writes,
            Transactions transactions,
            ReplyProxy replies,
            ConductorCounters counters,
            Consumer<ClientSession> unblocked,
            CoordinatorContext context) {
        this.writes = writes;
        this.transactions = transactions;
        this.replies = replies;
        this.counters = counters;
        this.unblocked = unblocked;
        this.maxGroup = context.maxGroup();
        this.leaseNs = context.transactionLeaseNs();
        this.maxLeaseNs = Math.max(leaseNs, context.maxTransactionLeaseNs());
        this.limitNs = context.transactionLimitNs();
    }

    /**
     * Queues a request that writes, or begins a transaction; its session waits until it has run.
     *
     * @param request of a session without a transaction.
     */
    void enqueue(Request request) {
        final Request kept = request.keep();
        request.session.blockedBy = request.sequence;
        // Only writes that cannot change what the next one means may have others queue behind them.
        final boolean open = request.kind == Request.Kind.EXECUTE && joinsGroup(request);
        request.session.queuedWrites = open ? request.session.queuedWrites + 1 : 0;
        final boolean passes = isExclusive(request.session);
        if (transactions.holder() != null || (exclusive != null && !passes)) {
            counters.turnWaits.incrementOrdered();
        }
        kept.countsAsQueued = open;
        (passes ? exclusiveQueue : queue).add(kept);
    }

    /**
     * Whether a session has the turn without a transaction.
     *
     * @param session any.
     * @return whether LOCK was granted to it and has not ended.
     */
    boolean isExclusive(ClientSession session) {
        final TurnLease lease = exclusive;
        return lease != null && lease.session() == session;
    }

    /**
     * Ends the exclusive access of a session.
     *
     * @param request UNLOCK, of the session that has it.
     */
    void unlock(Request request) {
        exclusive = null;
        replies.done(request, 0, 0);
    }

    /**
     * Runs what is at the head of the queue, if the turn is free: one group, one statement that runs alone, or one BEGIN.
     *
     * @return how many requests were run.
     */
    int run() {
        final ArrayDeque<Request> from = exclusive == null ? queue : exclusiveQueue;
        if (transactions.holder() != null || from.isEmpty() || !writes.canWrite()) {
            return 0;
        }
        while (!from.isEmpty() && group.size() < maxGroup) {
            final Request head = from.getFirst();
            final boolean joins = joinsGroup(head);
            if (!group.isEmpty()
                    && (!joins || head.session.settings != group.get(0).request().session.settings)) {
                break;
            }
            from.removeFirst();
            if (head.isPast(System.nanoTime())) {
                replies.failed(head.session, head.sequence, Writes.pastDeadline(head));
                release(head);
                continue;
            }
            if (head.kind == Request.Kind.TRANSACTION) {
                grant(head);
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

    private void grant(Request request) {
        control.wrap(request.message, 0, request.blockLength, request.version);
        final long asked = control.leaseNs();
        final TurnLease lease = new TurnLease(
                request.session,
                asked > 0 ? Math.min(asked, maxLeaseNs) : leaseNs,
                limitNs,
                String.valueOf(request.action));
        if (request.action == TransactionAction.LOCK) {
            exclusive = lease;
            request.session.exclusiveEndedReason = null;
            replies.done(request, 0, 0);
        } else {
            transactions.begin(request, lease);
        }
    }

    /** {@return the lease of whoever has the turn for longer than a commit, or null} */
    @Nullable
    TurnLease holder() {
        final OpenTransaction transaction = transactions.holder();
        return transaction == null ? exclusive : transaction.lease;
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
            final TurnLease lease = exclusive;
            if (lease != null) {
                lease.used();
            }
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
        return cancel(queue, session, sequence) || cancel(exclusiveQueue, session, sequence);
    }

    private boolean cancel(ArrayDeque<Request> from, ClientSession session, long sequence) {
        for (final Iterator<Request> i = from.iterator(); i.hasNext(); ) {
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
     * Whether a request waits, or runs with a group.
     *
     * @param client that sent it.
     * @param sequence of the request.
     * @return whether it was found.
     */
    boolean holds(AttachedClient client, long sequence) {
        for (int i = 0; i < group.size(); i++) {
            if (isOf(group.get(i).request(), client, sequence)) {
                return true;
            }
        }
        return queue.stream().anyMatch(request -> isOf(request, client, sequence))
                || exclusiveQueue.stream().anyMatch(request -> isOf(request, client, sequence));
    }

    private static boolean isOf(Request request, AttachedClient client, long sequence) {
        return request.session.client == client && request.sequence == sequence;
    }

    /**
     * Withdraws everything of a session, unanswered.
     *
     * @param session that is closed.
     */
    void forget(ClientSession session) {
        forget(queue, session);
        forget(exclusiveQueue, session);
        if (isExclusive(session)) {
            exclusive = null;
        }
    }

    private static void forget(ArrayDeque<Request> from, ClientSession session) {
        from.removeIf(request -> {
            final boolean gone = request.session == session;
            if (gone) {
                request.letGo();
            }
            return gone;
        });
    }

    /**
     * Answers those whose deadline passed while they waited, and takes the turn from a holder that does not use it.
     *
     * @param nowNs the time.
     */
    void onTick(long nowNs) {
        expire(queue, nowNs);
        expire(exclusiveQueue, nowNs);
        final TurnLease lease = exclusive;
        if (lease != null && (transactions.holder() != null || !group.isEmpty() || isReading(lease.session()))) {
            // Its transactions have leases of their own, and what runs is no idleness.
            lease.used();
        }
        if (!queue.isEmpty()) {
            transactions.endIdle(nowNs);
            endExclusive(nowNs);
        }
    }

    private void expire(ArrayDeque<Request> from, long nowNs) {
        for (final Iterator<Request> i = from.iterator(); i.hasNext(); ) {
            final Request request = i.next();
            if (request.isPast(nowNs)) {
                i.remove();
                final TurnLease holder = holder();
                replies.failed(
                        request.session,
                        request.sequence,
                        ErrorCode.DEADLINE_EXCEEDED,
                        "waited for the write turn until the deadline, so it was not executed: "
                                + (holder == null ? "waiting=" + from.size() : "held by " + holder.describe(nowNs))
                                + "; waiter " + request);
                release(request);
            }
        }
    }

    private static boolean isReading(ClientSession session) {
        for (int i = 0; i < session.cursors.size(); i++) {
            if (session.cursors.get(i).state != Cursor.State.PARKED) {
                return true;
            }
        }
        return false;
    }

    /**
     * A session has used what it holds, without a write.
     *
     * @param session any.
     */
    void used(ClientSession session) {
        final TurnLease lease = exclusive;
        if (lease != null && lease.session() == session) {
            lease.used();
        }
    }

    private void endExclusive(long nowNs) {
        final TurnLease lease = exclusive;
        if (lease != null && transactions.holder() == null && exclusiveQueue.isEmpty() && lease.isOver(nowNs)) {
            counters.leasesExpired.incrementOrdered();
            exclusive = null;
            lease.session().exclusiveEndedReason =
                    "the exclusive access " + lease.overReason(nowNs) + "; it was ended at " + Instant.now();
        }
    }

    /**
     * Answers everything that waits, because the coordinator stops.
     *
     * @param reason why.
     */
    void refuseAll(String reason) {
        Request request;
        queue.addAll(exclusiveQueue);
        exclusiveQueue.clear();
        while ((request = queue.pollFirst()) != null) {
            replies.failed(request.session, request.sequence, ErrorCode.SHUTDOWN, reason);
            request.letGo();
        }
    }

    private void release(Request request) {
        final ClientSession session = request.session;
        request.letGo();
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
