// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** The coordinator died, or let go of the database, while or before a request waited. What was sent and is a write has outcome UNKNOWN. The Database is of no more use: open it again. */
public final class CoordinatorLostException extends RequestException {
    private static final long serialVersionUID = 1L;

    /**
     * Describes the failure.
     *
     * @param code what kind of failure.
     * @param message with the values.
     * @param outcome what became of the request.
     * @param sql its text, or null.
     * @param parameters readable, or null when redacted.
     * @param cause the failure behind it, or null.
     */
    public CoordinatorLostException(
            ErrorCode code,
            String message,
            Outcome outcome,
            @Nullable String sql,
            @Nullable String parameters,
            @Nullable Throwable cause) {
        super(code, message, outcome, sql, parameters, cause);
    }
}
