// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class CatalogTest {
    @TempDir
    Path folder;

    private SqliteDatabase database;
    private SqliteConnection writer;

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("t.db")));
        writer = database.writer();
        writer.exec("CREATE TABLE Plain(a UNIQUE)");
        writer.exec("CREATE TABLE keyed(k PRIMARY KEY) WITHOUT ROWID");
        writer.exec("CREATE VIEW shown AS SELECT * FROM plain");
        writer.exec("CREATE VIRTUAL TABLE docs USING fts5(body)");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void shouldKnowWhatStandsBehindAName() {
        Catalog catalog = writer.catalog();
        assertThat(table(catalog, "PLAIN").name()).isEqualTo("Plain");
        assertThat(table(catalog, "plain").kind()).isEqualTo(Catalog.Kind.ORDINARY);
        assertThat(table(catalog, "plain").sql()).isEqualTo("CREATE TABLE Plain(a UNIQUE)");
        assertThat(table(catalog, "plain").rootPage()).isGreaterThan(1);
        assertThat(table(catalog, "keyed").kind()).isEqualTo(Catalog.Kind.WITHOUT_ROWID);
        assertThat(table(catalog, "shown").kind()).isEqualTo(Catalog.Kind.VIEW);
        assertThat(table(catalog, "docs").kind()).isEqualTo(Catalog.Kind.VIRTUAL);
        assertThat(table(catalog, "docs").shadow()).isFalse();
        assertThat(table(catalog, "docs_idx").shadow()).isTrue();
        assertThat(table(catalog, "docs_idx").kind()).isEqualTo(Catalog.Kind.WITHOUT_ROWID);
        assertThat(table(catalog, "docs_content").kind()).isEqualTo(Catalog.Kind.ORDINARY);
        assertThat(table(catalog, "sqlite_schema").rootPage()).isEqualTo(1);
        assertThat(catalog.table("sqlite_autoindex_Plain_1")).isNull();
        assertThat(catalog.schemaVersion()).isEqualTo(writer.schemaVersion());
    }

    @Test
    void shouldBeReadAgainOnlyWhenTheSchemaChanged() {
        Catalog before = writer.catalog();
        writer.exec("INSERT INTO plain VALUES(1)");
        assertThat(writer.catalog()).isSameAs(before);
        writer.exec("CREATE TABLE x(a)");
        assertThat(writer.catalog()).isNotSameAs(before);
        SqliteConnection reader = database.openReader();
        Catalog seen = reader.catalog();
        assertThat(seen.changesTo(writer.catalog())).isEmpty();
        writer.exec("DROP TABLE x");
        assertThat(reader.catalog().table("x")).isNull();
        assertThat(seen.table("x")).isNotNull();
    }

    @Test
    void shouldSeeOwnUncommittedChangesAndForgetThoseUndone() {
        SqliteConnection reader = database.openReader();
        writer.beginImmediate();
        writer.exec("CREATE TABLE x(a)");
        assertThat(writer.catalog().table("x")).isNotNull();
        assertThat(reader.catalog().table("x")).isNull();
        writer.rollback();
        writer.beginImmediate();
        writer.exec("CREATE TABLE y(a)");
        assertThat(writer.catalog().table("x")).isNull();
        assertThat(writer.catalog().table("y")).isNotNull();
        writer.commit();
        assertThat(reader.catalog().table("y")).isNotNull();
    }

    @Test
    void shouldTellWhichTablesChanged() {
        assertThat(changes("CREATE TABLE x(a)")).containsExactly("sqlite_schema", "x");
        assertThat(changes("ALTER TABLE x ADD COLUMN b")).containsExactly("sqlite_schema", "x");
        assertThat(changes("ALTER TABLE x RENAME TO Y")).containsExactly("Y", "sqlite_schema", "x");
        assertThat(changes("CREATE INDEX y_a ON y(a)")).containsExactly("sqlite_schema");
        assertThat(changes("CREATE VIEW z AS SELECT * FROM y")).containsExactly("sqlite_schema");
        assertThat(changes("CREATE TRIGGER r AFTER INSERT ON y BEGIN SELECT 1; END"))
                .containsExactly("sqlite_schema");
        assertThat(changes("DROP VIEW z")).containsExactly("sqlite_schema");
        assertThat(changes("DROP TABLE y")).containsExactly("Y", "sqlite_schema");
        assertThat(changes("CREATE TABLE x AS SELECT * FROM plain")).containsExactly("sqlite_schema", "x");
        assertThat(changes("ANALYZE")).contains("sqlite_schema", "sqlite_stat1");
        assertThat(changes("INSERT INTO x VALUES(1)")).isEmpty();
        assertThat(changes("DROP TABLE docs"))
                .contains("docs", "docs_config", "docs_content", "docs_data", "docs_docsize", "docs_idx");
    }

    @Test
    void shouldTellWithTheStatementThatATableWasMadeAgain() {
        Catalog before = writer.catalog();
        writer.beginImmediate();
        StatementInfo drop = writer.describe("DROP TABLE plain");
        writer.exec("DROP TABLE plain");
        writer.exec("CREATE TABLE Plain(a UNIQUE)");
        writer.commit();
        TableChanges told = TableChanges.of(before.changesTo(writer.catalog())).with(drop.changes());
        assertThat(told.kindsOf("plain")).isEqualTo(TableChange.ANY);
    }

    @Test
    void shouldShareTheFileWithOthersWhenNotExclusive() throws SQLException {
        Path file = folder.resolve("shared.db");
        SqliteSettings settings = SqliteSettings.of(file).exclusive(false).busyTimeoutMs(50);
        try (SqliteDatabase shared = SqliteDatabase.open(settings);
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement theirs = other.createStatement()) {
            assertThat(shared.isExclusive()).isFalse();
            SqliteConnection ours = shared.writer();
            ours.exec("CREATE TABLE t(a)");
            long own = ours.dataVersion();
            ours.exec("INSERT INTO t VALUES(1)");
            assertThat(ours.dataVersion()).isEqualTo(own);
            theirs.execute("INSERT INTO t VALUES(2)");
            long foreign = ours.dataVersion();
            assertThat(foreign).isNotEqualTo(own);
            assertThat(ours.dataVersion()).isEqualTo(foreign);
            assertThat(Rows.of(ours, "SELECT a FROM t")).containsExactly("1", "2");

            Catalog before = ours.catalog();
            assertThat(ours.describe("SELECT * FROM t").columnCount()).isEqualTo(1);
            theirs.execute("ALTER TABLE t ADD COLUMN b");
            theirs.execute("CREATE TABLE u(a)");
            assertThat(names(before.changesTo(ours.catalog()))).containsExactly("sqlite_schema", "t", "u");
            assertThat(ours.describe("SELECT * FROM t, u").reads()).containsExactlyInAnyOrder("t", "u");
            assertThat(ours.describe("SELECT * FROM t").columnCount()).isEqualTo(2);

            theirs.execute("BEGIN IMMEDIATE");
            assertThat(failureOf(ours, "INSERT INTO t(a) VALUES(3)").primaryCode())
                    .isEqualTo(ResultCode.BUSY);
            theirs.execute("COMMIT");
            ours.exec("INSERT INTO t(a) VALUES(3)");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ROLLBACK",
                "ROLLBACK TO s; COMMIT",
                "INSERT OR ROLLBACK INTO t VALUES(1)",
            })
    void shouldTellAnothersSchemaFromAnUndoneOneOfTheSameVersion(String undo) throws SQLException {
        Path file = folder.resolve("shared.db");
        try (SqliteDatabase shared = SqliteDatabase.open(SqliteSettings.of(file).exclusive(false));
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement theirs = other.createStatement()) {
            SqliteConnection ours = shared.writer();
            ours.exec("CREATE TABLE t(a UNIQUE)");
            ours.exec("INSERT INTO t VALUES(1)");
            ours.beginImmediate();
            ours.exec("SAVEPOINT s");
            ours.exec("CREATE TABLE undone(a)");
            long version = ours.catalog().schemaVersion();
            for (String sql : undo.split(";", -1)) {
                if (sql.startsWith("INSERT")) {
                    assertThat(failureOf(ours, sql).primaryCode()).isEqualTo(19);
                } else {
                    ours.exec(sql);
                }
            }
            assertThat(ours.inTransaction()).isFalse();
            theirs.execute("CREATE TABLE theirs(a)");
            assertThat(ours.catalog().schemaVersion()).isEqualTo(version);
            assertThat(ours.catalog().table("undone")).isNull();
            assertThat(ours.catalog().table("theirs")).isNotNull();
            assertThat(ours.describe("DELETE FROM theirs").changes())
                    .containsExactly(new TableChange("theirs", TableChange.DELETE));
        }
    }

    @Test
    void shouldCountOnlyTheCommitsOfOtherConnections() {
        SqliteConnection reader = database.openReader();
        long seen = reader.dataVersion();
        long own = writer.dataVersion();
        writer.beginImmediate();
        writer.exec("INSERT INTO plain VALUES(5)");
        assertThat(reader.dataVersion()).isEqualTo(seen);
        writer.commit();
        assertThat(reader.dataVersion()).isNotEqualTo(seen);
        assertThat(writer.dataVersion()).isEqualTo(own);
    }

    private static SqliteException failureOf(SqliteConnection connection, String sql) {
        try {
            connection.exec(sql);
        } catch (SqliteException e) {
            return e;
        }
        throw new AssertionError("it did not fail: " + sql);
    }

    private Set<String> changes(String sql) {
        Catalog before = writer.catalog();
        writer.exec(sql);
        return names(before.changesTo(writer.catalog()));
    }

    private static Set<String> names(List<TableChange> changes) {
        return changes.stream().map(TableChange::table).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Catalog.Table table(Catalog catalog, String name) {
        return Objects.requireNonNull(catalog.table(name), name);
    }
}
