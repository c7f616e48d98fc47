// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

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
        StringBuilder safe = null;
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (!Character.isISOControl(c) && c != '\u2028' && c != '\u2029') {
                if (safe != null) {
                    safe.append(c);
                }
                continue;
            }
            if (safe == null) {
                safe = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            switch (c) {
                case '\n' -> safe.append("\\n");
                case '\r' -> safe.append("\\r");
                case '\t' -> safe.append("\\t");
                default -> safe.append(String.format("\\u%04x", (int) c));
            }
        }
        return safe == null ? text : safe.toString();
    }

    /**
     * Cuts a text, without tearing a character apart.
     *
     * @param text any.
     * @param maxLength in characters, 1 or more.
     * @return at most that long, with … at the end when it was cut.
     */
    public static String cut(String text, int maxLength) {
        if (text.length() <= maxLength) {
            return text;
        }
        int end = Math.max(0, maxLength - 1);
        if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end) + "…";
    }
}
