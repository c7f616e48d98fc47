// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CallTimeoutException;
import io.cleat.CancelledException;
import io.cleat.CleatException;
import io.cleat.ClosedException;
import io.cleat.CoordinatorLostException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.SqlException;
import io.cleat.Stage;
import io.cleat.TransactionLostException;
import org.jspecify.annotations.Nullable;

/**
 * Why a request failed, before it becomes an exception on the thread of its caller. Immutable.
 *
 * @param code what kind of failure.
 * @param sqliteCode SQLite's extended result code, or 0.
 * @param batchRow the row of a batch that failed, or -1.
 * @param outcome what became of the request.
 * @param stage how far it came.
 * @param message with the values.
 * @param remoteTrace the coordinator's stack trace, or empty.
 */
public record Failed(
        ErrorCode code,
        int sqliteCode,
        int batchRow,
        Outcome outcome,
        Stage stage,
        String message,
        String remoteTrace) {

    static Failed local(ErrorCode code, Outcome outcome, String message) {
        // What this side knows to be without effect was not sent.
        final Stage stage = outcome == Outcome.NOT_APPLIED ? Stage.NOT_STARTED : Stage.UNKNOWN;
        return new Failed(code, 0, -1, outcome, stage, message, "");
    }

    /**
     * The same with another outcome: NOT_APPLIED when it was not sent.
     *
     * @param applied what became of the request.
     * @return the failure.
     */
    public Failed with(Outcome applied) {
        final Stage known = applied == Outcome.NOT_APPLIED ? Stage.NOT_STARTED : stage;
        return new Failed(code, sqliteCode, batchRow, applied, known, message, remoteTrace);
    }

    /**
     * Makes the exception, with the frames of the calling thread.
     *
     * @param sql of the request, or null.
     * @param parameters readable, or null when redacted.
     * @return to be thrown.
     */
    public CleatException exception(@Nullable String sql, @Nullable String parameters) {
        final @Nullable Throwable cause = remoteTrace.isEmpty() ? null : RemoteFailure.parse(remoteTrace);
        return switch (code) {
            case SQL -> new SqlException(message, sqliteCode, batchRow, outcome, sql, parameters, cause);
            case TIMEOUT, DEADLINE_EXCEEDED ->
                new CallTimeoutException(code, message, outcome, stage, sql, parameters, cause);
            case CANCELLED -> new CancelledException(message, outcome, stage, sql, parameters, cause);
            case CLOSED, SHUTDOWN -> new ClosedException(code, message, outcome, sql, parameters, cause);
            case COORDINATOR_LOST -> new CoordinatorLostException(code, message, outcome, sql, parameters, cause);
            case TRANSACTION_LOST -> new TransactionLostException(message, outcome, sql, parameters, cause);
            default -> new RequestException(code, message, outcome, sql, parameters, cause);
        };
    }
}
