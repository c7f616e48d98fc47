// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** The object was closed, by this side or because the coordinator stopped; the message says which. */
public final class ClosedException extends RequestException {
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
    public ClosedException(
            ErrorCode code,
            String message,
            Outcome outcome,
            @Nullable String sql,
            @Nullable String parameters,
            @Nullable Throwable cause) {
        super(code, message, outcome, sql, parameters, cause);
    }
}
