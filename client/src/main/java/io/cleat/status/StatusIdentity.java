// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import java.util.Objects;

/**
 * What a coordinator says about itself in a new status file; pid and process start are this process's.
 *
 * <p>Threading: immutable.
 *
 * @param databaseName of the database, at most 63 bytes.
 * @param epoch of the coordinator's registration, 1 to 2^42.
 * @param protocolMin the oldest protocol version that it speaks.
 * @param protocolMax the newest protocol version that it speaks.
 * @param databaseFile the SQLite file, for people; only its last 508 bytes are kept.
 * @param sqliteVersion of the library, at most 31 bytes.
 * @param dialect of the SQL, at most 15 bytes.
 */
public record StatusIdentity(
        String databaseName,
        long epoch,
        int protocolMin,
        int protocolMax,
        String databaseFile,
        String sqliteVersion,
        String dialect) {
    /** Checks the values. */
    public StatusIdentity {
        Objects.requireNonNull(databaseName, "databaseName");
        Objects.requireNonNull(databaseFile, "databaseFile");
        Objects.requireNonNull(sqliteVersion, "sqliteVersion");
        Objects.requireNonNull(dialect, "dialect");
        if (epoch < 1 || epoch > 1L << 42) {
            throw new IllegalArgumentException("epoch=" + epoch);
        }
    }
}
