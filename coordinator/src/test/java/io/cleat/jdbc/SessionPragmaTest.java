// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
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

/** PRAGMAs and counts of two connections to one database, side by side with sqlite-jdbc. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class SessionPragmaTest {
    @TempDir
    Path folder;

    private SideBySide both;
    private Connection ourOther;
    private Connection theirOther;

    @BeforeEach
    void open() throws SQLException {
        both = new SideBySide(folder);
        ourOther = both.connect("");
        theirOther = DriverManager.getConnection(both.theirs().getMetaData().getURL());
        both.execute(
                "CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT)",
                "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(id) ON DELETE CASCADE)",
                "CREATE TABLE r(x INTEGER)",
                "CREATE TRIGGER rt AFTER INSERT ON r WHEN new.x > 0 BEGIN INSERT INTO r VALUES(new.x - 1); END",
                "INSERT INTO p VALUES(1, 'abc'), (2, 'ABC')",
                "INSERT INTO c VALUES(10, 1), (20, 2)");
    }

    @AfterEach
    void close() throws SQLException {
        try {
            ourOther.close();
            theirOther.close();
        } finally {
            both.close();
        }
    }

    /** What each of these gives: the statement behind "1:" or "2:", the number of the connection; "on" and "off" set autocommit, "commit" commits. */
    private static List<String> run(Connection first, Connection second, String... steps) throws SQLException {
        final List<String> results = new ArrayList<>();
        for (final String step : steps) {
            final Connection on = step.startsWith("1:") ? first : second;
            final String sql = step.substring(2).strip();
            String result;
            try {
                result = run(on, sql);
            } catch (SQLException e) {
                result = e.getErrorCode() + " " + e.getMessage();
            }
            results.add(step + " -> " + result);
        }
        return results;
    }

    private static String run(Connection on, String sql) throws SQLException {
        switch (sql) {
            case "on" -> on.setAutoCommit(true);
            case "off" -> on.setAutoCommit(false);
            case "commit" -> on.commit();
            case "rollback" -> on.rollback();
            default -> {
                try (Statement statement = on.createStatement()) {
                    if (statement.execute(sql)) {
                        try (ResultSet rows = statement.getResultSet()) {
                            return SideBySide.text(rows);
                        }
                    }
                }
            }
        }
        return "done";
    }

    private void same(String... steps) throws SQLException {
        final List<String> expected = run(both.theirs(), theirOther, steps);
        assertThat(run(both.ours(), ourOther, steps)).isEqualTo(expected);
    }

    @Test
    void shouldCascadeOnlyForTheConnectionThatHasForeignKeysOn() throws SQLException {
        same(
                "1:PRAGMA foreign_keys = ON",
                "1:PRAGMA foreign_keys",
                "2:PRAGMA foreign_keys",
                "2:INSERT INTO c VALUES(30, 99)",
                "1:INSERT INTO c VALUES(31, 99)",
                "2:DELETE FROM p WHERE id = 2",
                "1:DELETE FROM p WHERE id = 1",
                "1:SELECT id FROM c ORDER BY id",
                // No effect in a transaction, whatever it has done.
                "2:off",
                "2:PRAGMA foreign_keys = ON",
                "2:PRAGMA foreign_keys",
                "2:SELECT count(*) FROM c",
                "2:PRAGMA foreign_keys = ON",
                "2:INSERT INTO c VALUES(40, 98)",
                "2:PRAGMA foreign_keys = ON",
                "2:PRAGMA foreign_keys",
                "2:commit",
                "2:on",
                "2:PRAGMA foreign_keys(yes)",
                "2:PRAGMA main.\"foreign_keys\"",
                "2:INSERT INTO c VALUES(41, 98)");
    }

    @Test
    void shouldDeferForeignKeysToTheEndOfTheTransaction() throws SQLException {
        same(
                "1:PRAGMA foreign_keys = 1",
                "1:off",
                "1:PRAGMA defer_foreign_keys = ON",
                "1:INSERT INTO c VALUES(50, 5)",
                "1:INSERT INTO p VALUES(5, 'five')",
                "1:commit",
                "1:INSERT INTO c VALUES(60, 6)",
                "1:rollback",
                "1:SELECT count(*) FROM c",
                // It goes with a transaction that only read, too.
                "1:PRAGMA defer_foreign_keys = ON",
                "1:rollback",
                "1:INSERT INTO c VALUES(60, 6)",
                "1:rollback");
    }

    @Test
    void shouldCompareInLikeAsTheConnectionWantsToInItsSnapshotToo() throws SQLException {
        same(
                "1:SELECT n FROM p WHERE n LIKE 'a%'",
                "1:PRAGMA case_sensitive_like = ON",
                "1:SELECT n FROM p WHERE n LIKE 'a%'",
                "2:SELECT n FROM p WHERE n LIKE 'a%'",
                "1:off",
                "1:SELECT n FROM p WHERE n LIKE 'a%'",
                "1:PRAGMA case_sensitive_like = OFF",
                "1:SELECT n FROM p WHERE n LIKE 'a%'",
                "1:PRAGMA case_sensitive_like = ON",
                "1:UPDATE p SET n = 'axe' WHERE n LIKE 'a%'",
                "1:SELECT n FROM p ORDER BY id",
                "1:commit",
                "1:SELECT n FROM p WHERE n LIKE 'A%'");
    }

    @Test
    void shouldRecurseInTriggersOnlyForTheConnectionThatWantsIt() throws SQLException {
        same(
                "1:PRAGMA recursive_triggers = ON",
                "2:INSERT INTO r VALUES(3)",
                "2:SELECT count(*), min(x) FROM r",
                "2:DELETE FROM r",
                "1:INSERT INTO r VALUES(3)",
                "1:SELECT count(*), min(x) FROM r",
                "1:PRAGMA recursive_triggers",
                "2:PRAGMA recursive_triggers");
    }

    @Test
    void shouldTellEachConnectionWhatItHasInsertedAndChanged() throws SQLException {
        same(
                "1:INSERT INTO p VALUES(100, 'x')",
                "2:INSERT INTO c VALUES(200, NULL), (201, NULL)",
                "1:SELECT last_insert_rowid(), changes(), total_changes() > 0",
                "2:SELECT last_insert_rowid(), changes(), total_changes()",
                "2:UPDATE c SET p = NULL",
                "1:SELECT last_insert_rowid(), changes()",
                "2:SELECT last_insert_rowid(), changes(), total_changes()",
                "1:INSERT INTO c VALUES(300, last_insert_rowid())",
                "1:SELECT p FROM c WHERE id = 300",
                "1:SELECT last_insert_rowid()",
                // Also in a transaction that has only read, and in one that writes.
                "2:off",
                "2:SELECT count(*) FROM c",
                "2:SELECT last_insert_rowid(), changes(), total_changes()",
                "2:DELETE FROM c WHERE id > 199",
                "2:SELECT changes(), total_changes()",
                "2:rollback",
                "2:on",
                "1:SELECT last_insert_rowid(), changes()",
                "2:SELECT last_insert_rowid()");
    }

    @Test
    void shouldWriteNothingWhenTheConnectionOnlyQueries() throws SQLException {
        same(
                "1:PRAGMA query_only = ON",
                "1:PRAGMA query_only",
                "1:INSERT INTO p VALUES(9, 'nine')",
                "2:INSERT INTO p VALUES(9, 'nine')",
                "1:SELECT count(*) FROM p",
                "1:off",
                "1:SELECT count(*) FROM p",
                "1:DELETE FROM p",
                "1:rollback",
                "1:PRAGMA query_only = OFF",
                "1:DELETE FROM p WHERE id = 9",
                "1:commit",
                "1:SELECT count(*) FROM p");
    }

    @Test
    void shouldWaitAsLongAsTheTextSays() throws SQLException {
        same("1:PRAGMA busy_timeout", "1:PRAGMA busy_timeout = 150", "1:PRAGMA busy_timeout", "2:PRAGMA busy_timeout");

        run(both.ours(), "off");
        run(ourOther, "off");
        run(ourOther, "INSERT INTO p VALUES(70, 'held')");
        final long startNs = System.nanoTime();
        assertThat(run(both.ours(), ourOther, "1:INSERT INTO p VALUES(71, 'late')")
                        .get(0))
                .contains("SQLITE_BUSY");
        assertThat(System.nanoTime() - startNs)
                .as("the connection's wait is 150 ms and not 3 s")
                .isLessThan(TimeUnit.SECONDS.toNanos(3));
        run(ourOther, "rollback");
        run(both.ours(), "rollback");
    }

    @Test
    void shouldSetTheSameByPreparedStatementsWhenTheyAreExecuted() {
        both.differ(
                "only prepared",
                connection -> {
                    try (PreparedStatement set = connection.prepareStatement("PRAGMA recursive_triggers = ON");
                            PreparedStatement ask = connection.prepareStatement("PRAGMA recursive_triggers");
                            ResultSet rows = ask.executeQuery()) {
                        return rows.getInt(1) + set.getParameterMetaData().getParameterCount();
                    }
                },
                "Integer 0",
                "Integer 1");
        both.same("prepared", connection -> {
            final List<@Nullable Object> seen = new ArrayList<>();
            try (PreparedStatement set = connection.prepareStatement("PRAGMA foreign_keys = ON");
                    PreparedStatement ask = connection.prepareStatement("PRAGMA foreign_keys");
                    PreparedStatement wait = connection.prepareStatement("PRAGMA busy_timeout = 700");
                    PreparedStatement insert = connection.prepareStatement("INSERT INTO p(n) VALUES(?)");
                    PreparedStatement last = connection.prepareStatement("SELECT last_insert_rowid(), changes()")) {
                seen.add(set.getParameterMetaData().getParameterCount());
                seen.add(set.execute());
                seen.add(SideBySide.text(ask.executeQuery()));
                seen.add(SideBySide.text(wait.executeQuery()));
                for (int i = 0; i < 3; i++) {
                    insert.setString(1, "row" + i);
                    seen.add(insert.executeUpdate());
                    seen.add(SideBySide.text(last.executeQuery()));
                }
            }
            return seen;
        });
    }

    @Test
    void shouldSetWhatTheUrlNamesOnBothSessions() throws SQLException {
        final String options = "&foreign_keys=true&case_sensitive_like=on&busy_timeout=1234&recursive_triggers=1";
        final String[] steps = {
            "1:PRAGMA foreign_keys",
            "1:PRAGMA recursive_triggers",
            "1:PRAGMA busy_timeout",
            "2:PRAGMA foreign_keys",
            "1:INSERT INTO c VALUES(31, 99)",
            "1:off",
            "1:SELECT n FROM p WHERE n LIKE 'a%'",
            "1:DELETE FROM p WHERE id = 1",
            "1:SELECT id FROM c",
            "1:SELECT n FROM p WHERE n LIKE 'a%'",
            "1:rollback"
        };
        try (Connection ours = both.connect(options);
                Connection theirs =
                        DriverManager.getConnection(both.theirs().getMetaData().getURL() + options)) {
            assertThat(run(ours, ourOther, steps)).isEqualTo(run(theirs, theirOther, steps));
        }
    }
}
