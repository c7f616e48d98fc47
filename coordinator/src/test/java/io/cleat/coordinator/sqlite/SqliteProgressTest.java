// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteProgressTest {
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    @TempDir
    Path folder;

    private SqliteDatabase database;

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("t.db")));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void shouldServeAnotherConnectionWhileAReadRuns() {
        SqliteConnection writer = database.writer();
        writer.exec("CREATE TABLE t(a)");
        SqliteConnection reader = database.openReader();
        AtomicInteger calls = new AtomicInteger();
        reader.progress(1000, () -> {
            writer.exec("INSERT INTO t VALUES(1)");
            return calls.incrementAndGet() == 10;
        });
        assertThatExceptionOfType(SqliteException.class)
                .isThrownBy(() -> reader.exec(ENDLESS))
                .withMessage("[SQLITE_INTERRUPT] interrupted");
        reader.clearProgress();
        assertThat(Rows.of(reader, "SELECT count(*) FROM t")).containsExactly("10");
        reader.close();
    }

    @Test
    void shouldCallEachConnectionsOwnHook() {
        SqliteConnection one = database.openReader();
        SqliteConnection two = database.openReader();
        AtomicInteger ones = new AtomicInteger();
        AtomicInteger twos = new AtomicInteger();
        one.progress(100, () -> ones.incrementAndGet() == 5);
        two.progress(100, () -> twos.incrementAndGet() == 7);
        assertThatExceptionOfType(SqliteException.class).isThrownBy(() -> one.exec(ENDLESS));
        assertThatExceptionOfType(SqliteException.class).isThrownBy(() -> two.exec(ENDLESS));
        two.close();
        ones.set(0);
        assertThatExceptionOfType(SqliteException.class).isThrownBy(() -> one.exec(ENDLESS));
        assertThat(ones.get()).isEqualTo(5);
        assertThat(twos.get()).isEqualTo(7);
        one.close();
    }

    @Test
    void shouldNameTheCauseWhenTheHookThrows() {
        try (SqliteConnection reader = database.openReader()) {
            IllegalStateException cause = new IllegalStateException("no more");
            reader.progress(1000, () -> {
                throw cause;
            });
            assertThatExceptionOfType(SqliteException.class)
                    .isThrownBy(() -> reader.exec(ENDLESS))
                    .withCause(cause);
        }
    }

    @Test
    void shouldEndAReadWhenAnotherThreadInterrupts() throws InterruptedException {
        try (SqliteConnection reader = database.openReader()) {
            CountDownLatch running = new CountDownLatch(1);
            reader.progress(1000, () -> {
                running.countDown();
                return false;
            });
            Thread other = new Thread(() -> {
                try {
                    running.await();
                    reader.interrupt();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            other.start();
            assertThatExceptionOfType(SqliteException.class)
                    .isThrownBy(() -> reader.exec(ENDLESS))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(9));
            other.join();
            reader.clearProgress();
            assertThat(Rows.of(reader, "SELECT 1"))
                    .as("the interrupt does not stick")
                    .containsExactly("1");
        }
    }
}
