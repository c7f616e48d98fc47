// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

/**
 * Where statements end in a text, as SQLite finds it: at a semicolon outside of quotes, comments and the body of a trigger.
 *
 * <p>Thread-safe: pure functions.
 */
final class SqlText {
    private SqlText() {}

    /** Where the first token at or behind an offset begins that is no semicolon; the length when there is none. */
    static int start(String sql, int from) {
        int at = skipBlank(sql, from);
        while (at < sql.length() && sql.charAt(at) == ';') {
            at = skipBlank(sql, at + 1);
        }
        return at;
    }

    /** Where the statement ends that begins at an offset: at its semicolon, which is not part of it, or at the end of the text. */
    static int end(String sql, int from) {
        final boolean trigger = isTrigger(sql, from);
        boolean afterSemicolon = false;
        boolean afterEnd = false;
        int at = from;
        while (at < sql.length()) {
            final int next = skipToken(sql, at);
            if (sql.charAt(at) == ';') {
                if (!trigger || afterEnd) {
                    return at;
                }
                afterSemicolon = true;
            } else {
                afterEnd = afterSemicolon && isWord(sql, at, next, "end");
                afterSemicolon = false;
            }
            at = skipBlank(sql, next);
        }
        return sql.length();
    }

    /** The statement that begins at an offset, which {@link #start} found; with its semicolon, which SQLite's messages tell of. */
    static String statement(String sql, int from) {
        final int end = end(sql, from);
        // The same object where it can be: texts are looked up.
        return from == 0 && end >= sql.length() - 1 ? sql : sql.substring(from, Math.min(end + 1, sql.length()));
    }

    /** Whether a statement inserts, so that it may have made a key. */
    static boolean inserts(String sql) {
        int at = start(sql, 0);
        int end = skipToken(sql, at);
        if (!isWord(sql, at, end, "with")) {
            return isWord(sql, at, end, "insert") || isWord(sql, at, end, "replace");
        }
        int depth = 0;
        while (at < sql.length()) {
            final char c = sql.charAt(at);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            end = skipToken(sql, at);
            if (depth == 0 && (isWord(sql, at, end, "insert") || isWord(sql, at, end, "replace"))) {
                return true;
            }
            at = skipBlank(sql, end);
        }
        return false;
    }

    private static boolean isTrigger(String sql, int from) {
        int at = from;
        // CREATE TEMP TRIGGER is the longest way to it, with EXPLAIN QUERY PLAN in front.
        for (int words = 0; words < 6 && at < sql.length(); words++) {
            final int end = skipToken(sql, at);
            if (isWord(sql, at, end, "trigger")) {
                return true;
            }
            final boolean before = isWord(sql, at, end, "create")
                    || isWord(sql, at, end, "temp")
                    || isWord(sql, at, end, "temporary")
                    || isWord(sql, at, end, "explain")
                    || isWord(sql, at, end, "query")
                    || isWord(sql, at, end, "plan");
            if (!before) {
                return false;
            }
            at = skipBlank(sql, end);
        }
        return false;
    }

    /** Whether a token is a word, whatever its case. */
    static boolean isWord(String sql, int from, int to, String word) {
        return to - from == word.length() && sql.regionMatches(true, from, word, 0, word.length());
    }

    /** Behind spaces and comments. */
    static int skipBlank(String sql, int from) {
        int at = from;
        while (at < sql.length()) {
            final char c = sql.charAt(at);
            if (c == ' ' || (c >= '\t' && c <= '\r' && c != 0x0B)) {
                at++;
            } else if (sql.startsWith("--", at)) {
                final int end = sql.indexOf('\n', at);
                at = end < 0 ? sql.length() : end + 1;
            } else if (sql.startsWith("/*", at)) {
                final int end = sql.indexOf("*/", at + 2);
                at = end < 0 ? sql.length() : end + 2;
            } else {
                return at;
            }
        }
        return at;
    }

    /** Behind the token at an offset: a quoted text or name, a word, or one character. */
    static int skipToken(String sql, int from) {
        if (from >= sql.length()) {
            return from;
        }
        final char c = sql.charAt(from);
        if (c == '\'' || c == '"' || c == '`' || c == '[') {
            // A doubled quote is two quoted parts that touch: that ends at the same place.
            final int end = sql.indexOf(c == '[' ? ']' : c, from + 1);
            return end < 0 ? sql.length() : end + 1;
        }
        int at = from + 1;
        if (isPartOfWord(c)) {
            while (at < sql.length() && isPartOfWord(sql.charAt(at))) {
                at++;
            }
        }
        return at;
    }

    private static boolean isPartOfWord(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '$'
                || c > 0x7F;
    }
}
