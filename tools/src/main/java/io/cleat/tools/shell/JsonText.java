// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values as JSON (RFC 8259): null, booleans, numbers, strings, collections, and maps with string keys. BLOBs become strings such
 * as {@code "x'00ff'"}, infinite numbers {@code 9e999}, as SQLite's own JSON has them. Thread-safe: stateless.
 */
public final class JsonText {
    private JsonText() {}

    /**
     * Writes a value.
     *
     * @param value of one of the types above; anything else as the string that it shows itself as.
     * @return JSON in one line.
     */
    public static String of(@Nullable Object value) {
        final StringBuilder json = new StringBuilder();
        append(json, value);
        return json.toString();
    }

    /**
     * Adds a value.
     *
     * @param json to be added to.
     * @param value as in {@link #of}.
     */
    public static void append(StringBuilder json, @Nullable Object value) {
        if (value == null || value instanceof Boolean || value instanceof Long || value instanceof Integer) {
            json.append(value);
        } else if (value instanceof Double number) {
            real(json, number);
        } else if (value instanceof byte[] bytes) {
            string(json, SqlArgument.blob(bytes));
        } else if (value instanceof Map<?, ?> map) {
            object(json, map);
        } else if (value instanceof Collection<?> collection) {
            array(json, collection);
        } else {
            string(json, value.toString());
        }
    }

    private static void real(StringBuilder json, double number) {
        if (Double.isNaN(number)) {
            json.append("null");
        } else if (Double.isInfinite(number)) {
            json.append(number > 0 ? "9e999" : "-9e999");
        } else {
            json.append(number);
        }
    }

    private static void object(StringBuilder json, Map<?, ?> map) {
        json.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            json.append(separator);
            string(json, String.valueOf(entry.getKey()));
            json.append(':');
            append(json, entry.getValue());
            separator = ",";
        }
        json.append('}');
    }

    private static void array(StringBuilder json, Collection<?> values) {
        json.append('[');
        final Iterator<?> each = values.iterator();
        while (each.hasNext()) {
            append(json, each.next());
            json.append(each.hasNext() ? "," : "");
        }
        json.append(']');
    }

    private static void string(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    // A lone surrogate cannot be written in UTF-8, and Unicode's line ends break readers by line.
                    if (c < 0x20 || c == 0x7F || c == '\u2028' || c == '\u2029' || loneSurrogate(text, i)) {
                        json.append(String.format("\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        json.append('"');
    }

    private static boolean loneSurrogate(String text, int i) {
        final char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
