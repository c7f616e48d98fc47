// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.coordinator.Coordinator;
import io.cleat.coordinator.CoordinatorContext;
import io.cleat.coordinator.sqlite.Synchronous;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A connection of ours to a database of its own, and one of sqlite-jdbc to another file. What is done on one is done on the other, and what
 * came of it is compared: the value, or the exception's message, vendor code and kind.
 *
 * <p>Used by one thread.
 */
@SuppressWarnings("JavaUtilDate") // which JDBC speaks
final class SideBySide implements AutoCloseable {
    /** What is done on both. */
    interface Action {
        @Nullable
        Object on(Connection connection) throws Exception;
    }

    private final Coordinator coordinator;
    private final Path directory;
    private final String theirUrl;
    private final Connection ours;
    private final Connection theirs;

    SideBySide(Path folder) throws SQLException {
        directory = folder.resolve("dir");
        coordinator = Coordinator.launch(new CoordinatorContext("side")
                .directory(directory)
                .databaseFile(folder.resolve("ours.db"))
                .foreignKeys(true)
                .synchronous(Synchronous.NORMAL));
        ours = connect("");
        theirUrl = "jdbc:sqlite:" + folder.resolve("theirs.db") + "?journal_mode=WAL&synchronous=OFF&foreign_keys=true";
        theirs = connectTheirs("");
    }

    /** Another connection of theirs. */
    Connection connectTheirs(String options) throws SQLException {
        return DriverManager.getConnection(theirUrl + options);
    }

    /** Another connection of ours. */
    Connection connect(String options) throws SQLException {
        return DriverManager.getConnection("jdbc:cleat:side?directory=" + directory + options);
    }

    Connection ours() {
        return ours;
    }

    Connection theirs() {
        return theirs;
    }

    /** Runs statements on both. */
    void execute(String... statements) throws SQLException {
        for (final Connection connection : List.of(ours, theirs)) {
            try (var statement = connection.createStatement()) {
                for (final String sql : statements) {
                    statement.execute(sql);
                }
            }
        }
    }

    /** Does it on both, and expects the same. */
    void same(String what, Action action) {
        final String expected = outcome(action, theirs);
        assertThat(outcome(action, ours)).as(what).isEqualTo(expected);
    }

    /** Does it on both, and expects a difference that docs/jdbc.md justifies. */
    void differ(String what, Action action, String ofOurs, String ofTheirs) {
        assertThat(outcome(action, theirs)).as(what + " (theirs)").startsWith(ofTheirs);
        assertThat(outcome(action, ours)).as(what + " (ours)").startsWith(ofOurs);
    }

    private static String outcome(Action action, Connection connection) {
        return outcome(() -> text(action.on(connection)));
    }

    /** The value, or the exception. */
    static String outcome(Callable<@Nullable Object> action) {
        try {
            final @Nullable Object value = action.call();
            return value instanceof String told ? told : text(value);
        } catch (SQLException e) {
            return kind(e) + " code=" + e.getErrorCode() + " message=" + e.getMessage() + counts(e);
        } catch (Exception e) {
            return e.getClass().getName() + ": " + e.getMessage();
        }
    }

    private static String counts(SQLException e) {
        return e instanceof BatchUpdateException batch ? " counts=" + Arrays.toString(batch.getUpdateCounts()) : "";
    }

    private static String kind(SQLException e) {
        if (e instanceof BatchUpdateException) {
            return "BatchUpdateException";
        }
        return e instanceof SQLFeatureNotSupportedException ? "SQLFeatureNotSupportedException" : "SQLException";
    }

    /** A value with its class, so that 1 and 1L are told apart. */
    static String text(@Nullable Object value) throws SQLException {
        if (value == null) {
            return "null";
        }
        if (value instanceof ResultSet results) {
            return rows(results);
        }
        if (value.getClass().isArray()) {
            final List<String> elements = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                elements.add(text(Array.get(value, i)));
            }
            return elements.toString();
        }
        if (value instanceof List<?> list) {
            final List<String> elements = new ArrayList<>();
            for (final Object element : list) {
                elements.add(text(element));
            }
            return elements.toString();
        }
        final Object shown = value instanceof Date date
                ? date.getTime()
                : value instanceof BigDecimal number ? number.toString() : value;
        final boolean plain = value instanceof String || value instanceof Map;
        return plain ? "'" + shown + "'" : value.getClass().getSimpleName() + " " + shown;
    }

    /** All rows, with the column names. */
    private static String rows(ResultSet results) throws SQLException {
        final StringBuilder text = new StringBuilder();
        final int count = results.getMetaData().getColumnCount();
        for (int i = 1; i <= count; i++) {
            text.append(results.getMetaData().getColumnName(i)).append('|');
        }
        while (results.next()) {
            text.append('\n');
            for (int i = 1; i <= count; i++) {
                text.append(text(results.getObject(i))).append('|');
            }
        }
        results.close();
        return text.toString();
    }

    @Override
    public void close() throws SQLException {
        try (theirs) {
            ours.close();
        } finally {
            coordinator.close();
        }
    }
}
