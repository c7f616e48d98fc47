// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The root of everything that Cleat throws. The code says what kind of error it is, the message holds the values.
 *
 * <p>Threading: immutable but for the stack trace.
 */
public class CleatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /**
     * An error with no cause.
     *
     * @param code what kind of error.
     * @param message what happened, to what, with the values.
     */
    public CleatException(final ErrorCode code, final String message) {
        this(code, message, null);
    }

    /**
     * An error with a cause.
     *
     * @param code what kind of error.
     * @param message what happened, to what, with the values.
     * @param cause what led to it, or null.
     */
    public CleatException(final ErrorCode code, final String message, final @Nullable Throwable cause) {
        super(message, cause);
        this.code = Objects.requireNonNull(code, "code");
    }

    /**
     * What kind of error this is.
     *
     * @return the code.
     */
    public final ErrorCode code() {
        return code;
    }
}
