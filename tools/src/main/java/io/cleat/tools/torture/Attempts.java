// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.RequestException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Journals writes before they are sent, and what became of them. Thread-safe. */
final class Attempts {
    /** What may happen to a call when processes die; anything else is noted as a broken rule. */
    private static final Set<ErrorCode> EXPECTED = EnumSet.of(
            ErrorCode.COORDINATOR_LOST,
            ErrorCode.TRANSACTION_LOST,
            // A holder of the write turn that was suspended for longer than its lease.
            ErrorCode.TRANSACTION_ENDED,
            // What is called after a loss that nobody made good, which is noted by itself.
            ErrorCode.CLOSED);

    private final Journal journal;

    Attempts(Journal journal) {
        this.journal = journal;
    }

    /** A write. */
    @FunctionalInterface
    interface Write {
        /** Sends it and waits. */
        void run(long unit) throws Exception;
    }

    Journal journal() {
        return journal;
    }

    /**
     * Makes one write that commits by itself.
     *
     * @return whether it was acknowledged.
     */
    boolean attempt(int parts, String how, Write write) {
        final long unit = journal.intend(parts, how);
        try {
            write.run(unit);
            journal.acknowledge(unit);
            return true;
        } catch (Exception e) {
            settle(unit, e);
            return false;
        }
    }

    /** Journals what a failure says of a unit. */
    void settle(long unit, Throwable thrown) {
        final Throwable failure = cause(thrown);
        expect(failure);
        if (!(failure instanceof RequestException known)) {
            journal.unknown(unit, failure);
        } else if (known.outcome() == Outcome.APPLIED) {
            journal.acknowledge(unit);
        } else if (known.outcome() == Outcome.NOT_APPLIED) {
            journal.refuse(unit, failure);
        } else {
            journal.unknown(unit, failure);
        }
    }

    /** Notes a failure that no death explains. */
    void expect(Throwable thrown) {
        final Throwable failure = cause(thrown);
        if (!(failure instanceof CleatException known) || !EXPECTED.contains(known.code())) {
            final StackTraceElement[] frames = failure.getStackTrace();
            journal.violated("call", failure + (frames.length == 0 ? "" : " at " + frames[0]));
        }
    }

    private static Throwable cause(Throwable thrown) {
        Throwable failure = thrown;
        while ((failure instanceof CompletionException || failure instanceof ExecutionException)
                && failure.getCause() != null) {
            failure = failure.getCause();
        }
        return failure;
    }
}
