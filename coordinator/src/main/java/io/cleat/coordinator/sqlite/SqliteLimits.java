// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/**
 * How large things may become in SQLite (<a href="https://www.sqlite.org/limits.html">limits</a>). Immutable.
 *
 * @param valueBytes the longest value or row, 64 KiB to 2^31-1; 1,000,000,000 by default. Reading a longer one fails with SQLITE_TOOBIG.
 * @param sqlBytes the longest statement (a script may be longer), 4 KiB to 2^30; 16 MiB by default.
 * @param fileBytes how large the database file may become, 1 MiB and up, or 0 for no limit (the default). Beyond it SQLite says
 *     SQLITE_FULL; a file that is larger already can be read, and deleted from.
 */
public record SqliteLimits(int valueBytes, int sqlBytes, long fileBytes) {
    /** The defaults. */
    public static final SqliteLimits DEFAULTS = new SqliteLimits(1_000_000_000, 16 << 20, 0);

    /** SQLITE_LIMIT_LENGTH and so on: sqlite3.h. */
    private static final int LENGTH = 0;

    private static final int SQL_LENGTH = 1;
    private static final int VDBE_OP = 5;
    private static final int ATTACHED = 7;
    private static final int LIKE_PATTERN_LENGTH = 8;

    /** A program of 24 bytes an instruction; the longest statement needs about one a byte. */
    private static final int MAX_INSTRUCTIONS = 25_000_000;

    /** LIKE takes pattern times text, and nothing can stop it between. */
    private static final int MAX_LIKE_PATTERN_BYTES = 10_000;

    /** Checks the ranges above; throws {@link IllegalArgumentException} naming the value outside. */
    public SqliteLimits {
        within("valueBytes", valueBytes, 64 << 10, Integer.MAX_VALUE);
        within("sqlBytes", sqlBytes, 4 << 10, 1 << 30);
        if (fileBytes != 0) {
            within("fileBytes", fileBytes, 1 << 20, Long.MAX_VALUE);
        }
    }

    /** With another length of values. */
    public SqliteLimits valueBytes(int value) {
        return new SqliteLimits(value, sqlBytes, fileBytes);
    }

    /** With another size of the file. */
    public SqliteLimits fileBytes(long value) {
        return new SqliteLimits(valueBytes, sqlBytes, value);
    }

    /** Sets those that concern compiling and values; VACUUM attaches a database, so that the writer needs one. */
    void apply(SqliteNative db, boolean reader) {
        db.limit(LENGTH, valueBytes);
        // EXPLAIN stands before what a client has sent.
        db.limit(SQL_LENGTH, sqlBytes + 16);
        db.limit(VDBE_OP, MAX_INSTRUCTIONS);
        db.limit(LIKE_PATTERN_LENGTH, MAX_LIKE_PATTERN_BYTES);
        db.limit(ATTACHED, reader ? 0 : 1);
    }

    private static void within(String name, long value, long low, long high) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(name + "=" + value + " is outside " + low + " to " + high);
        }
    }
}
