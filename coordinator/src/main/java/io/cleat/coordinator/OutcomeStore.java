// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Where the outcomes of all clients are: files, or rows of the database. Threads: each method says whose it is. */
interface OutcomeStore {
    /**
     * A client is about to be attached. The housekeeper's.
     *
     * @param clientId of it.
     * @param resumedBelow requests below this one were sent to a former coordinator; 0: none.
     * @return what is known of its writes, for the conductor.
     */
    KnownOutcomes attach(long clientId, long resumedBelow);

    /**
     * Looks for what is known of a client that is not attached. The conductor's.
     *
     * @param clientId of it.
     * @return null when nothing is.
     */
    @Nullable
    KnownOutcomes find(long clientId);

    /**
     * A client said goodbye: nobody will ask. The housekeeper's.
     *
     * @param clientId of it.
     */
    void forget(long clientId);

    /**
     * Forgets the oldest of those who are dead, when they are too many. The housekeeper's.
     *
     * @param max how many dead ones are kept.
     * @param comeBack ids of clients that are kept whether they live or not.
     * @param isAlive whether a client lives.
     */
    void limitDead(int max, Set<Long> comeBack, LongPredicate isAlive);
}
