// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Running statements: what they return, in which order things are open and closed, keys and batches. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class ExecutionTest {
    private interface OnStatement {
        @Nullable
        Object run(Statement statement) throws Exception;
    }

    private interface OnPrepared {
        @Nullable
        Object run(PreparedStatement statement) throws Exception;
    }

    @TempDir
    Path folder;

    private SideBySide sides;

    @BeforeEach
    void open() throws SQLException {
        sides = new SideBySide(folder);
        sides.execute(
                "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE, c DECIMAL(10,2))",
                "INSERT INTO t VALUES(1, 'one', 1.5)",
                "INSERT INTO t VALUES(2, 'two', NULL)");
    }

    @AfterEach
    void close() throws SQLException {
        sides.close();
    }

    private void same(String what, OnStatement action) {
        sides.same(what, connection -> {
            try (Statement statement = connection.createStatement()) {
                // Before it is closed.
                return SideBySide.text(action.run(statement));
            }
        });
    }

    private void samePrepared(String sql, OnPrepared action) {
        sides.same(sql, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                // Before it is closed.
                return SideBySide.text(action.run(statement));
            }
        });
    }

    private void sameTable() {
        same("table", statement -> statement.executeQuery("SELECT * FROM t ORDER BY a"));
    }

    @Test
    void shouldCountAsSqliteJdbcWhenTextsHoldSeveralStatements() {
        same("two", s -> s.executeUpdate("INSERT INTO t VALUES(3, 'c', 1); UPDATE t SET c = 5"));
        same("one fails", s -> s.executeUpdate("INSERT INTO t VALUES(4, 'd', 1); INSERT INTO t VALUES(1, 'e', 1)"));
        sameTable();
        same(
                "execute runs the first",
                s -> s.execute("INSERT INTO t VALUES(5, 'e', 1); INSERT INTO t VALUES(6, 'f', 1)"));
        same("query runs the first", s -> s.executeQuery("SELECT 1; SELECT 2"));
        same("blank", s -> s.executeUpdate("  "));
        same("comment", s -> s.executeUpdate("-- nothing\n; /* here */ ;"));
        same("select", s -> s.executeUpdate("SELECT * FROM t"));
        same("returning", s -> s.executeUpdate("INSERT INTO t VALUES(7, 'g', 1) RETURNING a"));
        same(
                "trigger",
                s -> s.executeUpdate("CREATE TABLE l(x); CREATE TRIGGER tr AFTER UPDATE ON t WHEN new.a = 0 BEGIN"
                        + " INSERT INTO l VALUES(CASE WHEN 1 THEN ';' END); SELECT 1; END; INSERT INTO l VALUES(1)"));
        same("quotes", s -> s.executeUpdate("INSERT INTO l VALUES('a;b''c'); INSERT INTO l VALUES(\"x\") "));
        sameTable();
        same("l", s -> s.executeQuery("SELECT * FROM l"));
    }

    @Test
    void shouldFailAsSqliteJdbcWhenStatementsAreWrong() {
        same("syntax", s -> s.execute("SELEC"));
        same("incomplete", s -> s.executeUpdate("SELECT 1 FROM t GROUP BY; SELECT 2"));
        same("no table", s -> s.executeQuery("SELECT * FROM nix"));
        same("no column", s -> s.executeUpdate("UPDATE t SET nix = 1"));
        same("unique", s -> s.executeUpdate("INSERT INTO t VALUES(10, 'one', 1)"));
        same("key", s -> s.executeUpdate("INSERT INTO t VALUES(1, 'x', 1)"));
        same("mismatch", s -> s.executeUpdate("INSERT INTO t VALUES('x', 'x', 1)"));
        sides.same("prepare syntax", connection -> connection.prepareStatement("SELEC"));
        sides.same("prepare no table", connection -> connection.prepareStatement("SELECT * FROM nix"));
        samePrepared("INSERT INTO t VALUES(1, 'x', 1)", PreparedStatement::executeUpdate);
        samePrepared("SELECT 1", PreparedStatement::executeUpdate);
        samePrepared("UPDATE t SET c = 1", PreparedStatement::executeQuery);
        samePrepared("SELECT 1", s -> s.execute("SELECT 1"));
        samePrepared("SELECT 1", s -> s.executeUpdate("SELECT 1"));
        same("query that is none", s -> s.executeQuery("INSERT INTO t VALUES(11, 'eleven', 1)"));
        sameTable();
        same("out of bounds", s -> {
            final ResultSet results = s.executeQuery("SELECT 1");
            results.next();
            return results.getInt(5);
        });
        same("no such column", s -> s.executeQuery("SELECT 1").getInt("nix"));
        same("argument", s -> {
            s.execute("SELECT 1");
            return s.getMoreResults(Statement.KEEP_CURRENT_RESULT);
        });
        same("argument", s -> {
            s.execute("SELECT 1");
            return s.getMoreResults(77);
        });
        same("timeout", s -> {
            s.setQueryTimeout(-1);
            return null;
        });
        same("rows", s -> {
            s.setMaxRows(-1);
            return null;
        });
        same("fetch size", s -> {
            s.setMaxRows(5);
            s.setFetchSize(6);
            return null;
        });
    }

    @Test
    void shouldTellResultsAsSqliteJdbcWhenStatementsAreExecuted() {
        same("insert", s -> {
            final List<@Nullable Object> told = new ArrayList<>();
            told.add(s.execute("INSERT INTO t VALUES(20, 't', 1)"));
            told.add(SideBySide.text(s.getResultSet()));
            told.add(s.getUpdateCount());
            told.add(s.getLargeUpdateCount());
            told.add(s.getMoreResults());
            told.add(s.getUpdateCount());
            told.add(SideBySide.text(s.getResultSet()));
            return told;
        });
        same("select", s -> {
            final List<@Nullable Object> told = new ArrayList<>();
            told.add(s.execute("SELECT a FROM t ORDER BY a"));
            told.add(s.getUpdateCount());
            told.add(SideBySide.text(s.getResultSet()));
            told.add(s.getUpdateCount());
            told.add(s.getMoreResults());
            told.add(SideBySide.text(s.getResultSet()));
            return told;
        });
        same("requested twice", s -> {
            s.execute("SELECT 1");
            s.getResultSet();
            return s.getResultSet();
        });
        same("returning", s -> {
            final List<@Nullable Object> told = new ArrayList<>();
            told.add(s.execute("INSERT INTO t VALUES(21, 'u', 1), (22, 'v', 2) RETURNING a, b"));
            told.add(SideBySide.text(s.getResultSet()));
            told.add(s.getUpdateCount());
            return told;
        });
        samePrepared("SELECT a FROM t WHERE a > ? ORDER BY a", s -> {
            final List<@Nullable Object> told = new ArrayList<>();
            told.add(s.execute());
            told.add(SideBySide.text(s.getResultSet()));
            s.setInt(1, 1);
            told.add(s.execute());
            told.add(SideBySide.text(s.getResultSet()));
            s.clearParameters();
            told.add(SideBySide.text(s.executeQuery()));
            return told;
        });
        samePrepared("INSERT INTO t VALUES(?, ?, ?); SELECT 1", PreparedStatement::executeUpdate);
    }

    @Test
    void shouldMoveAsSqliteJdbcWhenResultsAreRead() {
        for (final String sql : List.of("SELECT a FROM t ORDER BY a", "SELECT a FROM t WHERE 0", "SELECT 7 AS a")) {
            same(sql, s -> {
                final ResultSet results = s.executeQuery(sql);
                final List<Object> told = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    told.add(List.of(
                            results.isBeforeFirst(),
                            results.isFirst(),
                            results.isAfterLast(),
                            results.getRow(),
                            results.getInt(1),
                            results.isClosed(),
                            results.next()));
                }
                return told;
            });
        }
        same("max rows", s -> {
            s.setMaxRows(1);
            final ResultSet results = s.executeQuery("SELECT a FROM t ORDER BY a");
            return List.of(results.next(), results.next(), results.getInt(1), results.isAfterLast(), s.getMaxRows());
        });
        same("several at once", s -> {
            try (Statement other = s.getConnection().createStatement()) {
                final ResultSet first = s.executeQuery("SELECT a FROM t ORDER BY a");
                first.next();
                final ResultSet second = other.executeQuery("SELECT b FROM t ORDER BY a");
                second.next();
                first.next();
                second.next();
                return List.of(first.getInt(1), second.getString(1), first.next(), second.next());
            }
        });
        same("closed on completion", s -> {
            s.closeOnCompletion();
            final ResultSet results = s.executeQuery("SELECT 1");
            results.next();
            results.next();
            final boolean atEnd = s.isClosed();
            results.close();
            return List.of(atEnd, s.isClosed(), s.isCloseOnCompletion());
        });
    }

    @Test
    void shouldGiveKeysAsSqliteJdbcWhenRowsAreInserted() {
        same("text", s -> {
            s.executeUpdate("INSERT INTO t(b) VALUES('key')");
            return s.getGeneratedKeys();
        });
        same("after update", s -> {
            s.executeUpdate("UPDATE t SET c = 1");
            return s.getGeneratedKeys();
        });
        same("after nothing", Statement::getGeneratedKeys);
        same("flag", s -> {
            s.executeUpdate("INSERT INTO t(b) VALUES('key2')", Statement.RETURN_GENERATED_KEYS);
            return s.getGeneratedKeys();
        });
        same("same object", s -> {
            s.execute("REPLACE INTO t(b) VALUES('key3')");
            final ResultSet keys = s.getGeneratedKeys();
            keys.next();
            return List.of(keys.getLong("last_insert_rowid()"), keys == s.getGeneratedKeys(), keys.next());
        });
        same("with", s -> {
            s.execute("WITH x(y) AS (SELECT 'key4') INSERT INTO t(b) SELECT y FROM x");
            return s.getGeneratedKeys();
        });
        samePrepared("INSERT INTO t(b) VALUES(?)", s -> {
            s.setString(1, "key5");
            s.executeUpdate();
            return s.getGeneratedKeys();
        });
        samePrepared("INSERT INTO t(b) VALUES(?) RETURNING a", s -> {
            s.setString(1, "key6");
            final List<Object> told = new ArrayList<>();
            told.add(s.execute());
            told.add(SideBySide.text(s.getResultSet()));
            told.add(SideBySide.text(s.getGeneratedKeys()));
            return told;
        });
        same("upsert", s -> {
            s.execute("INSERT INTO t(a, b) VALUES(70, 'key7') ON CONFLICT(a) DO UPDATE SET b = 'old'");
            return s.getGeneratedKeys();
        });
        same("no row", s -> {
            s.execute("INSERT OR IGNORE INTO t(a, b) VALUES(70, 'key7')");
            return s.getGeneratedKeys();
        });
        sides.same("columns", connection -> {
            try (PreparedStatement s =
                    connection.prepareStatement("INSERT INTO t(b) VALUES('k7')", new String[] {"a"})) {
                s.execute();
                return SideBySide.text(s.getGeneratedKeys());
            }
        });
    }

    private static void add(PreparedStatement statement, int... keys) throws SQLException {
        for (final int key : keys) {
            statement.setInt(1, key);
            statement.setString(2, "batch " + key);
            statement.addBatch();
        }
    }

    @Test
    void shouldBatchAsSqliteJdbcWhenRowsAreSent() throws SQLException {
        for (final boolean autoCommit : List.of(true, false)) {
            sides.ours().setAutoCommit(autoCommit);
            sides.theirs().setAutoCommit(autoCommit);
            final int base = autoCommit ? 100 : 200;
            samePrepared("INSERT INTO t(a, b) VALUES(?, ?)", s -> {
                add(s, base, base + 1, base + 2);
                return List.of(s.executeBatch(), s.executeBatch(), s.executeLargeBatch());
            });
            samePrepared("UPDATE t SET c = ? WHERE b <> ?", s -> {
                add(s, 1, 2);
                s.setString(2, "one");
                s.addBatch();
                return s.executeLargeBatch();
            });
            samePrepared("SELECT a FROM t WHERE a = ?", s -> {
                s.setInt(1, 1);
                s.addBatch();
                s.addBatch();
                return s.executeBatch();
            });
            same("texts", s -> {
                s.addBatch("INSERT INTO t(a) VALUES(" + (base + 20) + ")");
                s.addBatch("UPDATE t SET c = 4 WHERE a > " + base);
                s.addBatch("UPDATE t SET c = 4 WHERE a = -1");
                return List.of(s.executeBatch(), s.executeBatch());
            });
            same("texts that fail", s -> {
                s.addBatch("INSERT INTO t(a) VALUES(" + (base + 30) + ")");
                s.addBatch("INSERT INTO t(a) VALUES(" + (base + 30) + ")");
                s.addBatch("INSERT INTO t(a) VALUES(" + (base + 31) + ")");
                return s.executeBatch();
            });
            same("a query among them", s -> {
                s.addBatch("INSERT INTO t(a) VALUES(" + (base + 40) + ")");
                s.addBatch("SELECT 1");
                return s.executeBatch();
            });
            // The message is the same, and it is what the standard asks for.
            sides.differ(
                    "rows that fail",
                    connection -> {
                        try (PreparedStatement s = connection.prepareStatement("INSERT INTO t(a, b) VALUES(?, ?)")) {
                            add(s, base + 50, base + 51, base + 50, base + 52);
                            return s.executeBatch();
                        }
                    },
                    "BatchUpdateException code=19 message=[SQLITE_CONSTRAINT_PRIMARYKEY] A PRIMARY KEY constraint failed"
                            + " (UNIQUE constraint failed: t.a) counts=[1, 1]",
                    "SQLException code=19 message=[SQLITE_CONSTRAINT_PRIMARYKEY] A PRIMARY KEY constraint failed"
                            + " (UNIQUE constraint failed: t.a)");
            sameTable();
        }
        sides.ours().commit();
        sides.theirs().commit();
        sameTable();
    }

    @Test
    void shouldDescribeParametersAsSqliteJdbcWhenTheyAreSet() {
        samePrepared("SELECT ?, ?, ?, ?, ?, ?", s -> {
            final List<Object> told = new ArrayList<>();
            told.add(s.getParameterMetaData().getParameterCount());
            s.setInt(1, 1);
            s.setLong(2, 1);
            s.setDouble(3, 1);
            s.setString(4, "x");
            s.setBytes(5, new byte[1]);
            for (int i = 1; i <= 6; i++) {
                told.add(s.getParameterMetaData().getParameterType(i));
                told.add(s.getParameterMetaData().getParameterTypeName(i));
                told.add(s.getParameterMetaData().getParameterClassName(i));
            }
            return told;
        });
        samePrepared("SELECT ?", s -> s.getParameterMetaData().getParameterType(1));
        samePrepared("SELECT ?", s -> {
            s.setInt(1, 1);
            return s.getParameterMetaData().getParameterType(2);
        });
        samePrepared("SELECT :a, @b, $c, ?7", s -> s.getParameterMetaData().getParameterCount());
    }

    @Test
    void shouldReadOnAsSqliteJdbcWhenTransactionsEnd() throws SQLException {
        sides.ours().setAutoCommit(false);
        sides.theirs().setAutoCommit(false);
        for (final boolean write : List.of(false, true)) {
            sides.same("commit while reading, write=" + write, connection -> {
                try (Statement s = connection.createStatement();
                        Statement other = connection.createStatement()) {
                    if (write) {
                        other.executeUpdate("UPDATE t SET c = c");
                    }
                    final ResultSet results = s.executeQuery("SELECT a FROM t ORDER BY a");
                    results.next();
                    connection.commit();
                    return List.of(results.getInt(1), results.next(), results.getInt(1), results.next());
                }
            });
        }
    }

    @Test
    void shouldThrowWhenStatementsAndResultsAreClosed() throws SQLException {
        final Connection connection = sides.ours();
        final Statement statement = connection.createStatement();
        final ResultSet results = statement.executeQuery("SELECT 1");
        final PreparedStatement prepared = connection.prepareStatement("SELECT ?");
        statement.close();
        statement.close();
        prepared.close();
        assertThat(statement.isClosed()).isTrue();
        assertThat(results.isClosed()).isTrue();
        results.close();
        for (final SideBySide.Action action : List.<SideBySide.Action>of(
                c -> statement.execute("SELECT 1"),
                c -> statement.getResultSet(),
                c -> statement.getConnection(),
                c -> statement.getWarnings(),
                c -> statement.getMaxRows(),
                c -> results.next(),
                c -> results.getInt(1),
                c -> results.getMetaData(),
                c -> results.getRow(),
                c -> results.wasNull(),
                c -> results.isBeforeFirst(),
                c -> prepared.execute(),
                c -> prepared.getMetaData(),
                c -> prepared.getParameterMetaData())) {
            assertThatThrownBy(() -> action.on(connection)).isInstanceOf(SQLException.class);
        }
        assertThatThrownBy(() -> prepared.setInt(1, 1)).hasMessage("statement is not executing");
    }

    @Test
    void shouldSeeNewColumnsWhenTheSchemaChangedUnderAPreparedStatement() throws SQLException {
        try (PreparedStatement prepared = sides.ours().prepareStatement("SELECT * FROM t WHERE a = 1");
                Statement statement = sides.ours().createStatement()) {
            try (ResultSet before = prepared.executeQuery()) {
                assertThat(before.getMetaData().getColumnCount()).isEqualTo(3);
            }
            statement.execute("ALTER TABLE t ADD COLUMN d TEXT DEFAULT 'new'");
            try (ResultSet after = prepared.executeQuery()) {
                assertThat(after.next()).isTrue();
                assertThat(after.getMetaData().getColumnCount()).isEqualTo(4);
                assertThat(after.getString("d")).isEqualTo("new");
                assertThat(after.getMetaData().getColumnTypeName(4)).isEqualTo("TEXT");
            }
        }
    }
}
