// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import org.jspecify.annotations.Nullable;

/**
 * What is written down of each commit, so that a successor knows whether it happened: see docs/outcome.md. For each commit, in this order:
 * {@link #begin}, {@link #stage} for each request that it applies, {@link #intent}, then {@link #done} or {@link #discard}, and
 * {@link #afterReplies}. None throws, but that {@link #stage}, {@link #stageTransaction} and {@link #intent} may throw an SqliteException where they write into
 * the transaction: then there is no commit.
 *
 * <p>Not thread-safe: the conductor's.
 */
interface Evidence {
    /** {@return the commit sequence with which the coordinator starts} */
    long commitSequence();

    /** A transaction is about to begin. */
    void begin();

    /** What runs next is no transaction of ours: SQLite commits by itself, perhaps several times. */
    void outsideTransaction();

    /**
     * A request is applied with this commit.
     *
     * @param request any.
     * @param changeCount rows changed.
     * @param lastRowId of the last row inserted, or 0.
     * @param commitSequence after this commit.
     * @param rows all that it returned; null when it returned none, or more than are kept.
     * @param tooManyRows whether it returned more than are kept.
     */
    void stage(
            Request request,
            long changeCount,
            long lastRowId,
            long commitSequence,
            @Nullable ResultChunk rows,
            boolean tooManyRows);

    /**
     * A request of a session that has joined a transaction is applied with this commit of its owner's.
     *
     * @param write of the joined session.
     * @param commitSequence after this commit.
     */
    void stageJoined(JoinedWrites.Write write, long commitSequence);

    /**
     * Of a client's requests up to one it is not known any more which are applied with this commit.
     *
     * @param client that sent them.
     * @param sequence of the last of them.
     */
    void forgetThrough(AttachedClient client, long sequence);

    /**
     * A transaction of several requests is applied with this commit.
     *
     * @param commit the request that commits it.
     * @param beginSequence of the one that began it.
     * @param commitSequence after this commit.
     */
    void stageTransaction(Request commit, long beginSequence, long commitSequence);

    /**
     * COMMIT comes next.
     *
     * @param commitSequence after it.
     */
    void intent(long commitSequence);

    /**
     * SQLite has committed.
     *
     * @param commitSequence after it.
     */
    void done(long commitSequence);

    /**
     * SQLite has not committed, or failed while it did.
     *
     * @param damage what that did to the log.
     * @param commitSequence that counts from now on.
     */
    void discard(Damage damage, long commitSequence);

    /** Nobody waits: what is left of the work can be done now. */
    void afterReplies();

    /** What a commit that failed may have left in the log. */
    enum Damage {
        /** Nothing that looks like a commit. */
        NONE,
        /** Frames that look like a commit by their heads, but are not whole. */
        FRAMES,
        /** Perhaps all of the commit. */
        COMMIT
    }
}
