// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import java.util.Locale;

/** What a request may do to the database, as far as the client can tell. Immutable. */
enum Effect {
    /** It surely changes nothing. */
    NONE,
    /** It surely is a write. */
    WRITES,
    /** The client cannot tell. */
    UNKNOWN;

    /** Of one statement: told only where no parser is needed. A SELECT never writes; rows that a write returns come of RETURNING. */
    static Effect of(String sql) {
        int start = 0;
        while (start < sql.length() && Character.isWhitespace(sql.charAt(start))) {
            start++;
        }
        if (startsWith(sql, start, "select") || startsWith(sql, start, "values")) {
            return NONE;
        }
        if (startsWith(sql, start, "insert")
                || startsWith(sql, start, "update")
                || startsWith(sql, start, "delete")
                || startsWith(sql, start, "replace")) {
            return WRITES;
        }
        if (startsWith(sql, start, "with")) {
            final String lower = sql.toLowerCase(Locale.ROOT);
            final boolean mayWrite = lower.contains("insert")
                    || lower.contains("update")
                    || lower.contains("delete")
                    || lower.contains("replace");
            return mayWrite ? UNKNOWN : NONE;
        }
        return UNKNOWN;
    }

    private static boolean startsWith(String sql, int start, String word) {
        return sql.regionMatches(true, start, word, 0, word.length());
    }
}
