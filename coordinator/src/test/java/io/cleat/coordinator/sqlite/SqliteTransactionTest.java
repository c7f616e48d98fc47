// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code inTransaction()} tells the truth whoever ended the transaction. */
final class SqliteTransactionTest {
    private static final String MANY =
            "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)";

    @TempDir
    Path folder;

    private SqliteDatabase database;
    private SqliteConnection writer;

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("t.db")).foreignKeys(true));
        writer = database.writer();
        writer.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE)");
        writer.exec("CREATE TABLE c(t REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED)");
        writer.exec("INSERT INTO t VALUES(1, 'one')");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void shouldStayOpenWhenAStatementIsAborted() {
        begin();
        assertThat(codeOf("INSERT INTO t VALUES(3, 'three'), (4, 'one')")).isEqualTo(2067);
        assertThat(writer.inTransaction()).isTrue();
        writer.commit();
        assertThat(ids()).as("only the statement is undone").isEqualTo("1,2");
    }

    @Test
    void shouldBeOverWhenAConflictRollsBack() {
        begin();
        assertThat(codeOf("INSERT OR ROLLBACK INTO t VALUES(3, 'one')")).isEqualTo(2067);
        assertOver();
    }

    @Test
    void shouldBeOverWhenATriggerRaisesRollback() {
        writer.exec("CREATE TRIGGER no BEFORE DELETE ON t BEGIN SELECT RAISE(ROLLBACK, 'never'); END");
        begin();
        assertThat(codeOf("DELETE FROM t")).isEqualTo(1811);
        assertOver();
    }

    @Test
    void shouldStayOpenWhenATriggerRaisesAbort() {
        writer.exec("CREATE TRIGGER no BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'never'); END");
        begin();
        assertThat(codeOf("DELETE FROM t")).isEqualTo(1811);
        assertThat(writer.inTransaction()).isTrue();
        writer.rollback();
    }

    @Test
    void shouldBeOverWhenAWriteIsInterrupted() {
        begin();
        writer.progress(1000, () -> true);
        assertThat(codeOf("INSERT INTO t(a) " + MANY + " SELECT i FROM n")).isEqualTo(9);
        writer.clearProgress();
        assertOver();
    }

    @Test
    void shouldStayOpenWhenAReadIsInterrupted() {
        begin();
        writer.progress(1000, () -> true);
        assertThat(codeOf(MANY + " SELECT count(*) FROM n")).isEqualTo(9);
        writer.clearProgress();
        assertThat(writer.inTransaction()).isTrue();
        writer.commit();
        assertThat(ids()).isEqualTo("1,2");
    }

    @Test
    void shouldBeOverWhenAWriteIsInterruptedWithACursorOpen() {
        begin();
        SqliteStatement cursor = writer.prepare("SELECT id FROM t ORDER BY id");
        assertThat(cursor.step()).isTrue();
        writer.progress(1000, () -> {
            writer.interrupt();
            return false;
        });
        assertThat(codeOf("INSERT INTO t(a) " + MANY + " SELECT i FROM n")).isEqualTo(9);
        writer.clearProgress();
        assertThat(writer.inTransaction()).isFalse();
        assertThatExceptionOfType(SqliteException.class)
                .isThrownBy(cursor::step)
                .satisfies(e -> assertThat(e.code()).isEqualTo(516));
        cursor.close();
        assertOver();
    }

    @Test
    void shouldTellTheTruthWhenTheFileIsFull() {
        writer.exec("PRAGMA max_page_count=10");
        begin();
        assertThat(codeOf("INSERT INTO t(a) " + MANY + " SELECT randomblob(2000) FROM n"))
                .isEqualTo(13);
        boolean open = writer.inTransaction();
        writer.rollback();
        assertThat(writer.inTransaction()).isFalse();
        writer.beginImmediate();
        writer.commit();
        assertThat(ids()).as("was open=%s", open).isEqualTo("1");
    }

    @Test
    void shouldStayOpenWhenACommitFails() {
        begin();
        writer.exec("INSERT INTO c VALUES(9)");
        assertThat(codeOf("COMMIT")).isEqualTo(787);
        assertThat(writer.inTransaction()).isTrue();
        writer.exec("INSERT INTO t VALUES(9, 'nine')");
        writer.commit();
        assertThat(writer.inTransaction()).isFalse();
        assertThat(ids()).isEqualTo("1,2,9");
    }

    @Test
    void shouldFollowSavepoints() {
        writer.exec("SAVEPOINT a");
        assertThat(writer.inTransaction()).isTrue();
        writer.exec("SAVEPOINT b");
        writer.exec("INSERT INTO t VALUES(2, 'two')");
        writer.exec("ROLLBACK TRANSACTION TO SAVEPOINT b");
        assertThat(writer.inTransaction()).isTrue();
        writer.exec("RELEASE b");
        assertThat(writer.inTransaction()).isTrue();
        writer.exec("RELEASE a");
        assertThat(writer.inTransaction()).isFalse();
        begin();
        writer.exec("SAVEPOINT a");
        writer.exec("RELEASE a");
        assertThat(writer.inTransaction()).isTrue();
        assertThat(codeOf("RELEASE nowhere")).isEqualTo(1);
        assertThat(codeOf("BEGIN")).isEqualTo(1);
        assertThat(writer.inTransaction()).isTrue();
        writer.exec("/* x */ END");
        assertThat(writer.inTransaction()).isFalse();
        assertThat(codeOf("COMMIT")).isEqualTo(1);
        assertThat(writer.inTransaction()).isFalse();
        writer.rollback();
    }

    @Test
    void shouldCountChangesOfAnythingThatChanged() {
        long before = writer.totalChanges();
        writer.exec("DELETE FROM t WHERE 0");
        assertThat(writer.totalChanges()).isEqualTo(before);
        writer.exec("DELETE FROM t");
        assertThat(writer.totalChanges()).as("truncating").isEqualTo(before + 1);
    }

    private void begin() {
        writer.beginImmediate();
        writer.exec("INSERT INTO t VALUES(2, 'two')");
    }

    private void assertOver() {
        assertThat(writer.inTransaction()).isFalse();
        assertThat(ids()).isEqualTo("1");
        writer.beginImmediate();
        writer.exec("INSERT INTO t VALUES(7, 'seven')");
        writer.commit();
        assertThat(ids()).isEqualTo("1,7");
    }

    private String ids() {
        try (SqliteConnection reader = database.openReader()) {
            return Rows.of(reader, "SELECT group_concat(id) FROM (SELECT id FROM t ORDER BY id)")
                    .get(0);
        }
    }

    private int codeOf(String sql) {
        try {
            writer.exec(sql);
            return 0;
        } catch (SqliteException e) {
            return e.code();
        }
    }
}
