// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * What a live query found at a commit: a value, or why it failed. A failure does not end the live query. Immutable, if the value
 * is.
 *
 * @param <R> the value.
 */
public final class LiveResult<R> {
    private final long commitSequence;
    private final @Nullable R value;
    private final @Nullable CleatException failure;

    private LiveResult(long commitSequence, @Nullable R value, @Nullable CleatException failure) {
        this.commitSequence = commitSequence;
        this.value = value;
        this.failure = failure;
    }

    static <R> LiveResult<R> of(long commitSequence, R value) {
        return new LiveResult<>(commitSequence, value, null);
    }

    static <R> LiveResult<R> failed(long commitSequence, CleatException failure) {
        return new LiveResult<>(commitSequence, null, failure);
    }

    /**
     * The commit that the value has seen, with all before it; never less than that of the result before. In a transaction the last
     * commit before it.
     *
     * @return the commit sequence; of a failure, the last one known.
     */
    public long commitSequence() {
        return commitSequence;
    }

    /**
     * The value.
     *
     * @return the value.
     * @throws CleatException the failure, if this is one.
     */
    public R value() {
        if (failure != null) {
            throw failure;
        }
        final @Nullable R result = value;
        if (result == null) {
            throw new IllegalStateException("a live result without value and failure");
        }
        return result;
    }

    /** {@return why the query failed, or null: then there is a value} */
    public @Nullable CleatException failure() {
        return failure;
    }

    /** {@return whether there is a failure instead of a value} */
    public boolean isFailure() {
        return failure != null;
    }

    @Override
    public String toString() {
        return "LiveResult[commitSequence=" + commitSequence
                + (failure == null ? " value=" + value : " failure=" + failure) + "]";
    }
}
