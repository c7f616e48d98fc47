// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Statements that are stopped, by another thread or by their timeout, and what runs on the connection after them. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class CancelTest {
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    @TempDir
    Path folder;

    private SideBySide sides;

    @BeforeEach
    void open() throws SQLException {
        sides = new SideBySide(folder);
        sides.execute("CREATE TABLE t(a)");
    }

    @AfterEach
    void close() throws SQLException {
        sides.close();
    }

    private void assertUsable() throws SQLException {
        try (Statement statement = sides.ours().createStatement();
                ResultSet results = statement.executeQuery("SELECT 7")) {
            assertThat(results.next()).isTrue();
            assertThat(results.getInt(1)).isEqualTo(7);
        }
    }

    /** Cancels again and again: one that comes before the statement was sent has no effect. */
    private static CompletableFuture<Void> cancelling(Statement statement, AtomicBoolean ended) {
        return CompletableFuture.runAsync(() -> {
            try {
                while (!ended.get()) {
                    statement.cancel();
                    Thread.onSpinWait();
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void shouldFailWithInterruptWhenAQueryIsCancelled() throws Exception {
        try (Statement statement = sides.ours().createStatement()) {
            final AtomicBoolean ended = new AtomicBoolean();
            final CompletableFuture<Void> cancelling = cancelling(statement, ended);
            final SQLException failure =
                    catchThrowableOfType(SQLException.class, () -> statement.executeQuery(ENDLESS));
            ended.set(true);
            cancelling.get(60, TimeUnit.SECONDS);
            assertThat(failure.getErrorCode()).isEqualTo(9);
            assertThat(failure.getSQLState()).isEqualTo("57014");
            assertThat(failure.getMessage()).startsWith("[SQLITE_INTERRUPT]");
        }
        assertUsable();
    }

    @Test
    void shouldUndoTheStatementWhenAWriteIsCancelled() throws Exception {
        try (PreparedStatement statement = sides.ours()
                .prepareStatement(
                        "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i"
                                + " FROM n WHERE i < 0")) {
            final AtomicBoolean ended = new AtomicBoolean();
            final CompletableFuture<Void> cancelling = cancelling(statement, ended);
            final SQLException failure = catchThrowableOfType(SQLException.class, statement::executeUpdate);
            ended.set(true);
            cancelling.get(60, TimeUnit.SECONDS);
            assertThat(failure.getErrorCode()).isEqualTo(9);
        }
        assertUsable();
    }

    @Test
    void shouldStopTheStatementWhenItsTimeoutIsOver() throws SQLException {
        try (Statement statement = sides.ours().createStatement();
                PreparedStatement prepared = sides.ours().prepareStatement(ENDLESS)) {
            statement.setQueryTimeout(1);
            prepared.setQueryTimeout(1);
            assertThat(catchThrowableOfType(SQLTimeoutException.class, () -> statement.executeQuery(ENDLESS))
                            .getSQLState())
                    .isEqualTo("HYT00");
            assertThat(catchThrowableOfType(SQLTimeoutException.class, prepared::executeQuery)
                            .getSQLState())
                    .isEqualTo("HYT00");
        }
        assertUsable();
    }

    @Test
    void shouldDoNothingWhenNothingRuns() throws SQLException {
        try (Statement statement = sides.ours().createStatement();
                PreparedStatement prepared = sides.ours().prepareStatement("SELECT 1")) {
            statement.cancel();
            prepared.cancel();
            statement.execute("INSERT INTO t VALUES(1)");
            statement.cancel();
            prepared.executeQuery().close();
            prepared.cancel();
            try (ResultSet results = prepared.executeQuery()) {
                assertThat(results.next()).isTrue();
            }
        }
        assertUsable();
    }
}
