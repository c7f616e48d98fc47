// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import io.cleat.protocol.TextLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person looks at our output. Thread-safe: stateless. */
public final class Terminal {
    /** The launcher, which can ask the operating system, says so with this property. */
    private static final String PROPERTY = "cleat.terminal";

    private static final Path STANDARD_OUTPUT = Path.of("/proc/self/fd/1");

    private Terminal() {}

    /** {@return whether the standard output is a terminal that understands cursor movements} */
    public static boolean isInteractive() {
        final String told = System.getProperty(PROPERTY);
        if (told != null) {
            return Boolean.parseBoolean(told);
        }
        if ("dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        try {
            final String target = Files.readSymbolicLink(STANDARD_OUTPUT).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            // No Linux, and not by the launcher: better no redrawing than escape codes in a file.
            return false;
        }
    }

    /**
     * Makes text safe to print in one line: what would move the cursor is shown as an escape.
     *
     * @param text any.
     * @return without control characters.
     */
    public static String oneLine(String text) {
        return TextLine.oneLine(text);
    }

    /**
     * Cuts a text, without tearing a character apart.
     *
     * @param text any.
     * @param maxLength in characters, 1 or more.
     * @return at most that long, with … at the end when it was cut.
     */
    public static String cut(String text, int maxLength) {
        return TextLine.cut(text, maxLength);
    }
}
