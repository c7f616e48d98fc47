// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import io.cleat.coordinator.Coordinator;
import io.cleat.coordinator.CoordinatorContext;
import io.cleat.jdbc.CleatDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The database "shop" of a test, served by this JVM from a folder of the test's. Elsewhere this is another program's or
 * {@code ./cleat serve shop --database shop.db}; users have the URL alone.
 *
 * <p>Used by one thread, the test's.
 */
final class ServedDatabase implements AutoCloseable {
    private final Path folder;
    private Connection connection;
    private Coordinator coordinator;

    ServedDatabase(Path folder) throws SQLException {
        this.folder = folder;
        this.coordinator = launch(folder);
        this.connection = DriverManager.getConnection(url());
    }

    private static Coordinator launch(Path folder) {
        return Coordinator.launch(new CoordinatorContext("shop")
                .directory(folder.resolve("dir"))
                .databaseFile(folder.resolve("shop.db")));
    }

    /** What a user writes is {@code jdbc:cleat:shop}. */
    String url() {
        return "jdbc:cleat:shop" + options();
    }

    /** For libraries that look for {@code :sqlite:}: {@code jdbc:cleat:sqlite:shop}. */
    String sqliteUrl() {
        return "jdbc:cleat:sqlite:shop" + options();
    }

    /** A directory of the test's, and nothing is kept when the last connection is closed. */
    private String options() {
        return "?linger=0&directory=" + folder.resolve("dir");
    }

    DataSource dataSource() {
        return new CleatDataSource(url());
    }

    void execute(String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (final String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The rows as the database has them, without the library: values as text, separated by spaces. */
    List<String> rows(String sql) throws SQLException {
        final List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery(sql)) {
            final int columns = results.getMetaData().getColumnCount();
            while (results.next()) {
                final StringBuilder row = new StringBuilder();
                for (int column = 1; column <= columns; column++) {
                    final @Nullable String value = results.getString(column);
                    row.append(column == 1 ? "" : " ").append(value);
                }
                rows.add(row.toString());
            }
        }
        return rows;
    }

    /** The only value of a query. */
    String value(String sql) throws SQLException {
        return rows(sql).get(0);
    }

    /** The coordinator ends, and another one takes the name. */
    void restart() throws SQLException {
        connection.close();
        coordinator.close();
        coordinator = launch(folder);
        connection = DriverManager.getConnection(url());
    }

    @Override
    public void close() throws SQLException {
        try {
            connection.close();
        } finally {
            coordinator.close();
        }
    }
}
