// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** The deadline of a call passed. The message says what was waited for, how long, and on whom. */
public final class CallTimeoutException extends RequestException {
    private static final long serialVersionUID = 1L;

    private final Stage stage;

    /**
     * Describes the failure.
     *
     * @param code what kind of failure.
     * @param message with the values.
     * @param outcome what became of the request.
     * @param stage how far it came.
     * @param sql its text, or null.
     * @param parameters readable, or null when redacted.
     * @param cause the failure behind it, or null.
     */
    public CallTimeoutException(
            ErrorCode code,
            String message,
            Outcome outcome,
            Stage stage,
            @Nullable String sql,
            @Nullable String parameters,
            @Nullable Throwable cause) {
        super(code, message, outcome, sql, parameters, cause);
        this.stage = stage;
    }

    /** {@return how far the request came; UNKNOWN when the coordinator did not say so in time} */
    public Stage stage() {
        return stage;
    }
}
