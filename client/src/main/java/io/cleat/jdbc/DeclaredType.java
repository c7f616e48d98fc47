// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.Types;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What JDBC makes of a type that a CREATE TABLE gives to a column. Immutable.
 *
 * @param name in capitals, without arguments; empty when there is none.
 * @param sqlType INTEGER, FLOAT or VARCHAR, by words in the name.
 * @param size what the arguments allow; {@link #UNLIMITED} without.
 * @param decimalDigits the second argument; without, 0 for integers and texts, else 10, as in sqlite-jdbc.
 */
record DeclaredType(String name, int sqlType, int size, int decimalDigits) {
    static final int UNLIMITED = 2_000_000_000;

    private static final String[] INTEGERS = {"INT", "BOOL"};
    private static final String[] TEXTS = {"CHAR", "CLOB", "TEXT", "BLOB"};
    private static final String[] REALS = {"REAL", "FLOA", "DOUB", "DEC", "NUM"};
    private static final int DEFAULT_DIGITS = 10;

    static DeclaredType of(@Nullable String declared) {
        final String type = declared == null ? "TEXT" : declared.toUpperCase(Locale.ROOT);
        int digits = 0;
        final int sqlType;
        if (containsOne(type, INTEGERS)) {
            sqlType = Types.INTEGER;
        } else if (containsOne(type, TEXTS)) {
            sqlType = Types.VARCHAR;
        } else {
            sqlType = containsOne(type, REALS) ? Types.FLOAT : Types.VARCHAR;
            digits = DEFAULT_DIGITS;
        }
        final int open = type.indexOf('(');
        if (open <= 0) {
            return new DeclaredType(type, sqlType, UNLIMITED, digits);
        }
        final String name = type.substring(0, open).trim();
        final int close = type.indexOf(')', open);
        try {
            final String[] arguments =
                    type.substring(open + 1, Math.max(open + 1, close)).split(",", 2);
            final int size = Integer.parseUnsignedInt(arguments[0].trim());
            digits = arguments.length == 1 ? 0 : Integer.parseUnsignedInt(arguments[1].trim());
            return new DeclaredType(name, sqlType, size + digits, digits);
        } catch (NumberFormatException e) {
            // SQLite takes any words there.
            return new DeclaredType(name, sqlType, UNLIMITED, digits);
        }
    }

    private static boolean containsOne(String type, String[] words) {
        for (final String word : words) {
            if (type.contains(word)) {
                return true;
            }
        }
        return false;
    }
}
