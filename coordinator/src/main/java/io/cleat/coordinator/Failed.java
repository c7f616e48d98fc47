// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.protocol.ProtocolException;
import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * Why a request failed, as it is told to the client. Immutable.
 *
 * @param code the kind of error.
 * @param sqliteCode SQLite's extended result code, or 0.
 * @param batchRow the row of a batch or statement of a script that failed, from 0, or -1.
 * @param outcome what became of the request all the same.
 * @param isStarted whether the request had begun to run.
 * @param message what to tell.
 * @param trace the stack trace of a failure that is Java's, or empty.
 */
record Failed(
        ErrorCode code,
        int sqliteCode,
        int batchRow,
        Outcome outcome,
        boolean isStarted,
        String message,
        String trace) {
    /** SQLITE_RANGE: a bind index out of range. */
    private static final int SQLITE_RANGE = 25;

    /** SQLITE_TOOBIG: a string or blob exceeds the size limit. */
    private static final int SQLITE_TOOBIG = 18;

    static Failed of(ErrorCode code, String message) {
        return new Failed(code, 0, -1, Outcome.NOT_APPLIED, false, message, "");
    }

    /**
     * Says what went wrong in the client's terms.
     *
     * @param error that was caught.
     * @return what to tell.
     */
    static Failed of(Throwable error) {
        if (error instanceof SqliteException e) {
            return new Failed(
                    ErrorCode.SQL, e.code(), -1, Outcome.NOT_APPLIED, true, String.valueOf(e.getMessage()), "");
        }
        if (error instanceof ParameterCountException) {
            return new Failed(
                    ErrorCode.SQL, SQLITE_RANGE, -1, Outcome.NOT_APPLIED, true, String.valueOf(error.getMessage()), "");
        }
        if (error instanceof ResultTooLargeException) {
            return new Failed(
                    ErrorCode.LIMIT,
                    SQLITE_TOOBIG,
                    -1,
                    Outcome.NOT_APPLIED,
                    true,
                    String.valueOf(error.getMessage()),
                    "");
        }
        if (error instanceof ProtocolException) {
            return of(ErrorCode.PROTOCOL, String.valueOf(error.getMessage()));
        }
        if (error instanceof CleatException e) {
            return of(e.code(), String.valueOf(e.getMessage()));
        }
        if (error instanceof OutOfMemoryError) {
            return of(
                    ErrorCode.LIMIT,
                    "the coordinator has not enough memory for this: " + error.getMessage() + " maxHeapBytes="
                            + Runtime.getRuntime().maxMemory());
        }
        final StringWriter trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace));
        return new Failed(
                ErrorCode.IO, 0, -1, Outcome.NOT_APPLIED, true, "the coordinator failed: " + error, trace.toString());
    }

    /** {@return whether the request may have been applied all the same} */
    boolean isUnknown() {
        return outcome == Outcome.UNKNOWN;
    }

    /**
     * The same, with another outcome.
     *
     * @param known what became of it.
     * @return a new one.
     */
    Failed with(Outcome known) {
        return new Failed(code, sqliteCode, batchRow, known, isStarted, message, trace);
    }

    /** {@return the same, of a request that had begun to run} */
    Failed started() {
        return new Failed(code, sqliteCode, batchRow, outcome, true, message, trace);
    }

    Failed atRow(int row) {
        return new Failed(code, sqliteCode, row, outcome, true, message, trace);
    }

    Failed unknown(String why) {
        return new Failed(code, sqliteCode, batchRow, Outcome.UNKNOWN, true, message + "; " + why, trace);
    }
}
