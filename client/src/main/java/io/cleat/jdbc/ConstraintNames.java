// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names that a CREATE TABLE gives to its keys, of columns and of the table. SQLite keeps them nowhere but in that text.
 *
 * <p>Not thread-safe while it is made, then immutable.
 */
final class ConstraintNames {
    private final String sql;
    private @Nullable String primaryKey;
    private final List<@Nullable String> foreignKeys = new ArrayList<>();

    private ConstraintNames(String sql) {
        this.sql = sql;
    }

    /** Reads the text that {@code sqlite_schema} has. */
    static ConstraintNames of(@Nullable String createTable) {
        final ConstraintNames names = new ConstraintNames(createTable == null ? "" : createTable);
        names.read();
        return names;
    }

    /** Null when it has none. */
    @Nullable
    String primaryKey() {
        return primaryKey;
    }

    /**
     * The name of a foreign key, null when it has none.
     *
     * @param id as in {@code foreign_key_list}, which counts from the last one of the text.
     */
    @Nullable
    String foreignKey(int id) {
        final int index = foreignKeys.size() - 1 - id;
        return index < 0 ? null : foreignKeys.get(index);
    }

    private void read() {
        int depth = 0;
        @Nullable String name = null;
        boolean ofTable = false;
        int at = SqlText.skipBlank(sql, 0);
        while (at < sql.length()) {
            int end = SqlText.skipToken(sql, at);
            final char c = sql.charAt(at);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth == 1 && SqlText.isWord(sql, at, end, "constraint")) {
                at = SqlText.skipBlank(sql, end);
                end = nameEnd(at);
                name = unquoted(sql.substring(at, end));
            } else if (depth == 1 && SqlText.isWord(sql, at, end, "foreign")) {
                // Its name is good until REFERENCES comes.
                ofTable = true;
            } else if (depth == 1 && SqlText.isWord(sql, at, end, "references")) {
                foreignKeys.add(name);
                name = null;
                ofTable = false;
            } else if (depth == 1) {
                if (SqlText.isWord(sql, at, end, "primary")) {
                    primaryKey = name;
                }
                // A name is of what follows it at once.
                name = ofTable ? name : null;
            }
            at = SqlText.skipBlank(sql, end);
        }
    }

    private int nameEnd(int start) {
        int end = SqlText.skipToken(sql, start);
        // A quote inside of a name is doubled.
        while (end < sql.length() && isQuote(sql.charAt(start)) && sql.charAt(end) == sql.charAt(start)) {
            end = SqlText.skipToken(sql, end);
        }
        return end;
    }

    private static boolean isQuote(char c) {
        return c == '"' || c == '`' || c == '\'';
    }

    private static String unquoted(String name) {
        if (name.length() < 2) {
            return name;
        }
        final String inner = name.substring(1, name.length() - 1);
        final char quote = name.charAt(0);
        if (isQuote(quote)) {
            return inner.replace("" + quote + quote, String.valueOf(quote));
        }
        return quote == '[' ? inner : name;
    }
}
