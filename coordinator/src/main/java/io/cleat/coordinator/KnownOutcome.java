// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/**
 * What became of a write that was committed, or perhaps was.
 *
 * <p>Thread-safe: immutable.
 *
 * @param isUnknown nobody knows whether it was committed; the rest says nothing then.
 * @param changeCount rows changed.
 * @param lastRowId of the last row inserted, or 0.
 * @param commitSequence after its commit.
 * @param returnsRows whether it returned rows.
 * @param columns encoded, when it returned rows that were kept; else empty.
 * @param rows encoded, when it returned rows that were kept; else empty.
 * @param rowsAreLost whether it returned rows that were not kept.
 * @param isJoined whether it ran in a session that had joined the transaction of another.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record KnownOutcome(
        boolean isUnknown,
        long changeCount,
        long lastRowId,
        long commitSequence,
        boolean returnsRows,
        byte[] columns,
        byte[] rows,
        boolean rowsAreLost,
        boolean isJoined) {
    private static final byte[] NONE = {};

    /** Of which nothing more is known. */
    static final KnownOutcome UNKNOWN = new KnownOutcome(true, 0, 0, 0, false, NONE, NONE, false, false);
}
