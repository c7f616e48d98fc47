// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who ended a transaction, or what else a block had, when and why. Immutable.
 *
 * @param by such as "its own block".
 * @param at the wall clock when this side did it, or was told.
 * @param why with the values.
 * @param cause what told it, or null.
 */
record TransactionEnd(
        String by, Instant at, String why, @Nullable Throwable cause) {
    static TransactionEnd byBlock(String why) {
        return new TransactionEnd("its own block", Instant.now(), why, null);
    }

    static TransactionEnd byCoordinator(CleatException told) {
        return new TransactionEnd("the coordinator", Instant.now(), String.valueOf(told.getMessage()), told);
    }

    /** A nested block could not be undone, so that the whole must be. */
    static TransactionEnd byFailedUndo(Throwable cause) {
        return new TransactionEnd(
                "a nested block",
                Instant.now(),
                "what it did could not be undone alone, so all of it will be: " + cause,
                cause);
    }

    /** For a request that was not sent, because what it was to run in is gone with its coordinator. */
    TransactionLostException refusal() {
        return new TransactionLostException(
                "what the session had was lost, and is to be rolled back or given back first: at=" + at + " why=" + why,
                Outcome.NOT_APPLIED,
                null,
                null,
                cause);
    }

    /** For who uses it all the same, with the frames of the calling thread. */
    RequestException exception() {
        return exception(cause instanceof TransactionLostException gone ? gone.outcome() : Outcome.NOT_APPLIED);
    }

    /** For the end of a block that ran in the transaction of another session, which may have been committed before: that decides what the block did. */
    RequestException exceptionOfJoined() {
        return exception(Outcome.UNKNOWN);
    }

    private RequestException exception(Outcome outcome) {
        if (cause instanceof TransactionLostException) {
            return new TransactionLostException(
                    "the transaction was lost: at=" + at + " why=" + why, outcome, null, null, cause);
        }
        return new RequestException(
                ErrorCode.TRANSACTION_ENDED,
                "the transaction has ended: by=" + by + " at=" + at + " why=" + why,
                outcome,
                null,
                null,
                cause);
    }
}
