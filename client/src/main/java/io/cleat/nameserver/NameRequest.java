// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import java.util.Objects;

/**
 * What a coordinator says about itself when it takes a name.
 *
 * <p>Threading: immutable.
 *
 * @param name of the database.
 * @param databaseFile the SQLite file, for people; only its last 508 bytes are kept.
 * @param protocolVersion the newest version that it speaks.
 * @param sqliteVersion of the library that it uses, at most 31 bytes.
 * @param dialect of the SQL that it takes, at most 15 bytes.
 */
public record NameRequest(String name, String databaseFile, int protocolVersion, String sqliteVersion, String dialect) {
    /** The one dialect there is. */
    public static final String SQLITE = "sqlite";

    /** Checks the values. */
    public NameRequest {
        DatabaseName.check(name);
        Objects.requireNonNull(databaseFile, "databaseFile");
        Objects.requireNonNull(sqliteVersion, "sqliteVersion");
        Objects.requireNonNull(dialect, "dialect");
    }

    /**
     * A request of a coordinator with SQLite's own dialect.
     *
     * @param name of the database.
     * @param databaseFile the SQLite file.
     * @param protocolVersion the newest version that it speaks.
     * @param sqliteVersion of the library that it uses.
     */
    public NameRequest(
            final String name, final String databaseFile, final int protocolVersion, final String sqliteVersion) {
        this(name, databaseFile, protocolVersion, sqliteVersion, SQLITE);
    }
}
