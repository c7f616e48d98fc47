// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.SqlStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The row id that the last run of a statement has made. As in sqlite-jdbc it is there whether it was asked for or not, the last one only, and not
 * after a batch.
 *
 * <p>Threading: that of the statement.
 */
final class GeneratedKeys {
    private final JdbcConnection connection;
    private @Nullable SqlStatement inserter;
    private @Nullable JdbcStatement holder;
    private @Nullable ResultSet results;

    GeneratedKeys(JdbcConnection connection) {
        this.connection = connection;
    }

    /** Whether they are to be asked for. */
    boolean areWanted() {
        return connection.getsGeneratedKeys();
    }

    void inserted(SqlStatement statement) {
        inserter = statement;
        final long rowId = statement.lastRowId();
        if (rowId != 0) {
            connection.inserted(rowId);
        }
    }

    /** Forgets them; their result is closed. */
    void clear() throws SQLException {
        inserter = null;
        results = null;
        if (holder != null) {
            holder.close();
            holder = null;
        }
    }

    /** The same result until the next run. */
    ResultSet results() throws SQLException {
        if (results == null || results.isClosed()) {
            if (holder == null) {
                holder = new JdbcStatement(connection);
            }
            results = holder.openResults(inserter == null ? KeyRows.none() : KeyRows.of(rowId(inserter)));
        }
        return results;
    }

    /** An upsert, and what inserted no row, do not tell: then the session does, as sqlite-jdbc asks it after every INSERT. */
    private long rowId(SqlStatement statement) throws SQLException {
        final long rowId = statement.lastRowId();
        return rowId == 0 ? connection.lastInsertRowId() : rowId;
    }
}
