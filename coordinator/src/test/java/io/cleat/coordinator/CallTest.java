// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.Rows;
import io.cleat.SqlException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a caller is told: columns, counts, and errors with the caller's frames. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CallTest {
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    @TempDir
    Path folder;

    private Coordinator coordinator;
    private Database database;

    @BeforeEach
    void open() {
        final Place place = Place.in(folder, "calls");
        coordinator = Coordinator.launch(place.coordinator());
        database = place.open();
        database.script(
                "CREATE TABLE t(id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, x); CREATE VIEW v AS SELECT x FROM t");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    @Test
    void shouldDescribeColumnsWhenThereAreNoRows() {
        try (Rows rows = database.rows("SELECT id, name AS title, x, 1 + 1 FROM t")) {
            assertThat(rows.columnCount()).isEqualTo(4);
            assertThat(rows.columnName(1)).isEqualTo("title");
            assertThat(rows.columnName(3)).isEqualTo("1 + 1");
            assertThat(rows.declaredType(0)).isEqualTo("INTEGER");
            assertThat(rows.declaredType(1)).isEqualTo("VARCHAR(20)");
            assertThat(rows.declaredType(2)).isNull();
            assertThat(rows.declaredType(3)).isNull();
            assertThat(rows.next()).isFalse();
            assertThat(rows.columnIndex("TITLE")).isEqualTo(1);
        }
    }

    @Test
    void shouldReturnRowsWhenAWriteAsksForThem() {
        try (Rows rows = database.rows("INSERT INTO t(name) VALUES(?), (?) RETURNING id, upper(name)", "a", "b")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong(0)).isEqualTo(1);
            assertThat(rows.getText(1)).isEqualTo("A");
            assertThat(rows.next()).isTrue();
            assertThat(rows.next()).isFalse();
            assertThat(rows.changeCount()).isEqualTo(2);
            assertThat(rows.lastRowId()).isEqualTo(2);
        }
        database.inTransaction(transaction -> {
            transaction.update("UPDATE t SET x = 1");
            try (Rows rows = transaction.rows("INSERT INTO t(name) VALUES('c'), ('d'), ('e') RETURNING name")) {
                while (rows.next()) {
                    assertThat(rows.getText(0)).isBetween("c", "e");
                }
                assertThat(rows.changeCount()).isEqualTo(3);
                assertThat(rows.lastRowId()).isEqualTo(5);
            }
        });
        assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(5);
    }

    @Test
    void shouldApplyNothingAndNameTheRowWhenABatchFails() {
        final SqlException failure = catchThrowableOfType(
                SqlException.class,
                () -> database.batch(batch -> {
                    for (int i = 0; i < 100; i++) {
                        batch.add("INSERT INTO t(id, name) VALUES(?, ?)", i, i == 73 ? null : "n" + i);
                    }
                }));
        assertThat(failure.batchRow()).isEqualTo(73);
        assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(failure.sqliteCode()).isEqualTo(1299);
        assertThat(failure).hasMessageContaining("NOT NULL constraint failed: t.name");
        assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
        assertThat(database.batch(batch -> {
                            for (int i = 0; i < 5_000; i++) {
                                batch.add("INSERT INTO t(id, name) VALUES(?, ?)", i, "n" + i);
                            }
                        })
                        .changeCount())
                .isEqualTo(5_000);
    }

    @Test
    void shouldApplyNothingAndNameTheStatementWhenAScriptFails() {
        final SqlException failure = catchThrowableOfType(
                SqlException.class,
                () -> database.script("CREATE TABLE u(a); INSERT INTO t(name) VALUES('1; not 2'); -- ; a comment\n"
                        + "INSERT INTO u VALUES(1); INSERT INTO t(name) VALUES(NULL); INSERT INTO u VALUES(2);"));
        assertThat(failure.batchRow()).isEqualTo(3);
        assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
        assertThat(database.queryLong("SELECT count(*) FROM sqlite_schema WHERE name = 'u'"))
                .isZero();
    }

    @Test
    void shouldUndoOnlyTheScriptWhenItFailsInATransaction() {
        database.inTransaction(transaction -> {
            transaction.update("INSERT INTO t(name) VALUES('kept')");
            assertThatThrownBy(() ->
                            transaction.script("INSERT INTO t(name) VALUES('lost'); INSERT INTO nowhere VALUES(1)"))
                    .isInstanceOf(SqlException.class);
        });
        assertThat(database.query("SELECT name FROM t", row -> String.valueOf(row.getText(0))))
                .containsExactly("kept");
    }

    @Test
    void shouldRunAScriptWhenItBeginsWithALongComment() {
        final String header = "\n".repeat(20_000) + "/*" + "*".repeat(20_000) + "*/\n" + "-- line\r\n".repeat(20_000);
        assertThat(database.script(header + "INSERT INTO t(name) VALUES('a');" + header)
                        .changeCount())
                .isEqualTo(1);
    }

    @Test
    void shouldSayHowManyWhenParametersAreTooFewOrTooMany() {
        for (Object[] args : List.of(new Object[] {}, new Object[] {1}, new Object[] {1, "a", 2})) {
            assertThatThrownBy(() -> database.update("INSERT INTO t(id, name) VALUES(?, ?)", args))
                    .isInstanceOfSatisfying(
                            SqlException.class, e -> assertThat(e.sqliteCode()).isEqualTo(25))
                    .hasMessageContaining("has 2 parameters, given were " + args.length);
        }
        assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
    }

    @Test
    void shouldShowTheCallersFramesWhenTheSqlIsMalformed() {
        final SqlException failure =
                catchThrowableOfType(SqlException.class, () -> database.update("INSRT INTO t VALUES(1)"));
        assertThat(failure).hasMessageContaining("near \"INSRT\": syntax error");
        assertThat(failure.sqliteCode()).isEqualTo(1);
        assertThat(failure.sql()).isEqualTo("INSRT INTO t VALUES(1)");
        assertThat(failure.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(CallTest.class.getName()));
        for (String sql :
                List.of("", " -- nothing", "SELECT 1; SELECT 2", "BEGIN", "COMMIT", "ATTACH 'x' AS y", "SELECT \0")) {
            assertThatThrownBy(() -> database.update(sql)).as(sql).isInstanceOf(CleatException.class);
        }
        assertThat(database.queryLong("SELECT 7")).isEqualTo(7);
    }

    @Test
    void shouldGoOnWhenAQueryIsStoppedAtItsDeadline() {
        for (int i = 0; i < 3; i++) {
            final long startNs = System.nanoTime();
            assertThatThrownBy(
                            () -> database.withTimeout(Duration.ofMillis(200)).queryLong(ENDLESS))
                    .isInstanceOfSatisfying(RequestException.class, e -> assertThat(e.code())
                            .isIn(ErrorCode.DEADLINE_EXCEEDED, ErrorCode.TIMEOUT));
            assertThat(System.nanoTime() - startNs).isBetween(200_000_000L, 20_000_000_000L);
            assertThat(database.update("INSERT INTO t(name) VALUES('a')").changeCount())
                    .isEqualTo(1);
            assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(i + 1);
        }
    }

    @Test
    void shouldApplyNothingWhenAWriteIsStoppedAtItsDeadline() {
        assertThatThrownBy(
                        () -> database.withTimeout(Duration.ofMillis(300))
                                .update(
                                        "INSERT INTO t(name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"))
                .isInstanceOfSatisfying(RequestException.class, e -> assertThat(e.code())
                        .isIn(ErrorCode.DEADLINE_EXCEEDED, ErrorCode.TIMEOUT));
        assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
        assertThat(database.update("INSERT INTO t(name) VALUES('a')").changeCount())
                .isEqualTo(1);
    }

    @Test
    void shouldNotBeHurtWhenTheCallingThreadIsInterruptedAllTheTime() throws Exception {
        final Thread caller = Thread.currentThread();
        final AtomicBoolean done = new AtomicBoolean();
        final Thread interrupter = new Thread(() -> {
            while (!done.get()) {
                caller.interrupt();
                LockSupport.parkNanos(50_000);
            }
        });
        interrupter.start();
        try {
            for (int i = 0; i < 2_000; i++) {
                assertThat(database.update("INSERT INTO t(name) VALUES(?)", i).lastRowId())
                        .isEqualTo(i + 1);
            }
        } finally {
            done.set(true);
            boolean ended = false;
            while (!ended) {
                try {
                    interrupter.join();
                    ended = true;
                } catch (InterruptedException e) {
                    // One of its own.
                }
            }
            Thread.interrupted();
        }
        assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(2_000);
        caller.interrupt();
        assertThat(database.queryLong("SELECT 7")).isEqualTo(7);
        assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
    }
}
