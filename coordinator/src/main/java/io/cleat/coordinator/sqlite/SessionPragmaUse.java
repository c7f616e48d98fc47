// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A statement that asks for or sets what a session may set for itself. Immutable.
 *
 * @param pragma which.
 * @param value that it is to have, in upper case and without quotes; null when it is only asked for.
 */
public record SessionPragmaUse(
        SessionPragma pragma, @Nullable String value) {
    /** What SQLite takes for yes, beside numbers; every other word is no. */
    private static final Set<String> YES = Set.of("ON", "YES", "TRUE", "EXTRA", "FULL");

    /**
     * What a text does.
     *
     * @param sql any text.
     * @return null for all but a single {@code PRAGMA name}, {@code PRAGMA name=value} or {@code PRAGMA name(value)} of a
     *     {@link SessionPragma}, which may have {@code main.} before its name.
     */
    public static @Nullable SessionPragmaUse of(String sql) {
        final SqlHead head = SqlHead.of(sql);
        if (!head.keyword().equals("PRAGMA")
                || head.explained()
                || sql.indexOf('\0') >= 0
                || SqlGuard.isOfOtherSchema(sql)
                || !SqlSplitter.isSingle(sql)) {
            return null;
        }
        final SessionPragma pragma = SessionPragma.of(SqlGuard.pragmaName(sql));
        if (pragma == null) {
            return null;
        }
        final PragmaSetting setting = PragmaSetting.parse(sql);
        if (setting == null) {
            return SqlGuard.hasPragmaArgument(sql) ? null : new SessionPragmaUse(pragma, null);
        }
        return new SessionPragmaUse(pragma, setting.value());
    }

    /** Whether the value is yes, as SQLite reads it: of a number the last eight bits. */
    public boolean isOn() {
        final String given = String.valueOf(value);
        return isDigit(given) ? (leadingNumber(given) & 0xff) != 0 : YES.contains(given);
    }

    /** The value as a number, as SQLite reads it: 0 for what is none. */
    public int number() {
        final String given = String.valueOf(value);
        if (given.startsWith("-")) {
            return -leadingNumber(given.substring(1));
        }
        return leadingNumber(given);
    }

    private static boolean isDigit(String text) {
        return !text.isEmpty() && text.charAt(0) >= '0' && text.charAt(0) <= '9';
    }

    private static int leadingNumber(String text) {
        long number = 0;
        for (int i = 0; i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9'; i++) {
            number = number * 10 + (text.charAt(i) - '0');
            if (number > Integer.MAX_VALUE) {
                return 0;
            }
        }
        return (int) number;
    }
}
