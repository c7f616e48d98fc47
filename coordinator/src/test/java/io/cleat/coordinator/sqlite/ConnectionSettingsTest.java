// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One connection under the settings and counts of several sessions. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ConnectionSettingsTest {
    private static final int STRICT = SessionPragma.FOREIGN_KEYS.bit();
    private static final int EXACT = SessionPragma.CASE_SENSITIVE_LIKE.bit();

    @TempDir
    Path folder;

    private SqliteDatabase database;
    private SqliteConnection writer;

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("a.db")).synchronous(Synchronous.NORMAL));
        writer = database.writer();
        writer.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void shouldTryAgainWhenForeignKeysCannotBeChangedInATransaction() {
        writer.beginImmediate();
        writer.settings(STRICT);
        assertThat(writer.queryLong("PRAGMA foreign_keys")).isZero();
        assertThat(writer.settings()).isZero();
        writer.commit();
        writer.settings(STRICT);
        assertThat(writer.queryLong("PRAGMA foreign_keys")).isEqualTo(1);
        writer.settings(0);
        assertThat(writer.queryLong("PRAGMA foreign_keys")).isZero();
    }

    @Test
    void shouldTryAgainWhenLikeCannotBeChangedUnderAnActiveStatement() {
        writer.exec("INSERT INTO t VALUES (1, 1), (2, 2)");
        try (SqliteStatement active = writer.prepare("SELECT id FROM t")) {
            assertThat(active.step()).isTrue();
            writer.settings(EXACT);
            assertThat(writer.settings()).isZero();
        }
        writer.settings(EXACT);
        assertThat(writer.settings()).isEqualTo(EXACT);
        assertThat(writer.queryLong("SELECT 'a' LIKE 'A'")).isZero();
    }

    @Test
    void shouldAllocateNothingWhenTheSettingsAreThoseOfBefore() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        writer.settings(STRICT);
        compare(100_000);
        final long before = threads.getCurrentThreadAllocatedBytes();
        compare(100_000);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    }

    private void compare(int times) {
        for (int i = 0; i < times; i++) {
            writer.settings(STRICT);
        }
    }

    @Test
    void shouldLeaveTheLogAndTheTotalAloneWhenTheCountsAreSet() {
        writer.exec("INSERT INTO t VALUES (5, 1)");
        final long total = writer.totalChanges();
        final long walBytes = folder.resolve("a.db-wal").toFile().length();
        for (int i = 0; i < 1000; i++) {
            writer.counts().set(1_000_000L + i, i % 7);
            assertThat(writer.lastInsertRowId()).isEqualTo(1_000_000L + i);
            assertThat(writer.queryLong("SELECT changes()")).isEqualTo(i % 7);
        }
        assertThat(writer.totalChanges()).isEqualTo(total);
        assertThat(folder.resolve("a.db-wal").toFile()).hasSize(walBytes);
    }

    @Test
    void shouldSetCountsAgainWhenTheTableForThemWasRolledBack() {
        writer.beginImmediate();
        writer.counts().setLastRowId(7);
        writer.rollback();
        writer.beginImmediate();
        writer.counts().setLastRowId(-8);
        assertThat(writer.lastInsertRowId()).isEqualTo(-8);
        assertThat(writer.inTransaction()).isTrue();
        writer.exec("INSERT INTO t VALUES (1, 1)");
        writer.commit();
        assertThat(writer.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
    }
}
