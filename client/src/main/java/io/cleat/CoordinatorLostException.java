// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * The coordinator died, or let go of the database, while or before a request waited, and no other one took over by the deadline; or it died while
 * the rows of a result were arriving; or the next one took over and cannot tell any more whether the request was applied. {@link #outcome()} says what
 * became of the request: UNKNOWN for a write that had been sent, APPLIED for one whose rows had begun to arrive; {@link Database#outcome} may
 * know more later. The {@link Database} looks for another coordinator for {@link ClientContext#reattachTimeout}: as
 * long as {@link Database#isOpen} says so, later calls go on with that one. Afterwards it is of no more use: open it again. Immutable but for the stack
 * trace.
 */
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
