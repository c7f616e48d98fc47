// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A <a href="https://www.sqlite.org/pragma.html">PRAGMA</a> that each session may set for itself. Those that belong to a connection have a
 * bit, so that the settings of a session are one number: the bits of those that differ from what the database was opened with.
 * Thread-safe: constants.
 */
public enum SessionPragma {
    /** SQLite does not change it inside a transaction. */
    FOREIGN_KEYS(1),
    RECURSIVE_TRIGGERS(1 << 1),
    /** It cannot be asked for. */
    CASE_SENSITIVE_LIKE(1 << 2),
    IGNORE_CHECK_CONSTRAINTS(1 << 3),
    REVERSE_UNORDERED_SELECTS(1 << 4),
    AUTOMATIC_INDEX(1 << 5),
    CELL_SIZE_CHECK(1 << 6),
    LEGACY_ALTER_TABLE(1 << 7),
    TRUSTED_SCHEMA(1 << 8),
    /** Accepted; without effect in write-ahead mode. */
    READ_UNCOMMITTED(1 << 9),
    /** Never set on a connection, whose owner has things of its own to write: who runs a session's statements sees to it. */
    QUERY_ONLY(0),
    /** For one transaction. */
    DEFER_FOREIGN_KEYS(0),
    /** A number: kept and told, but nobody waits for SQLite's locks. */
    BUSY_TIMEOUT(0);

    private static final Map<String, SessionPragma> BY_NAME = new HashMap<>();
    private static final SessionPragma[] OF_CONNECTION;

    static {
        int count = 0;
        for (SessionPragma each : values()) {
            BY_NAME.put(each.name(), each);
            count += each.isOfConnection() ? 1 : 0;
        }
        OF_CONNECTION = new SessionPragma[count];
        System.arraycopy(values(), 0, OF_CONNECTION, 0, count);
    }

    private final int bit;

    SessionPragma(int bit) {
        this.bit = bit;
    }

    /** The one of a name in upper case; null for any other PRAGMA. */
    static @Nullable SessionPragma of(String name) {
        return BY_NAME.get(name);
    }

    static SessionPragma[] ofConnection() {
        return OF_CONNECTION;
    }

    /** Whether it is set on the connection that runs a statement of the session. */
    public boolean isOfConnection() {
        return bit != 0;
    }

    /** Its bit in the settings of a session; 0 when it is not of a connection. */
    public int bit() {
        return bit;
    }

    /** As it stands in SQL. */
    public String sqlName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
