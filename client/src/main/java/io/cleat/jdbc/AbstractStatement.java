// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a statement, and the forms of execution that come down to others.
 *
 * <p>Used by one thread at a time.
 */
abstract class AbstractStatement implements Statement {
    private final JdbcConnection connection;
    private long maxRows;
    private int fetchSize;
    private int queryTimeoutSeconds;
    private boolean closeOnCompletion;

    AbstractStatement(JdbcConnection connection) {
        this.connection = connection;
        this.fetchSize = connection.fetchSizeDefault();
    }

    /** Throws when it was closed. */
    abstract void ensureOpen() throws SQLException;

    final JdbcConnection connection() {
        return connection;
    }

    /** How long a run may take. */
    final Duration timeout() {
        return queryTimeoutSeconds == 0 ? connection.queryTimeoutDefault() : Duration.ofSeconds(queryTimeoutSeconds);
    }

    final boolean isMaxRows(int row) {
        return maxRows != 0 && row >= maxRows;
    }

    final boolean closesOnCompletion() {
        return closeOnCompletion;
    }

    @Override
    public final Connection getConnection() throws SQLException {
        ensureOpen();
        return connection;
    }

    // Column numbers and names do not matter: a row has one row id.

    @Override
    public final boolean execute(String sql, int keys) throws SQLException {
        return execute(sql);
    }

    @Override
    public final boolean execute(String sql, int[] columns) throws SQLException {
        return execute(sql);
    }

    @Override
    public final boolean execute(String sql, String[] columns) throws SQLException {
        return execute(sql);
    }

    @Override
    public final int executeUpdate(String sql) throws SQLException {
        return (int) executeLargeUpdate(sql);
    }

    @Override
    public final int executeUpdate(String sql, int keys) throws SQLException {
        return (int) executeLargeUpdate(sql);
    }

    @Override
    public final int executeUpdate(String sql, int[] columns) throws SQLException {
        return (int) executeLargeUpdate(sql);
    }

    @Override
    public final int executeUpdate(String sql, String[] columns) throws SQLException {
        return (int) executeLargeUpdate(sql);
    }

    @Override
    public final long executeLargeUpdate(String sql, int keys) throws SQLException {
        return executeLargeUpdate(sql);
    }

    @Override
    public final long executeLargeUpdate(String sql, int[] columns) throws SQLException {
        return executeLargeUpdate(sql);
    }

    @Override
    public final long executeLargeUpdate(String sql, String[] columns) throws SQLException {
        return executeLargeUpdate(sql);
    }

    @Override
    public final int[] executeBatch() throws SQLException {
        final long[] counts = executeLargeBatch();
        final int[] result = new int[counts.length];
        for (int i = 0; i < counts.length; i++) {
            result[i] = (int) counts[i];
        }
        return result;
    }

    @Override
    public final int getUpdateCount() throws SQLException {
        return (int) getLargeUpdateCount();
    }

    @Override
    public final boolean getMoreResults() throws SQLException {
        return getMoreResults(CLOSE_CURRENT_RESULT);
    }

    @Override
    public final int getMaxRows() throws SQLException {
        return (int) getLargeMaxRows();
    }

    @Override
    public final void setMaxRows(int max) throws SQLException {
        setLargeMaxRows(max);
    }

    @Override
    public final long getLargeMaxRows() throws SQLException {
        ensureOpen();
        return maxRows;
    }

    @Override
    public final void setLargeMaxRows(long max) throws SQLException {
        ensureOpen();
        if (max < 0) {
            throw Misuse.of("max row count must be >= 0");
        }
        maxRows = max;
    }

    @Override
    public final int getMaxFieldSize() throws SQLException {
        ensureOpen();
        return 0;
    }

    /** Checked, and without effect: values are never cut off. */
    @Override
    public final void setMaxFieldSize(int max) throws SQLException {
        ensureOpen();
        if (max < 0) {
            throw Misuse.of("max field size " + max + " cannot be negative");
        }
    }

    @Override
    public final int getFetchSize() throws SQLException {
        ensureOpen();
        return fetchSize;
    }

    /** A hint; rows come in chunks of bytes. */
    @Override
    public final void setFetchSize(int rows) throws SQLException {
        ensureOpen();
        if (rows < 0 || (maxRows != 0 && rows > maxRows)) {
            throw Misuse.of("fetch size " + rows + " out of bounds " + maxRows);
        }
        fetchSize = rows;
    }

    @Override
    public final int getFetchDirection() throws SQLException {
        ensureOpen();
        return ResultSet.FETCH_FORWARD;
    }

    @Override
    public final void setFetchDirection(int direction) throws SQLException {
        ensureOpen();
        if (direction != ResultSet.FETCH_FORWARD
                && direction != ResultSet.FETCH_REVERSE
                && direction != ResultSet.FETCH_UNKNOWN) {
            throw Misuse.of("Unknown fetch direction " + direction
                    + ". Must be one of FETCH_FORWARD, FETCH_REVERSE, or FETCH_UNKNOWN in java.sql.ResultSet");
        }
    }

    @Override
    public final int getQueryTimeout() throws SQLException {
        ensureOpen();
        return queryTimeoutSeconds;
    }

    /** 0 is the connection's default. */
    @Override
    public void setQueryTimeout(int seconds) throws SQLException {
        ensureOpen();
        if (seconds < 0) {
            throw Misuse.of("query timeout must be >= 0");
        }
        queryTimeoutSeconds = seconds;
    }

    /** Without effect: escapes are never processed. */
    @Override
    public final void setEscapeProcessing(boolean enable) throws SQLException {
        ensureOpen();
    }

    @Override
    public final void setCursorName(String name) throws SQLException {
        ensureOpen();
    }

    @Override
    public final void setPoolable(boolean poolable) throws SQLException {
        ensureOpen();
    }

    @Override
    public final boolean isPoolable() throws SQLException {
        ensureOpen();
        return false;
    }

    @Override
    public final void closeOnCompletion() throws SQLException {
        ensureOpen();
        closeOnCompletion = true;
    }

    @Override
    public final boolean isCloseOnCompletion() throws SQLException {
        ensureOpen();
        return closeOnCompletion;
    }

    @Override
    public final int getResultSetConcurrency() throws SQLException {
        ensureOpen();
        return ResultSet.CONCUR_READ_ONLY;
    }

    @Override
    public final int getResultSetHoldability() throws SQLException {
        ensureOpen();
        return ResultSet.CLOSE_CURSORS_AT_COMMIT;
    }

    @Override
    public final int getResultSetType() throws SQLException {
        ensureOpen();
        return ResultSet.TYPE_FORWARD_ONLY;
    }

    @Override
    public final @Nullable SQLWarning getWarnings() throws SQLException {
        ensureOpen();
        return null;
    }

    @Override
    public final void clearWarnings() throws SQLException {
        ensureOpen();
    }

    @Override
    public final <T> T unwrap(Class<T> type) throws SQLException {
        return wrapped(type, this);
    }

    @Override
    public final boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || connection.isWrapperFor(type);
    }

    /** What an object of this statement is a wrapper for: itself, or what the connection is. */
    final <T> T wrapped(Class<T> type, Object object) throws SQLException {
        return type.isInstance(object) ? type.cast(object) : connection.unwrap(type);
    }
}
