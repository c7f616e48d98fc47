// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import io.cleat.CleatException;
import io.cleat.Outcome;
import io.cleat.RequestException;

/** What the tool says to a shell about how it went. Thread-safe: constants. */
public final class ExitCode {
    /** It went as asked. */
    public static final int OK = 0;

    /** It failed: SQLite refused, a file is damaged, a check found a difference. Nothing was applied. */
    public static final int FAILED = 1;

    /** The command line is wrong. */
    public static final int USAGE = 2;

    /** Nobody serves the name. */
    public static final int NOT_REGISTERED = 3;

    /** Somebody else serves the name. */
    public static final int NAME_IN_USE = 4;

    /** A deadline passed; nothing was applied. */
    public static final int TIMEOUT = 5;

    /** A write may or may not have been applied: its coordinator was lost, or its answer did not come in time. */
    public static final int OUTCOME_UNKNOWN = 6;

    /** A write was applied, but what it returned is lost. */
    public static final int APPLIED = 7;

    private ExitCode() {}

    /**
     * The code for a failure.
     *
     * @param failure what was thrown.
     * @return one of the codes above.
     */
    public static int of(Throwable failure) {
        if (failure instanceof ClosedPipeException) {
            return OK;
        }
        if (failure instanceof RequestException request && request.outcome() == Outcome.UNKNOWN) {
            return OUTCOME_UNKNOWN;
        }
        if (failure instanceof RequestException request && request.outcome() == Outcome.APPLIED) {
            return APPLIED;
        }
        if (!(failure instanceof CleatException known)) {
            return FAILED;
        }
        return switch (known.code()) {
            case NOT_REGISTERED -> NOT_REGISTERED;
            case NAME_IN_USE -> NAME_IN_USE;
            case TIMEOUT, DEADLINE_EXCEEDED -> TIMEOUT;
            case MISUSE -> USAGE;
            default -> FAILED;
        };
    }
}
