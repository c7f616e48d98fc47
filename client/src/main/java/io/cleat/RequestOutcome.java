// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.live.EncodedRows;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a write, as its coordinator or the successor knows it: see docs/outcome.md.
 *
 * <p>Immutable, so any thread may use it.
 */
public final class RequestOutcome {
    /** How a request ended, if it did. */
    public enum State {
        /** It did not have an effect, and will not have one. */
        NOT_APPLIED,
        /** It had its effect, once. */
        APPLIED,
        /** It waits or runs, or its client can still send it again: ask later. */
        UNDECIDED,
        /** It is too long ago to tell, or nobody can know: see docs/outcome.md. */
        FORGOTTEN
    }

    private final RequestId id;
    private final State state;
    private final UpdateResult result;
    private final @Nullable EncodedRows rows;

    RequestOutcome(RequestId id, State state, UpdateResult result, @Nullable EncodedRows rows) {
        this.id = id;
        this.state = state;
        this.result = result;
        this.rows = rows;
    }

    /** {@return of which request} */
    public RequestId id() {
        return id;
    }

    /** {@return how it ended} */
    public State state() {
        return state;
    }

    /** {@return whether it had its effect} */
    public boolean isApplied() {
        return state == State.APPLIED;
    }

    /**
     * The counts that the call would have returned.
     *
     * @return for {@link State#APPLIED}.
     * @throws CleatException MISUSE in any other state.
     */
    public UpdateResult result() {
        if (state != State.APPLIED) {
            throw Failures.misuse("there is no result of a request that is not applied: " + this);
        }
        return result;
    }

    /** {@return whether it returned rows (RETURNING) and they were kept: up to 16 KiB} */
    public boolean hasRows() {
        return rows != null;
    }

    /**
     * The rows that the call would have returned.
     *
     * @param mapper called once a row, on the calling thread.
     * @param <T> what a row becomes.
     * @return all of them; empty when there were none, or they were not kept.
     */
    public <T extends @Nullable Object> List<T> rows(RowMapper<T> mapper) {
        final List<T> mapped = new ArrayList<>();
        if (rows != null) {
            final StoredRow row = new StoredRow(rows);
            while (row.next()) {
                mapped.add(mapper.map(row));
            }
        }
        return mapped;
    }

    @Override
    public String toString() {
        return "request " + id + " " + state + (state == State.APPLIED ? " " + result : "");
    }
}
