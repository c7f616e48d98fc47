// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * What became of one client's last writes, as rows of the database.
 *
 * <p>Not thread-safe: the conductor's; made by whoever.
 */
final class ClientRows implements KnownOutcomes {
    private static final int TRIM_INTERVAL = 256;

    final long clientId;
    private final long resumedBelow;
    private final OutcomeRows rows;
    private final LongHashSet doubtful = new LongHashSet();
    private final long removedId;
    private long forgotten = -1;
    private boolean owesForgotten;

    /** At once when there may be rows of its former lives. */
    private int stagedSinceTrim;

    /**
     * Looks at nothing yet.
     *
     * @param clientId of the client.
     * @param resumedBelow requests below this one were sent to a former coordinator; 0: none.
     * @param removedId up to which client's id nothing is known of a client without rows.
     * @param rows for looking.
     */
    ClientRows(long clientId, long resumedBelow, long removedId, OutcomeRows rows) {
        this.clientId = clientId;
        this.resumedBelow = resumedBelow;
        this.removedId = removedId;
        this.rows = rows;
        this.stagedSinceTrim = resumedBelow > 0 ? TRIM_INTERVAL : 0;
    }

    @Override
    public @Nullable KnownOutcome find(long sequence) {
        if (doubtful.contains(sequence)) {
            return new KnownOutcome(true, 0, 0, 0, false, new byte[0], new byte[0], false, false);
        }
        return rows.find(clientId, sequence);
    }

    @Override
    public long transactionOf(int sessionId, long sequence) {
        return rows.commitOf(clientId, sessionId, sequence, 0);
    }

    @Override
    public boolean mayBeInTransaction(long sequence) {
        return rows.commitOf(clientId, -1, sequence, 1) > 0;
    }

    @Override
    public boolean isForgotten(long sequence) {
        return sequence <= Math.max(forgotten(), rows.forgottenThrough(clientId));
    }

    private long forgotten() {
        if (forgotten < 0) {
            owesForgotten = resumedBelow > 0 && clientId <= removedId && !rows.hasRows(clientId);
            forgotten = owesForgotten ? resumedBelow - 1 : 0;
        }
        return forgotten;
    }

    /**
     * A row of it is about to be written: what belongs to that is written with it.
     *
     * @param table in a transaction.
     */
    void beforeStage(OutcomeTable table) {
        if (forgotten() > 0 && owesForgotten) {
            table.forget(clientId, forgotten);
        }
        if (++stagedSinceTrim >= TRIM_INTERVAL) {
            table.trim(clientId);
        }
    }

    /**
     * With the transaction that is open, nothing is known any more of what was before, unless it has a row.
     *
     * @param table in that transaction.
     * @param sequence the last of which nothing is known.
     */
    void forgetThrough(OutcomeTable table, long sequence) {
        if (!isForgotten(sequence)) {
            table.forget(clientId, sequence);
        }
    }

    /** What was written is committed. */
    void committed() {
        owesForgotten = false;
        if (stagedSinceTrim >= TRIM_INTERVAL) {
            stagedSinceTrim = 0;
        }
    }

    /**
     * Nobody knows whether a request was applied, as long as this coordinator lives.
     *
     * @param sequence of it.
     */
    void doubt(long sequence) {
        doubtful.add(sequence);
    }
}
