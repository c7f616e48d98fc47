// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/**
 * What the PRAGMAs of {@link SessionPragma} are set to on a connection, and sets them to what the next session has. They are put back by
 * whoever comes next with others, so that a connection which serves one session alone is set once. The connection's thread only.
 */
final class ConnectionSettings {
    private final SqliteConnection connection;
    private final int defaults;
    private int difference;

    ConnectionSettings(SqliteConnection connection) {
        this.connection = connection;
        int on = 0;
        for (SessionPragma each : SessionPragma.ofConnection()) {
            boolean isOn = each == SessionPragma.CASE_SENSITIVE_LIKE
                    ? isLikeCaseSensitive()
                    : connection.queryLong("PRAGMA " + each.sqlName()) != 0;
            on |= isOn ? each.bit() : 0;
        }
        defaults = on;
    }

    int difference() {
        return difference;
    }

    boolean isOnByDefault(SessionPragma pragma) {
        return (defaults & pragma.bit()) != 0;
    }

    /** Sets what is other than wanted, and can be set now: the rest is tried again by the next one. */
    void become(int wanted) {
        for (SessionPragma each : SessionPragma.ofConnection()) {
            if (((wanted ^ difference) & each.bit()) != 0 && isChangeable(each)) {
                boolean on = ((defaults ^ wanted) & each.bit()) != 0;
                set(each, on);
                if (each != SessionPragma.CASE_SENSITIVE_LIKE || isLikeCaseSensitive() == on) {
                    difference ^= each.bit();
                }
            }
        }
    }

    private boolean isChangeable(SessionPragma pragma) {
        return pragma != SessionPragma.FOREIGN_KEYS || !connection.inTransaction();
    }

    /** Compiled each time: it is when they are compiled that these PRAGMAs act. */
    private void set(SessionPragma pragma, boolean on) {
        connection.execAnew("PRAGMA " + pragma.sqlName() + "=" + (on ? "ON" : "OFF"));
    }

    /** SQLite does not tell, and does not set it while a statement is active. */
    private boolean isLikeCaseSensitive() {
        return connection.queryLong("SELECT 'a' NOT LIKE 'A'") != 0;
    }
}
