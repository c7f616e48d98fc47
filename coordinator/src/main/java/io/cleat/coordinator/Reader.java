// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteConnection;
import org.jspecify.annotations.Nullable;

/**
 * A read connection and what may stop a read on it: its deadline, its client, or the conductor's patience.
 *
 * <p>Used by one thread at a time.
 */
final class Reader {
    private static final int VM_STEPS_BETWEEN_CHECKS = 1000;
    private static final long NEVER = Long.MAX_VALUE;

    /** A deadline that does not come: once rows were sent, the reader's own waits have deadlines. */
    static final long NO_DEADLINE = Long.MAX_VALUE;

    final SqliteConnection connection;
    private long deadlineNs = NO_DEADLINE;
    private long patienceEndNs = NEVER;
    private @Nullable Cursor cursor;
    private boolean outOfPatience;

    Reader(SqliteConnection connection) {
        this.connection = connection;
        connection.progress(VM_STEPS_BETWEEN_CHECKS, this::shouldAbort);
    }

    /**
     * Begins a read.
     *
     * @param requestDeadlineNs when it is given up.
     * @param patienceEndsNs when the conductor gives it to another thread; {@code Long.MAX_VALUE} for never.
     * @param owner whose cancellation stops it, or null.
     */
    void begin(long requestDeadlineNs, long patienceEndsNs, @Nullable Cursor owner) {
        deadlineNs = requestDeadlineNs;
        patienceEndNs = patienceEndsNs;
        cursor = owner;
        outOfPatience = false;
    }

    /**
     * Has the connection be as if it were of a session alone.
     *
     * @param request that it runs next.
     */
    void serves(Request request) {
        connection.settings(request.session.settings);
        final SessionCounts counts = request.counts;
        if (counts != null) {
            connection.counts().answer(counts.lastRowId, counts.changes, counts.total);
        }
    }

    /** Nothing runs: whatever is asked on this connection now comes to its end. */
    void rest() {
        begin(NO_DEADLINE, NEVER, null);
    }

    /** {@return whether the last read was stopped because the conductor has to go on} */
    boolean isOutOfPatience() {
        return outOfPatience;
    }

    private boolean shouldAbort() {
        final long nowNs = System.nanoTime();
        if (patienceEndNs != NEVER && patienceEndNs - nowNs < 0) {
            outOfPatience = true;
            return true;
        }
        final Cursor owner = cursor;
        return (deadlineNs != NO_DEADLINE && deadlineNs - nowNs < 0) || (owner != null && owner.cancelRequested);
    }
}
