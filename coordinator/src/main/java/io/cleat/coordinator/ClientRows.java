// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.function.LongSupplier;
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
    private final DoubtfulWrites doubtful;
    private final LongSupplier removedId;

    /** At once when there may be rows of its former lives. */
    private int stagedSinceTrim;

    /**
     * Looks at nothing yet.
     *
     * @param clientId of the client.
     * @param resumedBelow requests below this one were sent to a former coordinator; 0: none.
     * @param removedId up to which client's id nothing is known of a client without rows; asked each time, because it grows while this client comes.
     * @param rows for looking.
     * @param doubtful of all clients.
     */
    ClientRows(long clientId, long resumedBelow, LongSupplier removedId, OutcomeRows rows, DoubtfulWrites doubtful) {
        this.clientId = clientId;
        this.resumedBelow = resumedBelow;
        this.removedId = removedId;
        this.rows = rows;
        this.doubtful = doubtful;
        this.stagedSinceTrim = resumedBelow > 0 ? TRIM_INTERVAL : 0;
    }

    @Override
    public @Nullable KnownOutcome find(long sequence) {
        return doubtful.contains(clientId, sequence) ? KnownOutcome.UNKNOWN : rows.find(clientId, sequence);
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
        return sequence <= rows.forgottenThrough(clientId) || (sequence < resumedBelow && hasLostRows());
    }

    /** Whether rows of its may have been removed of which the table says nothing yet. */
    private boolean hasLostRows() {
        return resumedBelow > 0 && clientId <= removedId.getAsLong() && !rows.hasRows(clientId);
    }

    /**
     * A row of it is about to be written: what belongs to that is written with it.
     *
     * @param table in a transaction.
     */
    void beforeStage(OutcomeTable table) {
        if (hasLostRows()) {
            table.forget(clientId, resumedBelow - 1);
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

    /**
     * What was written is committed.
     *
     * @param sequence of the request.
     */
    void committed(long sequence) {
        doubtful.remove(clientId, sequence);
        if (stagedSinceTrim >= TRIM_INTERVAL) {
            stagedSinceTrim = 0;
        }
    }
}
