// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Asks SQLite about the tables that a connection sees, by SQL on that connection: what its transaction has made is there, and nothing takes
 * the write turn. Answers are read to their end at once, so that a result which nobody closes keeps nothing open.
 *
 * <p>Thread-safe, as the connection is.
 */
final class Catalog {
    /** Takes one row. */
    interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    private final JdbcConnection connection;

    Catalog(JdbcConnection connection) {
        this.connection = connection;
    }

    /** Runs a SELECT with texts for its parameters. */
    void forEach(String sql, RowReader reader, @Nullable String... parameters) throws SQLException {
        connection.lock();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    reader.read(row);
                }
            }
        } finally {
            connection.unlock();
        }
    }

    /** Gives rows to the caller; their statement closes with them. */
    ResultSet open(FixedRows rows) throws SQLException {
        connection.lock();
        try {
            final JdbcStatement statement = new JdbcStatement(connection);
            statement.closeOnCompletion();
            return statement.openResults(rows);
        } finally {
            connection.unlock();
        }
    }

    /** A pattern for LIKE, with {@code \} as escape; none, or an empty one, is for all. */
    static String patternOf(@Nullable String pattern) {
        return pattern == null || pattern.isEmpty() ? "%" : pattern;
    }

    /** Refuses what cannot be a table's name. */
    static String tableName(@Nullable String table) throws SQLException {
        if (table == null || table.isBlank()) {
            throw JdbcErrors.plain("Invalid table name: '" + table + "'");
        }
        return table;
    }
}
