// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import org.jspecify.annotations.Nullable;

/**
 * What is known of one client's last writes, in whatever form it is kept: see docs/outcome.md. Only commits that were made count.
 *
 * <p>Not thread-safe: the conductor's.
 */
interface KnownOutcomes {
    /**
     * Looks for a request.
     *
     * @param sequence of it.
     * @return what became of it; null when it is not among those that are known.
     */
    @Nullable
    KnownOutcome find(long sequence);

    /**
     * Looks for a transaction that was committed, of which a request was part.
     *
     * @param sessionId of the request.
     * @param sequence of the request.
     * @return the sequence of its COMMIT; 0 when there is none.
     */
    long transactionOf(int sessionId, long sequence);

    /**
     * Whether a request may have been part of a transaction that was committed, of whatever session.
     *
     * @param sequence of the request.
     * @return false when it was surely not.
     */
    boolean mayBeInTransaction(long sequence);

    /**
     * Whether what became of a request may have been known once.
     *
     * @param sequence of the request.
     * @return false when it was surely never applied, unless {@link #find} knows it.
     */
    boolean isForgotten(long sequence);
}
