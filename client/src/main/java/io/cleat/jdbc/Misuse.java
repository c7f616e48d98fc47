// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;

/**
 * Failures that the driver finds by itself, before anything is asked of the coordinator. Their messages are those of sqlite-jdbc where it
 * has one; SQLStates are ours, since it gives none.
 *
 * <p>Thread-safe: pure functions.
 */
final class Misuse {
    private static final String GENERAL = "HY000";
    private static final String DATA = "22000";
    private static final String NOT_SUPPORTED = "0A000";
    private static final String INVALID_INDEX = "07009";

    private Misuse() {}

    static SQLException of(String message) {
        return new SQLException(message, GENERAL);
    }

    /** A value that cannot be converted as asked. */
    static SQLException data(String message) {
        return new SQLException(message, DATA);
    }

    static SQLException data(String message, Throwable cause) {
        return new SQLException(message, DATA, cause);
    }

    /** A column or parameter that does not exist. */
    static SQLException index(String message) {
        return new SQLException(message, INVALID_INDEX);
    }

    static SQLException unsupported() {
        return unsupported("not implemented by SQLite JDBC driver");
    }

    static SQLException unsupported(String message) {
        return new SQLFeatureNotSupportedException(message, NOT_SUPPORTED);
    }

    static SQLException forwardOnly() {
        return of("ResultSet is TYPE_FORWARD_ONLY");
    }
}
