// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.coordinator.Coordinator;
import io.cleat.coordinator.CoordinatorContext;
import io.cleat.coordinator.sqlite.Synchronous;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A database of a test: a cleat directory, a name and a file of its own, and connections to it. Immutable.
 *
 * @param folder of the test.
 */
record JdbcPlace(Path folder) {
    static final String NAME = "jdbc";

    Path directory() {
        return folder.resolve("dir");
    }

    Path file() {
        return folder.resolve("jdbc.db");
    }

    Coordinator launch() {
        return launch(context -> context);
    }

    Coordinator launch(UnaryOperator<CoordinatorContext> options) {
        return Coordinator.launch(options.apply(new CoordinatorContext(NAME)
                .directory(directory())
                .databaseFile(file())
                .synchronous(Synchronous.NORMAL)));
    }

    /** A URL with options such as {@code &readOnly=true}. */
    String url(String options) {
        return "jdbc:cleat:" + NAME + "?directory=" + directory() + "&connectTimeout=30s" + options;
    }

    /** A URL that leads to the file, which this JVM hosts when nobody does. */
    String fileUrl(String options) {
        return "jdbc:cleat:file:" + file() + "?directory=" + directory() + "&connectTimeout=30s" + options;
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(url(""));
    }

    Connection connect(String options) throws SQLException {
        return DriverManager.getConnection(url(options));
    }

    static int update(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    static boolean execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }

    static @Nullable Object one(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery(sql)) {
            return results.next() ? results.getObject(1) : null;
        }
    }

    static long count(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery("SELECT count(*) FROM t")) {
            results.next();
            return results.getLong(1);
        }
    }
}
