// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.IdentityHashMap;

/** The values of several live queries, all seen at one commit. Immutable, if the values are. See {@link Database#watchTogether}. */
public final class LiveResults {
    private final long commitSequence;
    private final IdentityHashMap<LiveQuery<?>, Object> values;

    /** Takes the map over. */
    LiveResults(long commitSequence, IdentityHashMap<LiveQuery<?>, Object> values) {
        this.commitSequence = commitSequence;
        this.values = values;
    }

    /** {@return the commit that all of them have seen, with all before it} */
    public long commitSequence() {
        return commitSequence;
    }

    /**
     * The value of one of the queries.
     *
     * @param query the same object that was given to {@link Database#watchTogether}.
     * @param <R> what its rows became.
     * @return the value.
     * @throws CleatException of code MISUSE when it is not among them.
     */
    @SuppressWarnings("unchecked") // put there by its own mapper
    public <R> R of(LiveQuery<R> query) {
        final Object value = values.get(query);
        if (value == null) {
            throw Failures.misuse("this live query is not among those watched together: key=" + query.key());
        }
        return (R) value;
    }
}
