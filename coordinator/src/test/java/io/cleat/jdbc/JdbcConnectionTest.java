// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.Database;
import io.cleat.Session;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The methods of a connection, side by side with sqlite-jdbc. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class JdbcConnectionTest {
    /** They were all as new, or say that it is closed. */
    private static final Set<String> ANSWER_WHEN_CLOSED = Set.of("isClosed", "close", "abort", "isValid");

    @TempDir
    Path folder;

    private SideBySide both;

    @BeforeEach
    void open() throws SQLException {
        both = new SideBySide(folder);
        both.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES(1, 'one')");
    }

    @AfterEach
    void close() throws SQLException {
        both.close();
    }

    @Test
    void shouldAnswerAsSqliteJdbcWhenNothingIsOpen() {
        both.same("autocommit", Connection::getAutoCommit);
        both.same("catalog", Connection::getCatalog);
        both.same("schema", Connection::getSchema);
        both.same("type map", Connection::getTypeMap);
        both.same("holdability", Connection::getHoldability);
        both.same("isolation", Connection::getTransactionIsolation);
        both.same("read only", Connection::isReadOnly);
        both.same("warnings", Connection::getWarnings);
        both.same("native", connection -> connection.nativeSQL("{fn now()}"));
        both.same("client info", connection -> connection.getClientInfo("x"));
        both.same("network timeout", Connection::getNetworkTimeout);
        both.same("valid", connection -> connection.isValid(5));
        for (int level = 0; level < 9; level++) {
            final int wanted = level;
            both.same("isolation " + level, connection -> {
                connection.setTransactionIsolation(wanted);
                return connection.getTransactionIsolation();
            });
        }
        for (final int holdability : new int[] {0, 1, 2}) {
            both.same("holdability " + holdability, connection -> {
                connection.setHoldability(holdability);
                return connection.getHoldability();
            });
        }
        for (final int[] cursor :
                List.of(new int[] {1003, 1007, 2}, new int[] {1004, 1007, 2}, new int[] {1003, 1008, 2}, new int[] {
                    1003, 1007, 1
                })) {
            both.same("statement " + cursor[0] + cursor[1] + cursor[2], connection -> {
                connection.createStatement(cursor[0], cursor[1], cursor[2]).close();
                connection
                        .prepareStatement("SELECT 1", cursor[0], cursor[1], cursor[2])
                        .close();
                return "made";
            });
        }
        both.same("call", connection -> connection.prepareCall("x"));
        both.same("commit", connection -> {
            connection.commit();
            return null;
        });
        both.same("rollback", connection -> {
            connection.rollback();
            return null;
        });
    }

    @Test
    void shouldBeginAndEndTransactionsByTextAsSqliteJdbc() {
        for (final String sql : List.of(
                "COMMIT",
                "ROLLBACK",
                "BEGIN",
                "BEGIN IMMEDIATE",
                "INSERT INTO t VALUES(2, 'two')",
                "SAVEPOINT x",
                "INSERT INTO t VALUES(3, 'three')",
                "ROLLBACK TO y",
                "ROLLBACK TO X",
                "RELEASE x",
                "RELEASE x",
                "END TRANSACTION",
                "SAVEPOINT \"outer\"",
                "INSERT INTO t VALUES(4, 'four')",
                "RELEASE outer",
                "ROLLBACK",
                "BEGIN EXCLUSIVE",
                "INSERT INTO t VALUES(5, 'five')",
                "ROLLBACK",
                "BEGIN LATER",
                "COMMIT")) {
            both.same(sql, connection -> {
                try (Statement statement = connection.createStatement()) {
                    return statement.execute(sql) + " " + connection.getAutoCommit();
                }
            });
            both.same("after " + sql, JdbcConnectionTest::keys);
        }
    }

    @Test
    void shouldEndTransactionsByMethodsAsSqliteJdbc() {
        both.same("off", connection -> {
            connection.setAutoCommit(false);
            connection.setAutoCommit(false);
            return connection.getAutoCommit();
        });
        both.same("begin inside", connection -> run(connection, "BEGIN"));
        both.same("insert", connection -> run(connection, "INSERT INTO t VALUES(2, 'two')"));
        both.same("rollback", connection -> {
            connection.rollback();
            return keys(connection);
        });
        both.same("insert and commit", connection -> {
            run(connection, "INSERT INTO t VALUES(3, 'three')");
            connection.commit();
            return keys(connection);
        });
        both.same("commit by text", connection -> run(connection, "COMMIT"));
        both.same("commit again", connection -> {
            connection.commit();
            return null;
        });
        both.same("rollback again", connection -> {
            connection.rollback();
            return null;
        });
        both.same("on", connection -> {
            connection.setAutoCommit(true);
            return null;
        });
        both.same("is on", Connection::getAutoCommit);
        both.same("off, insert, on", connection -> {
            connection.setAutoCommit(false);
            run(connection, "INSERT INTO t VALUES(4, 'four')");
            connection.setAutoCommit(true);
            return keys(connection);
        });
    }

    @Test
    void shouldSetSavepointsAsSqliteJdbc() {
        both.same("in autocommit", connection -> {
            final Savepoint savepoint = connection.setSavepoint();
            run(connection, "INSERT INTO t VALUES(2, 'two')");
            connection.rollback(savepoint);
            connection.releaseSavepoint(savepoint);
            return savepoint.getSavepointId()
                    + savepoint.getSavepointName()
                    + connection.getAutoCommit()
                    + keys(connection);
        });
        both.same("commit of nothing", connection -> {
            connection.commit();
            return null;
        });
        both.same("named", connection -> {
            final Savepoint savepoint = connection.setSavepoint("a b");
            return savepoint.getSavepointId() + savepoint.getSavepointName();
        });
        both.same("released twice", connection -> {
            final Savepoint savepoint = connection.setSavepoint("twice");
            connection.releaseSavepoint(savepoint);
            connection.releaseSavepoint(savepoint);
            return null;
        });
        both.same("after rollback", connection -> {
            final Savepoint savepoint = connection.setSavepoint("gone");
            connection.rollback();
            connection.rollback(savepoint);
            return null;
        });
    }

    @Test
    void shouldRefuseWhatSqliteDoesNotHave() {
        for (final SideBySide.Action action : List.<SideBySide.Action>of(
                Connection::createBlob,
                Connection::createClob,
                Connection::createNClob,
                Connection::createSQLXML,
                connection -> connection.createStruct("x", new Object[0]))) {
            both.differ("unsupported", action, "SQLFeatureNotSupportedException", "SQLFeatureNotSupportedException");
        }
        assertThatThrownBy(() -> both.ours().createArrayOf("x", new Object[0]))
                .hasMessageContaining("createArrayOf is not supported");
    }

    @Test
    void shouldThrowFromEveryMethodWhenClosed() throws Exception {
        final Connection connection = both.ours();
        final Statement statement = connection.createStatement();
        connection.close();
        connection.close();
        assertThat(connection.isClosed()).isTrue();
        assertThat(connection.isValid(1)).isFalse();
        connection.abort(Runnable::run);
        assertThat(statement.isClosed()).isTrue();
        for (final Method method : Connection.class.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers()) && !ANSWER_WHEN_CLOSED.contains(method.getName())) {
                assertThatThrownBy(() -> call(connection, method))
                        .as(method.toString())
                        .isInstanceOf(SQLException.class);
            }
        }
    }

    private static void call(Connection connection, Method method) throws Throwable {
        final Class<?>[] types = method.getParameterTypes();
        final @Nullable Object[] args = new @Nullable Object[types.length];
        for (int i = 0; i < args.length; i++) {
            args[i] = valueOf(types[i]);
        }
        try {
            method.invoke(connection, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static @Nullable Object valueOf(Class<?> type) {
        if (type == int.class) {
            return 0;
        }
        if (type == boolean.class) {
            return false;
        }
        if (type == String.class) {
            return "SELECT 1";
        }
        if (type == Map.class) {
            return Map.of();
        }
        if (type == Properties.class) {
            return new Properties();
        }
        return type == Class.class ? Connection.class : null;
    }

    @Test
    void shouldGiveTheDatabaseWhenUnwrapped() throws SQLException {
        final Connection connection = both.ours();
        assertThat(connection.isWrapperFor(Database.class)).isTrue();
        assertThat(connection.isWrapperFor(String.class)).isFalse();
        assertThat(connection.unwrap(Connection.class)).isSameAs(connection);
        assertThat(connection.unwrap(Session.class).queryLong("SELECT count(*) FROM t"))
                .isEqualTo(1);
        final Database database = connection.unwrap(Database.class);
        assertThat(database.name()).isEqualTo("side");
        assertThatThrownBy(() -> connection.unwrap(String.class)).isInstanceOf(SQLException.class);
    }

    @Test
    void shouldBeUnusableAndTellStatementsWhenAborted() throws SQLException {
        final Connection connection = both.ours();
        connection.setAutoCommit(false);
        run(connection, "INSERT INTO t VALUES(2, 'two')");
        connection.abort(Runnable::run);
        assertThat(connection.isClosed()).isTrue();
        assertThatThrownBy(connection::commit).hasMessage("database connection closed");
    }

    private static Object run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }

    private static Object keys(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery("SELECT group_concat(a) FROM t")) {
            results.next();
            return results.getString(1);
        }
    }
}
