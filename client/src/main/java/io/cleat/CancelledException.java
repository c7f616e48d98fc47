// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * The request was given up: by {@link Cancellation#cancel}, or because what it belongs to has ended, as the message says. A write that
 * was stopped has had no effect, as {@link #outcome()} says.
 */
public final class CancelledException extends RequestException {
    private static final long serialVersionUID = 1L;

    private final Stage stage;

    /**
     * Describes the failure.
     *
     * @param message with the values.
     * @param outcome what became of the request.
     * @param stage how far it came.
     * @param sql its text, or null.
     * @param parameters readable, or null when redacted.
     * @param cause the failure behind it, or null.
     */
    public CancelledException(
            String message,
            Outcome outcome,
            Stage stage,
            @Nullable String sql,
            @Nullable String parameters,
            @Nullable Throwable cause) {
        super(ErrorCode.CANCELLED, message, outcome, sql, parameters, cause);
        this.stage = stage;
    }

    /** {@return NOT_STARTED, or STARTED when it was interrupted while it ran} */
    public Stage stage() {
        return stage;
    }
}
