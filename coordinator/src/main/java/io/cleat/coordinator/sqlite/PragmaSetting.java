// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import io.cleat.coordinator.sqlite.SqlTokenizer.Token;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A statement that gives a PRAGMA of the connection a value. Programs say {@code PRAGMA foreign_keys=ON} when they open a database;
 * where the coordinator has set it so already, saying it again changes nothing and is let through. Immutable.
 *
 * @param name of the PRAGMA, in upper case.
 * @param value as given, in upper case, without quotes.
 */
record PragmaSetting(String name, String value) {
    /** Those that are the same on all connections of a coordinator, and to which setting them to what they are does nothing. */
    private static final Set<String> UNIFORM = Set.of(
            "FOREIGN_KEYS",
            "RECURSIVE_TRIGGERS",
            "DEFER_FOREIGN_KEYS",
            "READ_UNCOMMITTED",
            "LEGACY_ALTER_TABLE",
            "IGNORE_CHECK_CONSTRAINTS",
            "REVERSE_UNORDERED_SELECTS",
            "TRUSTED_SCHEMA",
            "AUTOMATIC_INDEX",
            "SYNCHRONOUS",
            "JOURNAL_MODE",
            "TEMP_STORE",
            "ENCODING",
            "CACHE_SIZE");

    /** What SQLite takes for the numbers that it tells. */
    private static final Map<String, List<String>> WORDS = Map.of(
            "SYNCHRONOUS",
            List.of("OFF", "NORMAL", "FULL", "EXTRA"),
            "TEMP_STORE",
            List.of("DEFAULT", "FILE", "MEMORY"));

    private static final List<String> YES = List.of("1", "ON", "TRUE", "YES");
    private static final List<String> NO = List.of("0", "OFF", "FALSE", "NO");

    /** What a statement sets; null when it is no {@code PRAGMA name=value}, or of a PRAGMA for which it would matter. */
    static @Nullable PragmaSetting of(String sql) {
        return UNIFORM.contains(SqlGuard.pragmaName(sql)) ? parse(sql) : null;
    }

    /** As {@link #of}, whatever PRAGMA it is. */
    static @Nullable PragmaSetting parse(String sql) {
        final String name = SqlGuard.pragmaName(sql);
        final SqlTokenizer tokens = SqlHead.afterKeyword(sql);
        Token token = tokens.next();
        while (token != Token.END && !(token == Token.OTHER && (is(tokens, "=") || is(tokens, "(")))) {
            token = tokens.next();
        }
        token = tokens.next();
        String sign = "";
        if (token == Token.OTHER && is(tokens, "-")) {
            sign = "-";
            token = tokens.next();
        }
        return switch (token) {
            case WORD, QUOTED_NAME, TEXT -> new PragmaSetting(name, sign + tokens.upperName());
            case NUMBER -> new PragmaSetting(name, sign + tokens.upper());
            default -> null;
        };
    }

    /** Whether it is what SQLite tells of it. */
    boolean isAlready(String told) {
        final String current = told.toUpperCase(Locale.ROOT);
        final int number = WORDS.getOrDefault(name, List.of()).indexOf(value);
        return current.equals(value)
                || current.equals(Integer.toString(number))
                || (!WORDS.containsKey(name) && YES.contains(current) && YES.contains(value))
                || (!WORDS.containsKey(name) && NO.contains(current) && NO.contains(value));
    }

    private static boolean is(SqlTokenizer tokens, String text) {
        return tokens.upper().equals(text);
    }
}
