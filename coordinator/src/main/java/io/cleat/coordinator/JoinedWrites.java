// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * What joined sessions have written in an open transaction, so that its commit leaves an outcome for each of it: the owner's COMMIT says nothing of another
 * client's requests. Bounded: of what was longer ago than the last {@value #KEPT_COUNT} writes only up to which sequence it was.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class JoinedWrites {
    /** Writes that are kept, of all joined sessions of a transaction together. */
    static final int KEPT_COUNT = 512;

    /**
     * A request that was applied in a transaction that is not decided.
     *
     * @param session that joined.
     * @param sequence of the request.
     * @param changeCount rows changed.
     * @param lastRowId of the last row inserted, or 0.
     * @param returnsRows whether it returned rows; they are not kept.
     * @param isComplete whether its counts are known: those of RETURNING are when all rows were read.
     */
    record Write(
            ClientSession session,
            long sequence,
            long changeCount,
            long lastRowId,
            boolean returnsRows,
            boolean isComplete) {}

    private final ArrayDeque<Write> last = new ArrayDeque<>(0);
    private final Map<AttachedClient, Long> droppedThrough = new HashMap<>(0);
    private long droppedCount;

    /**
     * A request was applied; if it returns rows it takes the place of what was said of it before.
     *
     * @param write of a joined session.
     */
    void add(Write write) {
        if (write.returnsRows) {
            last.removeIf(former -> former.sequence == write.sequence && former.session == write.session);
        }
        last.add(write);
        if (last.size() > KEPT_COUNT) {
            final Write dropped = last.removeFirst();
            droppedCount++;
            droppedThrough.merge(dropped.session.client, dropped.sequence, Math::max);
        }
    }

    /** {@return how many there were: a place to go back to} */
    long count() {
        return droppedCount + last.size();
    }

    /**
     * What came after a place was undone.
     *
     * @param count that was the number of writes then.
     */
    void undoTo(long count) {
        while (!last.isEmpty() && count() > count) {
            last.removeLast();
        }
    }

    /**
     * Whether a request was, or may have been, applied in the transaction.
     *
     * @param clientId that sent it.
     * @param sequence of the request.
     * @return true also for what was dropped.
     */
    boolean holds(long clientId, long sequence) {
        for (final Write write : last) {
            if (write.sequence == sequence && write.session.client.id == clientId) {
                return true;
            }
        }
        for (final Map.Entry<AttachedClient, Long> dropped : droppedThrough.entrySet()) {
            if (dropped.getKey().id == clientId && sequence <= dropped.getValue()) {
                return true;
            }
        }
        return false;
    }

    /**
     * The transaction is about to be committed.
     *
     * @param evidence takes the outcomes.
     * @param commitSequence after the commit.
     */
    void stage(Evidence evidence, long commitSequence) {
        if (last.isEmpty() && droppedThrough.isEmpty()) {
            return;
        }
        droppedThrough.forEach(evidence::forgetThrough);
        for (final Write write : last) {
            evidence.stageJoined(write, commitSequence);
        }
    }
}
