// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** The root of what Cleat throws. Unchecked; the message holds the values. Immutable but for the stack trace. */
public class CleatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /** An exception of one code. */
    public CleatException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    /** An exception of one code with the failure behind it. */
    public CleatException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What kind of failure this is. */
    public final ErrorCode code() {
        return code;
    }
}
