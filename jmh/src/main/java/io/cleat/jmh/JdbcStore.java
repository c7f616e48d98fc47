// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A way by JDBC: the same calls on the baseline and on ours. The baseline is a JVM that opens the file itself with sqlite-jdbc and the
 * driver's defaults (its VFS, generated keys), in WAL mode with a busy timeout of 5 s; ours asks a coordinator by Cleat's driver, with
 * its defaults. One thread.
 */
final class JdbcStore implements Store {
    private final Connection connection;
    private @Nullable PreparedStatement select;
    private @Nullable PreparedStatement insert;
    private @Nullable PreparedStatement scan;
    private @Nullable PreparedStatement update;

    private JdbcStore(Connection connection) {
        this.connection = connection;
    }

    /** The baseline. */
    static JdbcStore onFile(WorkerArguments arguments) throws SQLException {
        return new JdbcStore(open(arguments.databaseFile().toString(), arguments.synchronous()));
    }

    /** Ours, through a coordinator. */
    static JdbcStore onCoordinator(WorkerArguments arguments) throws SQLException {
        return new JdbcStore(DriverManager.getConnection(
                "jdbc:cleat:" + arguments.databaseName() + "?directory=" + arguments.cleatDirectory()));
    }

    /** Opens a file as a user of today does. */
    static Connection open(String file, String synchronous) throws SQLException {
        final Connection connection = DriverManager.getConnection(
                "jdbc:sqlite:" + file + "?journal_mode=WAL&busy_timeout=5000&synchronous=" + synchronous);
        return connection;
    }

    @Override
    public long select(long key) throws SQLException {
        PreparedStatement statement = select;
        if (statement == null) {
            statement = connection.prepareStatement(SELECT);
            select = statement;
        }
        statement.setLong(1, key);
        try (ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                throw new IllegalStateException("no row key=" + key);
            }
            return row.getLong(1) + row.getString(2).length() + (long) row.getDouble(3);
        }
    }

    @Override
    public void insert(long number) throws SQLException {
        final PreparedStatement statement = insertStatement();
        statement.setString(1, Store.name(number));
        statement.setDouble(2, Store.price(number));
        statement.executeUpdate();
    }

    @Override
    public void transaction(long number) throws SQLException {
        PreparedStatement statement = update;
        if (statement == null) {
            statement = connection.prepareStatement(UPDATE);
            update = statement;
        }
        final long key = 1 + number % 100;
        connection.setAutoCommit(false);
        try {
            insert(number);
            Blackhole.consumed(select(key), 0);
            statement.setDouble(1, Store.price(number));
            statement.setLong(2, key);
            statement.executeUpdate();
            connection.commit();
        } finally {
            connection.setAutoCommit(true);
        }
    }

    @Override
    public void insertBatch(long number, int rowCount) throws SQLException {
        final PreparedStatement statement = insertStatement();
        connection.setAutoCommit(false);
        try {
            for (int i = 0; i < rowCount; i++) {
                statement.setString(1, Store.name(number + i));
                statement.setDouble(2, Store.price(number + i));
                statement.addBatch();
            }
            statement.executeBatch();
            connection.commit();
        } finally {
            connection.setAutoCommit(true);
        }
    }

    @Override
    public long scan() throws SQLException {
        PreparedStatement statement = scan;
        if (statement == null) {
            statement = connection.prepareStatement(SCAN);
            scan = statement;
        }
        long rowCount = 0;
        long sum = 0;
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                sum += row.getLong(1) + row.getString(2).length() + (long) row.getDouble(3);
                rowCount++;
            }
        }
        return Blackhole.consumed(sum, rowCount);
    }

    @Override
    public void insertAsync(long number, Consumer<@Nullable Throwable> done) {
        try {
            insert(number);
        } catch (SQLException | RuntimeException e) {
            done.accept(e);
            return;
        }
        done.accept(null);
    }

    private PreparedStatement insertStatement() throws SQLException {
        PreparedStatement statement = insert;
        if (statement == null) {
            statement = connection.prepareStatement(INSERT);
            insert = statement;
        }
        return statement;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
