// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A statement that begins or ends a transaction or a savepoint, as it was understood from SQL. Immutable.
 *
 * @param kind what it does.
 * @param name of the savepoint; empty where it has none.
 */
record TransactionText(Kind kind, String name) {
    /** What such a statement does. */
    enum Kind {
        BEGIN,
        /** BEGIN IMMEDIATE or EXCLUSIVE. */
        BEGIN_IMMEDIATE,
        COMMIT,
        ROLLBACK,
        SAVEPOINT,
        RELEASE,
        ROLLBACK_TO
    }

    private static final int MAX_WORDS = 6;

    /**
     * Understands one statement.
     *
     * @param sql any text.
     * @return null for every other statement, and for what SQLite would refuse: it is SQLite's to say why.
     */
    static @Nullable TransactionText of(String sql) {
        final int start = skipBlank(sql, 0);
        // Nearly all statements leave here.
        if (!mayBe(sql, start)) {
            return null;
        }
        final @Nullable List<String> words = words(sql, start);
        return words == null || words.isEmpty() ? null : understood(words);
    }

    private static boolean mayBe(String sql, int start) {
        if (start + 1 >= sql.length()) {
            return false;
        }
        final char second = (char) (sql.charAt(start + 1) | 0x20);
        return switch (sql.charAt(start) | 0x20) {
            case 'b', 'r' -> second == 'e' || second == 'o';
            case 'c' -> second == 'o';
            case 'e' -> second == 'n';
            case 's' -> second == 'a';
            default -> false;
        };
    }

    private static @Nullable TransactionText understood(List<String> words) {
        final Words in = new Words(words);
        if (in.take("BEGIN")) {
            final boolean immediate = in.take("IMMEDIATE") || in.take("EXCLUSIVE");
            if (!immediate) {
                in.take("DEFERRED");
            }
            in.takeTransaction();
            return in.end(immediate ? Kind.BEGIN_IMMEDIATE : Kind.BEGIN, "");
        }
        if (in.take("COMMIT") || in.take("END")) {
            in.takeTransaction();
            return in.end(Kind.COMMIT, "");
        }
        if (in.take("SAVEPOINT")) {
            return in.endWithName(Kind.SAVEPOINT);
        }
        if (in.take("RELEASE")) {
            in.takeUnlessLast("SAVEPOINT");
            return in.endWithName(Kind.RELEASE);
        }
        if (in.take("ROLLBACK")) {
            in.takeTransaction();
            if (in.take("TO")) {
                in.takeUnlessLast("SAVEPOINT");
                return in.endWithName(Kind.ROLLBACK_TO);
            }
            return in.end(Kind.ROLLBACK, "");
        }
        return null;
    }

    /** Words and quoted names, these with their opening quote; null when there is anything else, or too much. */
    private static @Nullable List<String> words(String sql, int start) {
        final List<String> words = new ArrayList<>();
        int i = start;
        while (i < sql.length() && words.size() <= MAX_WORDS) {
            final char c = sql.charAt(i);
            if (c == ';') {
                return skipBlankAndSemicolons(sql, i) == sql.length() ? words : null;
            }
            final int end;
            if (isWord(c)) {
                end = endOfWord(sql, i);
                words.add(sql.substring(i, end));
            } else {
                end = endOfQuoted(sql, i);
                if (end < 0) {
                    return null;
                }
                words.add(unquoted(sql.substring(i, end)));
            }
            i = skipBlank(sql, end);
        }
        return i < sql.length() ? null : words;
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c > 0x7F;
    }

    private static int endOfWord(String sql, int start) {
        int i = start;
        while (i < sql.length() && isWord(sql.charAt(i))) {
            i++;
        }
        return i;
    }

    /** After the closing quote, or -1. */
    private static int endOfQuoted(String sql, int start) {
        final char open = sql.charAt(start);
        if (open == '[') {
            return sql.indexOf(']', start) + 1 == 0 ? -1 : sql.indexOf(']', start) + 1;
        }
        if (open != '"' && open != '\'' && open != '`') {
            return -1;
        }
        int i = start + 1;
        while (i < sql.length()) {
            if (sql.charAt(i) == open) {
                if (i + 1 == sql.length() || sql.charAt(i + 1) != open) {
                    return i + 1;
                }
                i++;
            }
            i++;
        }
        return -1;
    }

    /** The name behind its opening quote, which tells it from a keyword. */
    private static String unquoted(String quoted) {
        final String quote = quoted.substring(0, 1);
        final String inner = quoted.substring(1, quoted.length() - 1);
        return quote + (quote.equals("[") ? inner : inner.replace(quote + quote, quote));
    }

    private static int skipBlankAndSemicolons(String sql, int start) {
        int i = start;
        while (i < sql.length() && sql.charAt(i) == ';') {
            i = skipBlank(sql, i + 1);
        }
        return i;
    }

    /** The next character that is neither blank nor in a comment. */
    static int skipBlank(String sql, int start) {
        int i = start;
        while (i < sql.length()) {
            final char c = sql.charAt(i);
            if (c == ' ' || (c >= '\t' && c <= '\r')) {
                i++;
            } else if (c == '-' && sql.startsWith("--", i)) {
                final int end = sql.indexOf('\n', i);
                i = end < 0 ? sql.length() : end + 1;
            } else if (c == '/' && sql.startsWith("/*", i)) {
                final int end = sql.indexOf("*/", i + 2);
                i = end < 0 ? sql.length() : end + 2;
            } else {
                break;
            }
        }
        return i;
    }

    /** What is left of a statement. Of one call. */
    private static final class Words {
        private final List<String> words;
        private int next;

        Words(List<String> words) {
            this.words = words;
        }

        boolean take(String keyword) {
            final boolean found = next < words.size()
                    && words.get(next).toUpperCase(Locale.ROOT).equals(keyword);
            next += found ? 1 : 0;
            return found;
        }

        void takeUnlessLast(String keyword) {
            if (next + 1 < words.size()) {
                take(keyword);
            }
        }

        /** TRANSACTION, and the name that SQLite allows behind it and forgets. */
        void takeTransaction() {
            if (take("TRANSACTION")
                    && next < words.size()
                    && !words.get(next).toUpperCase(Locale.ROOT).equals("TO")) {
                next++;
            }
        }

        @Nullable
        TransactionText end(Kind kind, String name) {
            return next == words.size() ? new TransactionText(kind, name) : null;
        }

        @Nullable
        TransactionText endWithName(Kind kind) {
            if (next + 1 != words.size()) {
                return null;
            }
            final String word = words.get(next);
            next++;
            final boolean quoted = !isWord(word.charAt(0));
            return end(kind, quoted ? word.substring(1) : word);
        }
    }
}
