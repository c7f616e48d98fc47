// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/**
 * A place in the write-ahead log: the end of a commit.
 *
 * <p>Thread-safe: immutable.
 *
 * @param salt1 of the log's header, which SQLite makes greater by one when the log starts anew; 0 when there is no log.
 * @param salt2 of the log's header, random; 0 when there is no log.
 * @param frames up to the last frame of the last commit in the log, 0 when no commit is in it.
 * @param hasLog whether there is a log with a header that is whole.
 */
public record WalPlace(int salt1, int salt2, long frames, boolean hasLog) {
    /** No log: the file is missing, empty, or has no header that SQLite would believe. */
    public static final WalPlace EMPTY = new WalPlace(0, 0, 0, false);

    /** What is to be said of a commit that was begun at a known place. */
    public enum Verdict {
        /** Its last frame is in the log. */
        COMMITTED,
        /** It is not. */
        NOT_COMMITTED,
        /** This log is not the one, or not what follows it. */
        UNDECIDED
    }

    /**
     * Decides about the one commit that was begun when the log ended at another place, if nobody else has written since.
     *
     * @param before where the log ended when the commit began.
     * @return whether this place, found later, shows its end.
     */
    public Verdict since(WalPlace before) {
        if (!before.hasLog) {
            return frames > 0 ? Verdict.COMMITTED : Verdict.NOT_COMMITTED;
        }
        if (!hasLog) {
            return Verdict.UNDECIDED;
        }
        if (salt1 == before.salt1 && salt2 == before.salt2) {
            if (frames < before.frames) {
                return Verdict.UNDECIDED;
            }
            return frames > before.frames ? Verdict.COMMITTED : Verdict.NOT_COMMITTED;
        }
        if (salt1 == before.salt1 + 1) {
            return frames > 0 ? Verdict.COMMITTED : Verdict.NOT_COMMITTED;
        }
        return Verdict.UNDECIDED;
    }
}
