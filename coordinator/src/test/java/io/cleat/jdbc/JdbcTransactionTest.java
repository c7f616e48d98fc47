// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static io.cleat.jdbc.JdbcPlace.count;
import static io.cleat.jdbc.JdbcPlace.execute;
import static io.cleat.jdbc.JdbcPlace.one;
import static io.cleat.jdbc.JdbcPlace.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cleat.coordinator.Coordinator;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transactions of connections that share a database. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class JdbcTransactionTest {
    @TempDir
    Path folder;

    private Coordinator coordinator;
    private JdbcPlace place;
    private Connection one;
    private Connection other;

    @BeforeEach
    void open() throws SQLException {
        place = new JdbcPlace(folder);
        coordinator = place.launch(context -> context.foreignKeys(true));
        one = place.connect("&busy_timeout=200");
        other = place.connect("&busy_timeout=200");
        execute(one, "CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
        update(one, "INSERT INTO t VALUES(1, 'one')");
    }

    @AfterEach
    void close() throws SQLException {
        one.close();
        other.close();
        coordinator.close();
    }

    @Test
    void shouldReadOneCommitWithoutTheTurnWhenNothingIsWritten() throws SQLException {
        one.setAutoCommit(false);
        assertThat(count(one)).isEqualTo(1);
        update(other, "INSERT INTO t VALUES(2, 'two')");
        assertThat(count(one)).as("in the snapshot").isEqualTo(1);
        one.commit();
        assertThat(count(one)).as("in the next one").isEqualTo(2);
        one.rollback();
    }

    @Test
    void shouldNotBeginBeforeTheFirstStatement() throws SQLException {
        one.setAutoCommit(false);
        update(other, "INSERT INTO t VALUES(2, 'two')");
        assertThat(count(one)).isEqualTo(2);
        assertThat(update(one, "INSERT INTO t VALUES(3, 'three')")).isEqualTo(1);
        assertThat(count(one)).as("reads what it wrote").isEqualTo(3);
        assertThat(count(other)).as("not yet committed").isEqualTo(2);
        one.commit();
        assertThat(count(other)).isEqualTo(3);
    }

    @Test
    void shouldRefuseToWriteWhenTheSnapshotIsTooOldAndSucceedAfterRollback() throws SQLException {
        one.setAutoCommit(false);
        assertThat(count(one)).isEqualTo(1);
        update(other, "INSERT INTO t VALUES(2, 'two')");
        final SQLTransactionRollbackException failure = catchThrowableOfType(
                SQLTransactionRollbackException.class, () -> update(one, "INSERT INTO t VALUES(3, 'three')"));
        assertThat(failure.getMessage())
                .isEqualTo("[SQLITE_BUSY_SNAPSHOT] Another database connection has already written to the database"
                        + " (database is locked)");
        assertThat(failure.getErrorCode()).isEqualTo(5);
        assertThat(failure.getSQLState()).isEqualTo("40001");
        assertThat(count(one)).as("it reads on").isEqualTo(1);
        assertThat(update(other, "INSERT INTO t VALUES(4, 'four')"))
                .as("the turn was given back")
                .isEqualTo(1);
        one.rollback();
        assertThat(count(one)).isEqualTo(3);
        assertThat(update(one, "INSERT INTO t VALUES(3, 'three')")).isEqualTo(1);
        one.commit();
        assertThat(count(other)).isEqualTo(4);
    }

    @Test
    void shouldBeBusyWhenAnotherOneHasTheTurnForLongerThanTheBusyTimeout() throws SQLException {
        one.setAutoCommit(false);
        update(one, "INSERT INTO t VALUES(2, 'two')");
        other.setAutoCommit(false);
        assertThatThrownBy(() -> update(other, "INSERT INTO t VALUES(3, 'three')"))
                .isInstanceOf(SQLTransactionRollbackException.class)
                .hasMessage("[SQLITE_BUSY] The database file is locked (database is locked)");
        assertThat(count(other)).isEqualTo(1);
        one.commit();
        other.rollback();
        assertThat(update(other, "INSERT INTO t VALUES(3, 'three')")).isEqualTo(1);
        other.commit();
        assertThat(count(one)).isEqualTo(3);
    }

    @Test
    void shouldGoOnReadingWhenATransactionWritesAndCommitsMeanwhile() throws SQLException {
        execute(
                one,
                "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
                        + " INSERT INTO t SELECT i, hex(randomblob(20)) FROM n");
        one.setAutoCommit(false);
        try (Statement reading = one.createStatement();
                ResultSet results = reading.executeQuery("SELECT a FROM t ORDER BY a");
                Statement writing = one.createStatement()) {
            int rows = 0;
            while (results.next()) {
                rows++;
                assertThat(results.getInt(1)).isEqualTo(rows);
                if (rows % 10_000 == 0) {
                    writing.executeUpdate("UPDATE t SET b = NULL WHERE a = " + rows);
                    one.commit();
                }
            }
            assertThat(rows).isEqualTo(50_000);
        }
        assertThat(one(one, "SELECT count(*) FROM t WHERE b IS NULL")).isEqualTo(5);
        one.rollback();
    }

    @Test
    void shouldReadSeveralResultsOfOneSnapshotInTurns() throws SQLException {
        execute(
                one,
                "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                        + " INSERT INTO t SELECT i, hex(randomblob(40)) FROM n");
        one.setAutoCommit(false);
        try (Statement first = one.createStatement();
                Statement second = one.createStatement();
                ResultSet up = first.executeQuery("SELECT a FROM t ORDER BY a")) {
            assertThat(up.next()).isTrue();
            update(other, "DELETE FROM t WHERE a > 100");
            try (ResultSet down = second.executeQuery("SELECT a, b FROM t ORDER BY a DESC")) {
                assertThat(down.next()).isTrue();
                for (int i = 1; i < 20_000; i++) {
                    assertThat(up.getInt(1) + down.getInt(1)).isEqualTo(20_001);
                    assertThat(up.next()).isTrue();
                    assertThat(down.next()).isTrue();
                }
            }
            assertThat(count(one)).isEqualTo(20_000);
        }
        one.commit();
        assertThat(count(one)).isEqualTo(100);
        one.commit();
    }

    @Test
    void shouldUndoToSavepointsWhetherTheyWereSetBeforeOrAfterTheFirstWrite() throws SQLException {
        one.setAutoCommit(false);
        final Savepoint early = one.setSavepoint("Early");
        assertThat(count(one)).isEqualTo(1);
        final Savepoint second = one.setSavepoint();
        update(one, "INSERT INTO t VALUES(2, 'two')");
        final Savepoint late = one.setSavepoint("late");
        update(one, "INSERT INTO t VALUES(3, 'three')");
        one.rollback(late);
        assertThat(count(one)).isEqualTo(2);
        one.releaseSavepoint(late);
        one.rollback(second);
        assertThat(count(one)).isEqualTo(1);
        update(one, "INSERT INTO t VALUES(4, 'four')");
        execute(one, "ROLLBACK TO EARLY");
        assertThat(count(one)).isEqualTo(1);
        update(one, "INSERT INTO t VALUES(5, 'five')");
        one.releaseSavepoint(early);
        one.commit();
        assertThat(count(other)).isEqualTo(2);
        assertThatThrownBy(() -> one.rollback(early)).hasMessageContaining("no such savepoint: Early");
    }

    @Test
    void shouldTakeTheTurnWithTheFirstReadWhenTheModeIsImmediate() throws SQLException {
        try (Connection immediate = place.connect("&transaction_mode=IMMEDIATE&busy_timeout=200")) {
            immediate.setAutoCommit(false);
            assertThat(update(other, "INSERT INTO t VALUES(2, 'two')"))
                    .as("nothing was begun")
                    .isEqualTo(1);
            assertThat(count(immediate)).isEqualTo(2);
            other.setAutoCommit(false);
            assertThatThrownBy(() -> update(other, "INSERT INTO t VALUES(3, 'three')"))
                    .hasMessageContaining("SQLITE_BUSY");
            other.rollback();
            immediate.rollback();
        }
    }

    @Test
    void shouldStayOpenWhenTheCommitIsRefusedUntilItIsMendedOrRolledBack() throws SQLException {
        execute(one, "CREATE TABLE child(p REFERENCES t(a) DEFERRABLE INITIALLY DEFERRED)");
        one.setAutoCommit(false);
        update(one, "INSERT INTO child VALUES(7)");
        assertThatThrownBy(one::commit)
                .isInstanceOf(SQLIntegrityConstraintViolationException.class)
                .hasMessage(
                        "[SQLITE_CONSTRAINT_FOREIGNKEY] A foreign key constraint failed (FOREIGN KEY constraint failed)");
        update(one, "INSERT INTO t VALUES(7, 'seven')");
        one.commit();
        assertThat(one(other, "SELECT count(*) FROM child")).isEqualTo(1);
        update(one, "INSERT INTO child VALUES(8)");
        assertThatThrownBy(() -> one.setAutoCommit(true)).isInstanceOf(SQLIntegrityConstraintViolationException.class);
        assertThat(one.getAutoCommit()).isFalse();
        one.rollback();
        one.setAutoCommit(true);
        assertThat(one(one, "SELECT count(*) FROM child")).isEqualTo(1);
    }

    @Test
    void shouldBeLostWhenItIsIdleWithTheTurnAndOthersWait() throws SQLException {
        one.setAutoCommit(false);
        update(one, "INSERT INTO t VALUES(2, 'two')");
        // The lease of an idle transaction is 5 s.
        try (Connection patient = place.connect("&busy_timeout=60000")) {
            patient.setAutoCommit(false);
            assertThat(update(patient, "INSERT INTO t VALUES(3, 'three')")).isEqualTo(1);
            patient.commit();
        }
        assertThatThrownBy(one::commit)
                .isInstanceOf(SQLTransactionRollbackException.class)
                .hasMessageStartingWith("[SQLITE_ABORT_ROLLBACK] ");
        one.rollback();
        assertThat(one(one, "SELECT group_concat(a) FROM t")).isEqualTo("1,3");
        one.rollback();
    }

    @Test
    void shouldRefuseWritesWhenReadOnlyAndAllowThemAfterwards() throws SQLException {
        one.setReadOnly(true);
        assertThatThrownBy(() -> update(one, "INSERT INTO t VALUES(2, 'two')"))
                .hasMessage(
                        "[SQLITE_READONLY] Attempt to write a readonly database (attempt to write a readonly database)");
        one.setAutoCommit(false);
        assertThat(count(one)).isEqualTo(1);
        assertThatThrownBy(() -> one.setReadOnly(false)).hasMessageContaining("the transaction is open");
        one.commit();
        one.setReadOnly(false);
        update(one, "INSERT INTO t VALUES(2, 'two')");
        one.commit();
        assertThat(count(other)).isEqualTo(2);
    }

    @Test
    void shouldRollBackWhenAConnectionIsClosedInATransaction() throws SQLException {
        one.setAutoCommit(false);
        update(one, "INSERT INTO t VALUES(2, 'two')");
        one.close();
        assertThat(update(other, "INSERT INTO t VALUES(2, 'zwei')")).isEqualTo(1);
    }
}
