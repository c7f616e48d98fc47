// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteStatementTest {
    @TempDir
    Path folder;

    private SqliteDatabase database;
    private SqliteConnection writer;

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("t.db")).cachedStatements(4));
        writer = database.writer();
        writer.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b)");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void shouldGiveExtendedCodesWhenConstraintsFail() {
        writer.exec("CREATE TABLE p(x PRIMARY KEY, y NOT NULL, z CHECK (z > 0), f REFERENCES t(id)) WITHOUT ROWID");
        writer.exec("PRAGMA foreign_keys=ON");
        writer.exec("INSERT INTO t VALUES(1, 'a', 1)");
        writer.exec("INSERT INTO p VALUES(1, 1, 1, 1)");
        assertCode(2067, "[SQLITE_CONSTRAINT_UNIQUE] UNIQUE constraint failed: t.a", "INSERT INTO t(a) VALUES('a')");
        assertCode(
                1555, "[SQLITE_CONSTRAINT_PRIMARYKEY] UNIQUE constraint failed: t.id", "INSERT INTO t(id) VALUES(1)");
        assertCode(1299, "[SQLITE_CONSTRAINT_NOTNULL] NOT NULL constraint failed: p.y", "INSERT INTO p(x) VALUES(2)");
        assertCode(275, "[SQLITE_CONSTRAINT_CHECK] CHECK constraint failed: z > 0", "INSERT INTO p VALUES(2, 2, 0, 1)");
        assertCode(
                787,
                "[SQLITE_CONSTRAINT_FOREIGNKEY] FOREIGN KEY constraint failed",
                "INSERT INTO p VALUES(2, 2, 1, 9)");
        assertCode(1, "[SQLITE_ERROR] no such table: nowhere", "SELECT * FROM nowhere");
        assertCode(1, "[SQLITE_ERROR] near \"SELEC\": syntax error", "SELEC 1");
        assertCode(21, "[SQLITE_MISUSE] no statement: only white space or comments", " -- nothing");
    }

    private void assertCode(int code, String message, String sql) {
        assertThatExceptionOfType(SqliteException.class)
                .isThrownBy(() -> writer.exec(sql))
                .withMessage(message)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code))
                .satisfies(e -> assertThat(e.primaryCode()).isEqualTo(code & 0xff))
                .satisfies(e -> assertThat(e.sql()).isEqualTo(sql));
    }

    @Test
    void shouldRefuseIndexesOutside() {
        try (SqliteStatement statement = writer.prepare("SELECT ?, ?")) {
            assertThat(statement.parameterCount()).isEqualTo(2);
            statement.bindLong(0, 7);
            statement.bindLong(1, 8);
            assertThatThrownBy(() -> statement.bindLong(2, 1))
                    .hasMessage("[SQLITE_RANGE] column index out of range (index=2 parameterCount=2)");
            assertThatThrownBy(() -> statement.bindNull(-1)).isInstanceOf(SqliteException.class);
            assertThatThrownBy(() -> statement.columnLong(0)).isInstanceOf(IllegalStateException.class);
            assertThat(statement.step()).isTrue();
            assertThat(Rows.row(statement)).isEqualTo("7|8");
            assertThatThrownBy(() -> statement.columnLong(2)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(statement.step()).isFalse();
            assertThatThrownBy(statement::step).isInstanceOf(IllegalStateException.class);
            statement.reset();
            assertThat(statement.step()).isTrue();
            assertThat(Rows.row(statement)).as("bindings stay").isEqualTo("7|8");
        }
        assertThat(Rows.of(writer, "SELECT ?, ?"))
                .as("bindings are cleared in the cache")
                .containsExactly("|");
    }

    @Test
    void shouldNoticeOtherColumnsWhenTheWriterChangedTheSchema() {
        writer.exec("INSERT INTO t VALUES(1, 'a', 1)");
        try (SqliteConnection reader = database.openReader();
                SqliteStatement all = reader.prepare("SELECT * FROM t")) {
            assertThat(all.step()).isTrue();
            assertThat(all.columnCount()).isEqualTo(3);
            int version = all.columnsVersion();
            writer.beginImmediate();
            writer.exec("ALTER TABLE t ADD COLUMN c INTEGER DEFAULT 5");
            assertThat(Rows.of(writer, "SELECT * FROM t")).containsExactly("1|a|1|5");
            all.reset();
            assertThat(all.step()).isTrue();
            assertThat(all.columnCount()).as("not committed").isEqualTo(3);
            all.reset();
            writer.commit();
            assertThat(all.step()).isTrue();
            assertThat(Rows.row(all)).isEqualTo("1|a|1|5");
            assertThat(all.columnName(3)).isEqualTo("c");
            assertThat(all.columnDeclaredType(3)).isEqualTo("INTEGER");
            assertThat(all.columnDeclaredType(2)).isNull();
            assertThat(all.columnsVersion()).isNotEqualTo(version);
            all.reset();
            writer.exec("ALTER TABLE t RENAME COLUMN c TO d");
            assertThat(all.step()).isTrue();
            assertThat(all.columnName(3)).as("same count, other name").isEqualTo("d");
            assertThat(all.columnsVersion()).isEqualTo(version + 2);
            all.reset();
            all.step();
            assertThat(all.columnsVersion()).isEqualTo(version + 2);
        }
    }

    @Test
    void shouldSeeTheOldColumnsAgainWhenASchemaChangeIsRolledBack() {
        writer.beginImmediate();
        writer.exec("ALTER TABLE t ADD COLUMN c");
        try (SqliteStatement all = writer.prepare("SELECT * FROM t")) {
            all.step();
            assertThat(all.columnCount()).isEqualTo(4);
        }
        writer.rollback();
        try (SqliteStatement all = writer.prepare("SELECT * FROM t")) {
            all.step();
            assertThat(all.columnCount()).isEqualTo(3);
        }
    }

    @Test
    void shouldGiveTwoUsersOfOneTextStatementsOfTheirOwn() {
        String sql = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n";
        try (SqliteStatement first = writer.prepare(sql);
                SqliteStatement second = writer.prepare(sql)) {
            first.step();
            first.step();
            second.step();
            assertThat(List.of(first.columnLong(0), second.columnLong(0))).containsExactly(2L, 1L);
        }
        try (SqliteStatement again = writer.prepare(sql)) {
            again.step();
            assertThat(again.columnLong(0)).isEqualTo(1);
        }
    }

    @Test
    void shouldWorkWhenMoreTextsAreUsedThanTheCacheHolds() {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 20; i++) {
                assertThat(Rows.of(writer, "SELECT " + i)).containsExactly(String.valueOf(i));
            }
        }
    }

    @Test
    void shouldThrowRatherThanCrashWhenUsedAfterTheConnection() {
        SqliteConnection reader = database.openReader();
        SqliteStatement running = reader.prepare("SELECT 1 UNION ALL SELECT 2");
        running.step();
        reader.close();
        assertThatThrownBy(running::step).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> running.columnLong(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> running.bindLong(0, 1)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> reader.prepare("SELECT 1")).isInstanceOf(IllegalStateException.class);
        running.close();
        reader.interrupt();
        reader.close();
    }

    @Test
    void shouldCommitARowReturningWriteWhenItIsResetEarly() {
        try (SqliteStatement insert = writer.prepare("INSERT INTO t(a) VALUES('x'), ('y') RETURNING id")) {
            assertThat(insert.step()).isTrue();
            insert.reset();
        }
        try (SqliteConnection reader = database.openReader()) {
            assertThat(Rows.of(reader, "SELECT count(*) FROM t")).containsExactly("2");
        }
        assertThat(writer.lastInsertRowId()).isEqualTo(2);
        assertThat(writer.changes()).isEqualTo(2);
    }
}
