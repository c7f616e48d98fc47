// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Turns what the operating system says about a file into an error with a code.
 *
 * <p>Threading: stateless, any thread.
 */
public final class FileErrors {
    private FileErrors() {}

    /**
     * The error to throw for a failed file operation.
     *
     * @param action what was tried, as in "cannot ACTION FILE".
     * @param file the file it was tried on.
     * @param cause what the operating system said.
     * @return an exception to throw: PERMISSION, STORAGE_FULL or IO.
     */
    public static CleatException of(final String action, final Path file, final IOException cause) {
        final String text = String.valueOf(cause.getMessage());
        final String lower = text.toLowerCase(Locale.ROOT);
        final ErrorCode code;
        if (cause instanceof AccessDeniedException
                || lower.contains("permission denied")
                || lower.contains("operation not permitted")
                || lower.contains("symbolic link")) {
            code = ErrorCode.PERMISSION;
        } else if (lower.contains("no space left") || lower.contains("quota exceeded")) {
            code = ErrorCode.STORAGE_FULL;
        } else {
            code = ErrorCode.IO;
        }
        final String reason = cause.getClass().getSimpleName() + ": " + text;
        return new CleatException(code, "cannot " + action + " " + file + " (" + reason + ")", cause);
    }
}
