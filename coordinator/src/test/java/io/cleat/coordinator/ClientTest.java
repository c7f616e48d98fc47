// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CallTimeoutException;
import io.cleat.ClientContext;
import io.cleat.ClosedException;
import io.cleat.Database;
import io.cleat.RequestException;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.SqlStatement;
import io.cleat.UpdateResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client's API against a real coordinator in this JVM. */
@Timeout(60)
final class ClientTest {
    @TempDir
    Path folder;

    private Coordinator coordinator;
    private Database database;

    @BeforeEach
    void open() {
        coordinator = Coordinator.launch(
                new CoordinatorContext("db").directory(folder.resolve("shm")).databaseFile(folder.resolve("a.db")));
        database = connect();
        database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b REAL, c BLOB)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    private Database connect() {
        return Database.open(new ClientContext().name("db").directory(folder.resolve("shm")));
    }

    @Test
    void shouldReturnWhatWasWrittenWhenAllStorageClassesAreUsed() {
        final UpdateResult written =
                database.update("INSERT INTO t VALUES(?, ?, ?, ?)", 7L, "sieben €", 7.5, new byte[] {1, 2});
        assertThat(written.changeCount()).isEqualTo(1);
        assertThat(written.lastRowId()).isEqualTo(7);
        assertThat(written.commitSequence()).isPositive();
        try (Rows rows = database.rows("SELECT *, NULL n FROM t WHERE id=?", 7)) {
            assertThat(rows.columnCount()).isEqualTo(5);
            assertThat(rows.columnName(1)).isEqualTo("a");
            assertThat(rows.declaredType(2)).isEqualTo("REAL");
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong("id")).isEqualTo(7);
            assertThat(rows.getText(1)).isEqualTo("sieben €");
            assertThat(rows.getDouble("b")).isEqualTo(7.5);
            assertThat(rows.getBytes(3)).containsExactly(1, 2);
            assertThat(rows.isNull("n")).isTrue();
            assertThat(rows.next()).isFalse();
        }
    }

    @Test
    void shouldStreamWhenTheResultIsLargerThanCreditAndCycles() {
        final byte[] noise = new byte[10_000];
        new Random(1).nextBytes(noise);
        database.batch(batch -> {
            for (int i = 0; i < 3_000; i++) {
                batch.add("INSERT INTO t VALUES(?, ?, NULL, ?)", i, "row " + i, noise);
            }
        });
        long sum = 0;
        int count = 0;
        try (Rows rows = database.rows("SELECT id, c FROM t ORDER BY id")) {
            while (rows.next()) {
                assertThat(rows.getLong(0)).isEqualTo(count++);
                sum += Objects.requireNonNull(rows.getBytes(1)).length;
            }
        }
        assertThat(count).isEqualTo(3_000);
        assertThat(sum).isEqualTo(30_000_000L);
        assertThat(database.query("SELECT id FROM t ORDER BY id", row -> row.getLong(0)))
                .hasSize(3_000);
    }

    @Test
    void shouldPassLargeValuesWhenTheyAreLongerThanRecordsAndCredit() {
        final byte[] large = new byte[30 << 20];
        new Random(2).nextBytes(large);
        database.update("INSERT INTO t VALUES(1, NULL, NULL, ?)", (Object) large);
        assertThat(database.queryFirst("SELECT c FROM t", row -> row.getBytes(0)))
                .hasValue(large);
    }

    @Test
    void shouldGiveUpTheRestWhenRowsAreClosedEarly() {
        database.batch(batch -> {
            for (int i = 0; i < 10_000; i++) {
                batch.add("INSERT INTO t VALUES(?, ?, NULL, NULL)", i, "x".repeat(200));
            }
        });
        try (Session session = database.openSession()) {
            for (int i = 0; i < 50; i++) {
                try (Rows rows = session.rows("SELECT * FROM t ORDER BY id")) {
                    assertThat(rows.next()).isTrue();
                }
                assertThat(session.queryLong("SELECT count(*) FROM t")).isEqualTo(10_000);
            }
        }
    }

    @Test
    void shouldCommitOrRollBackWhenABlockEnds() {
        final long id = database.transaction(tx -> {
            tx.update("INSERT INTO t(a) VALUES('one')");
            // A plain call joins.
            return database.update("INSERT INTO t(a) VALUES('two')").lastRowId();
        });
        assertThat(id).isEqualTo(2);
        assertThatThrownBy(() -> database.inTransaction(tx -> {
                    tx.update("DELETE FROM t");
                    throw new IllegalStateException("no");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(2);
        database.inTransaction(tx -> {
            tx.update("INSERT INTO t(a) VALUES('three')");
            assertThatThrownBy(() -> tx.inTransaction(nested -> {
                        nested.update("DELETE FROM t");
                        throw new IllegalStateException("no");
                    }))
                    .isInstanceOf(IllegalStateException.class);
            tx.inTransaction(nested -> {
                nested.update("DELETE FROM t WHERE id = 1");
                nested.rollback();
                assertThatThrownBy(() -> nested.update("DELETE FROM t")).hasMessageContaining("its own block");
            });
        });
        assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(3);
    }

    @Test
    void shouldPipelineWhenCallsAreAsynchronous() {
        final List<CompletableFuture<UpdateResult>> futures = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            futures.add(database.updateAsync("INSERT INTO t VALUES(?, ?, NULL, NULL)", i, "a" + i));
        }
        futures.forEach(CompletableFuture::join);
        final List<String> texts = database.queryAsync("SELECT a FROM t ORDER BY id", row -> row.getText(0))
                .join();
        assertThat(texts).hasSize(5_000).startsWith("a0", "a1").endsWith("a4999");
        assertThatThrownBy(
                        () -> database.updateAsync("INSERT INTO nope VALUES(1)").join())
                .hasCauseInstanceOf(SqlException.class);
        assertThat(database.batchAsync(new io.cleat.Batch()
                                .add("DELETE FROM t WHERE id=?", 1)
                                .add("DELETE FROM t WHERE id=?", 2))
                        .join()
                        .changeCount())
                .isEqualTo(2);
    }

    @Test
    void shouldSayWhatSqliteSaidWhenAStatementFails() {
        database.update("CREATE UNIQUE INDEX i ON t(a)");
        database.update("INSERT INTO t(a) VALUES(?)", "x");
        assertThatThrownBy(() -> database.update("INSERT INTO t(a) VALUES(?)", "x"))
                .isInstanceOfSatisfying(SqlException.class, e -> {
                    assertThat(e.sqliteCode()).isEqualTo(2067);
                    assertThat(e.reason()).isEqualTo("[SQLITE_CONSTRAINT_UNIQUE] UNIQUE constraint failed: t.a");
                    assertThat(e.sql()).isEqualTo("INSERT INTO t(a) VALUES(?)");
                    assertThat(e.parameters()).isNull();
                    assertThat(e.getStackTrace()).anyMatch(f -> f.getClassName().equals(ClientTest.class.getName()));
                });
        assertThatThrownBy(() -> database.update("INSERT INTO t(a) VALUES(?)")).isInstanceOf(RequestException.class);
        assertThatThrownBy(() -> database.update("SELEC 1")).isInstanceOf(SqlException.class);
        assertThatThrownBy(() -> database.batch(
                        batch -> batch.add("INSERT INTO t(a) VALUES(?)", "y").add("INSERT INTO t(a) VALUES(?)", "x")))
                .isInstanceOfSatisfying(
                        SqlException.class, e -> assertThat(e.batchRow()).isEqualTo(1));
        assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
    }

    @Test
    void shouldEndByItsDeadlineWhenAnotherHoldsTheWriteTurn() {
        try (Session holder = database.openSession()) {
            holder.begin();
            holder.update("INSERT INTO t(a) VALUES('x')");
            assertThatThrownBy(
                            () -> database.withTimeout(Duration.ofMillis(200)).update("DELETE FROM t"))
                    .isInstanceOf(CallTimeoutException.class);
            holder.commit();
        }
        assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
    }

    @Test
    void shouldRunPreparedStatementsManyTimes() {
        try (Session session = database.openSession();
                SqlStatement insert = session.prepare("INSERT INTO t VALUES(?, ?, ?, ?) RETURNING id");
                SqlStatement select = session.prepare("SELECT b FROM t WHERE id = ?")) {
            for (int i = 0; i < 100; i++) {
                insert.bindLong(1, i).bindText(2, "t").bindDouble(3, i / 2.0).bindBlob(4, null);
                try (Rows rows = insert.rows()) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getLong(0)).isEqualTo(i);
                }
            }
            for (int i = 0; i < 100; i++) {
                try (Rows rows = select.bindLong(1, i).rows()) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getDouble(0)).isEqualTo(i / 2.0);
                }
            }
        }
    }

    @Test
    void shouldSayClosedWhenTheCoordinatorStops() {
        coordinator.close();
        assertThatThrownBy(() -> database.update("DELETE FROM t")).isInstanceOf(ClosedException.class);
    }
}
