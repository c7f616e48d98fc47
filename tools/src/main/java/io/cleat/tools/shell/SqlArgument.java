// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Values as they are written on a command line, in SQLite's own notation.
 *
 * <pre>
 *   NULL                     NULL
 *   42  -7                   INTEGER (one beyond 64 bits becomes REAL, as in SQL)
 *   1.5  -2e9  .5            REAL
 *   x'00ff'                  BLOB
 *   '42'  'it''s'            TEXT, without the quotes
 *   anything else            TEXT
 * </pre>
 *
 * <p>Thread-safe: stateless.
 */
public final class SqlArgument {
    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");
    private static final Pattern REAL = Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");
    private static final Pattern BLOB = Pattern.compile("[xX]'([0-9a-fA-F]{2})*'");

    private SqlArgument() {}

    /**
     * Reads a value.
     *
     * @param text as typed.
     * @return null, Long, Double, byte[] or String.
     */
    public static @Nullable Object parse(String text) {
        if ("null".equals(text.toLowerCase(Locale.ROOT))) {
            return null;
        }
        if (INTEGER.matcher(text).matches()) {
            return integer(text);
        }
        if (REAL.matcher(text).matches()) {
            return Double.valueOf(text);
        }
        if (BLOB.matcher(text).matches()) {
            return HexFormat.of().parseHex(text, 2, text.length() - 1);
        }
        if (text.length() >= 2 && text.startsWith("'") && text.endsWith("'")) {
            return text.substring(1, text.length() - 1).replace("''", "'");
        }
        return text;
    }

    /**
     * Writes a blob.
     *
     * @param bytes any.
     * @return such as {@code x'00ff'}.
     */
    public static String blob(byte[] bytes) {
        return "x'" + HexFormat.of().formatHex(bytes) + "'";
    }

    /**
     * Writes a value as SQLite's own shell does.
     *
     * @param value Long, Double or String.
     * @return its text; infinite numbers are Inf and -Inf.
     */
    public static String text(Object value) {
        if (value instanceof Double number && number.isInfinite()) {
            return number > 0 ? "Inf" : "-Inf";
        }
        return value.toString();
    }

    private static Object integer(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            return Double.valueOf(text);
        }
    }
}
