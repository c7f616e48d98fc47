// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

/** Text that others have written, as part of one line. Thread-safe: pure functions. */
public final class TextLine {
    private TextLine() {}

    /**
     * Makes a text harmless to a terminal and a log.
     *
     * @param text any.
     * @return without control characters and ends of line, which are written as escapes.
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
