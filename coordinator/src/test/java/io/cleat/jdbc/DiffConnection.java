// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A connection of one side, with the statements and results that a random program has open on it. Used by one thread.
 */
final class DiffConnection implements AutoCloseable {
    static final int SLOTS = 3;

    private final Connection connection;
    private final @Nullable Statement[] statements = new @Nullable Statement[SLOTS];
    private final @Nullable ResultSet[] results = new @Nullable ResultSet[SLOTS];
    private final Map<String, Savepoint> savepoints = new HashMap<>();

    DiffConnection(Connection connection) {
        this.connection = connection;
    }

    Connection connection() {
        return connection;
    }

    /** Puts a statement into a slot; what was there is closed. */
    void put(int slot, Statement statement) throws SQLException {
        close(slot);
        statements[slot] = statement;
    }

    @Nullable
    Statement find(int slot) {
        return statements[slot];
    }

    @Nullable
    ResultSet findResults(int slot) {
        return results[slot];
    }

    Statement statement(int slot) {
        final Statement statement = statements[slot];
        if (statement == null) {
            throw new IllegalStateException("no statement " + slot);
        }
        return statement;
    }

    PreparedStatement prepared(int slot) {
        return (PreparedStatement) statement(slot);
    }

    ResultSet results(int slot) {
        final ResultSet open = results[slot];
        if (open == null) {
            throw new IllegalStateException("no results " + slot);
        }
        return open;
    }

    /** Remembers what a statement gave. */
    String opened(int slot, @Nullable ResultSet open) {
        results[slot] = open;
        return open == null ? "no results" : "results";
    }

    Map<String, Savepoint> savepoints() {
        return savepoints;
    }

    /** Closes results that are open, so that the schema can be changed. */
    void closeResults() throws SQLException {
        for (final ResultSet open : results) {
            if (open != null) {
                open.close();
            }
        }
    }

    private void close(int slot) throws SQLException {
        final Statement statement = statements[slot];
        if (statement != null) {
            statement.close();
        }
        statements[slot] = null;
        results[slot] = null;
    }

    /** Whether a slot holds what a step needs, open or closed. */
    boolean has(int slot, DiffStep.Needs needs) {
        return switch (needs) {
            case NOTHING -> true;
            case STATEMENT -> statements[slot] != null && !(statements[slot] instanceof PreparedStatement);
            case PREPARED -> statements[slot] instanceof PreparedStatement;
            case RESULTS -> results[slot] != null;
        };
    }

    /** Whether what a step needs was closed. */
    boolean isClosed(int slot, DiffStep.Needs needs) throws SQLException {
        return switch (needs) {
            case NOTHING -> false;
            case STATEMENT, PREPARED -> statement(slot).isClosed();
            case RESULTS -> results(slot).isClosed() || statement(slot).isClosed();
        };
    }

    /** What can be seen of it between steps. */
    String state() throws SQLException {
        final @Nullable SQLWarning warning = connection.getWarnings();
        return "autocommit=" + connection.getAutoCommit() + " warning=" + (warning == null ? "" : warning.getMessage());
    }

    /** Closes it; sqlite-jdbc tells once more of statements that had failed. */
    @Override
    public void close() {
        for (int i = 0; i < SLOTS; i++) {
            final int slot = i;
            quietly(() -> close(slot));
        }
        quietly(connection::close);
    }

    private interface Closing {
        void run() throws SQLException;
    }

    private static void quietly(Closing closing) {
        try {
            closing.run();
        } catch (SQLException e) {
            // What it could not close, it has forgotten.
        }
    }
}
