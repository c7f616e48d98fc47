// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells statements that ask or set something of the session itself: PRAGMA, {@code last_insert_rowid()}, {@code changes()},
 * {@code total_changes()}. They run on the connection's own session, never on that of a snapshot.
 *
 * <p>Thread-safe: pure functions.
 */
final class SessionText {
    private static final String PRAGMA = "pragma";

    /**
     * A PRAGMA that sets something.
     *
     * @param name in lower case, without its schema.
     * @param value as it is in the text, without quotes.
     */
    record Setting(String name, String value) {}

    private SessionText() {}

    /** Whether a statement is one of those. */
    static boolean isOfSession(String sql) {
        return isPragma(sql, TransactionText.skipBlank(sql, 0))
                || contains(sql, "last_insert_rowid")
                || contains(sql, "changes");
    }

    /** What a statement sets; null when it is no PRAGMA, or one that only asks. */
    static @Nullable Setting setting(String sql) {
        final int start = TransactionText.skipBlank(sql, 0);
        if (!isPragma(sql, start)) {
            return null;
        }
        final int name = TransactionText.skipBlank(sql, start + PRAGMA.length());
        int end = sql.indexOf('=', name);
        final boolean inParentheses = end < 0;
        if (inParentheses) {
            end = sql.indexOf('(', name);
        }
        if (end < 0) {
            return null;
        }
        final String whole = sql.substring(name, end).strip().toLowerCase(Locale.ROOT);
        String value = sql.substring(end + 1).strip();
        while (value.endsWith(";") || (inParentheses && value.endsWith(")"))) {
            value = value.substring(0, value.length() - 1).strip();
        }
        return new Setting(unquoted(whole.substring(whole.lastIndexOf('.') + 1).strip()), unquoted(value));
    }

    /** Whether a statement asks for a PRAGMA, and sets nothing. */
    static boolean asks(String sql, String pragma) {
        final int start = TransactionText.skipBlank(sql, 0);
        if (!isPragma(sql, start) || setting(sql) != null) {
            return false;
        }
        String whole = sql.substring(start + PRAGMA.length()).strip();
        while (whole.endsWith(";")) {
            whole = whole.substring(0, whole.length() - 1).strip();
        }
        final String name = unquoted(whole.substring(whole.lastIndexOf('.') + 1).strip());
        return name.equalsIgnoreCase(pragma);
    }

    private static String unquoted(String text) {
        final int last = text.length() - 1;
        final boolean quoted = last > 0
                && ((text.charAt(0) == text.charAt(last) && "\"'`".indexOf(text.charAt(0)) >= 0)
                        || (text.charAt(0) == '[' && text.charAt(last) == ']'));
        return quoted ? text.substring(1, last) : text;
    }

    private static boolean isPragma(String sql, int start) {
        return sql.regionMatches(true, start, PRAGMA, 0, PRAGMA.length());
    }

    private static boolean contains(String sql, String word) {
        for (int i = 0; i <= sql.length() - word.length(); i++) {
            if (sql.regionMatches(true, i, word, 0, word.length())) {
                return true;
            }
        }
        return false;
    }
}
