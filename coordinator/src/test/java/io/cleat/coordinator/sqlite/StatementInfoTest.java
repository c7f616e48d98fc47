// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StatementInfoTest {
    @TempDir
    Path folder;

    private SqliteDatabase database;
    private SqliteConnection writer;

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("t.db")));
        writer = database.writer();
        writer.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        writer.exec("CREATE VIEW v AS SELECT a FROM t");
        writer.exec("CREATE TRIGGER i INSTEAD OF INSERT ON v BEGIN INSERT INTO t(a) VALUES(new.a); END");
        writer.exec("CREATE VIRTUAL TABLE f USING fts5(a)");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "READ   # SELECT * FROM t",
                "READ   # VALUES(1)",
                "READ   # SELECT a, count(*) FROM t GROUP BY a ORDER BY 2",
                "READ   # WITH x AS MATERIALIZED (SELECT * FROM t) SELECT * FROM x, x y ORDER BY 1",
                "READ   # SELECT * FROM f WHERE f MATCH 'a'",
                "READ   # EXPLAIN DELETE FROM t",
                "READ   # explain query plan delete from t",
                "READ   # PRAGMA table_info(t)",
                "READ   # PRAGMA main.table_info('t')",
                "READ   # PRAGMA \"journal_mode\"",
                "READ   # PRAGMA foreign_keys;",
                "READ   # pragma User_Version",
                "READ   # PRAGMA foreign_keys=OFF",
                "READ   # PRAGMA main.foreign_keys(0)",
                "READ   # PRAGMA journal_mode=wal",
                "READ   # PRAGMA journal_mode='WAL'",
                "READ   # PRAGMA synchronous=full",
                "READ   # PRAGMA synchronous = 2",
                "READ   # PRAGMA cache_size=-16384",
                "READ   # PRAGMA encoding=\"UTF-8\"",
                "READ   # SELECT * FROM pragma_table_info('t')",
                "READ   # SELECT 'pragma_writable_schema'",
                "WRITE  # INSERT INTO t(a) VALUES(?)",
                "WRITE  # DELETE FROM t WHERE 0",
                "WRITE  # WITH x AS (SELECT 1) UPDATE t SET a = 1",
                "WRITE  # REPLACE INTO t VALUES(1, 2)",
                "WRITE  # INSERT INTO v VALUES(1)",
                "WRITE  # INSERT INTO f VALUES('x')",
                "SCHEMA # CREATE TABLE x(a)",
                "SCHEMA # /* c */ CREATE TABLE x AS SELECT * FROM t",
                "SCHEMA # DROP TABLE t",
                "SCHEMA # ALTER TABLE t RENAME TO y",
                "SCHEMA # ANALYZE",
                "SCHEMA # REINDEX",
                "SCHEMA # PRAGMA user_version = 5",
                "SCHEMA # PRAGMA main.application_id(7)",
                "SCHEMA # PRAGMA optimize",
                "ALONE  # VACUUM",
                "TRANSACTION # BEGIN IMMEDIATE",
                "TRANSACTION # BEGIN EXCLUSIVE TRANSACTION",
                "TRANSACTION # ;COMMIT",
                "TRANSACTION # SAVEPOINT x"
            })
    void shouldKnowTheKind(StatementKind kind, String sql) {
        StatementInfo info = writer.describe(sql);
        assertThat(info.kind()).as("%s", info).isEqualTo(kind);
        assertThat(info.refusal()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ATTACH 'x' AS y",
                "; ;-- c\n/* d */ attach 'x' as y",
                "EXPLAIN ATTACH 'x' AS y",
                "EXPLAIN QUERY PLAN ATTACH 'x' AS y",
                "DETACH main",
                "VACUUM INTO 'x'",
                "VACUUM main INTO 'x'",
                "PRAGMA foreign_keys=ON",
                "EXPLAIN PRAGMA foreign_keys=ON",
                "EXPLAIN PRAGMA foreign_keys=OFF",
                "PRAGMA foreign_keys=",
                "PRAGMA foreign_keys=2",
                "PRAGMA foreign_keys=-0",
                "PRAGMA temp.foreign_keys=OFF",
                "PRAGMA synchronous=ON",
                "PRAGMA query_only=ON",
                "PRAGMA query_only=OFF",
                "PRAGMA cache_size=-2001",
                "PRAGMA foreign_keys(ON)",
                "PRAGMA/**/main . \"journal_mode\" = delete",
                "PRAGMA 'locking_mode'=normal",
                "PRAGMA writable_schema",
                "PRAGMA [writable_schema]=1",
                "PRAGMA temp.user_version=1",
                "PRAGMA wal_checkpoint",
                "PRAGMA temp_store_directory='/x'",
                "PRAGMA schema_version=3",
                "PRAGMA",
                "SELECT * FROM pragma_optimize",
                "SELECT * FROM \"pragma_optimize\"",
                "CREATE VIEW x AS SELECT * FROM [Pragma_Optimize]",
                "SELECT load_extension('x')",
                "CREATE TEMP TABLE x(a)",
                "CREATE TABLE temp.x(a)",
                "CREATE TEMPORARY VIEW x AS SELECT 1",
                "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
                "SELECT 1; SELECT 2",
                "SELECT 1; ATTACH 'x' AS y",
                "SELECT 1\0; SELECT 2",
                "",
                "-- nothing"
            })
    void shouldRefuseWhatIsNotForClients(String sql) {
        StatementInfo info = writer.describe(sql);
        assertThat(info.kind()).isEqualTo(StatementKind.REFUSED);
        assertThat(info.refusal()).isNotBlank();
        assertThat(writer.queryLong("PRAGMA foreign_keys")).isZero();
        assertThat(writer.queryText("PRAGMA journal_mode")).isEqualTo("wal");
    }

    @Test
    void shouldSayWhatAPragmaIsAndWhatToDoWhenItWouldBeSetToSomethingElse() {
        assertThat(writer.describe("PRAGMA foreign_keys=ON").refusal())
                .isEqualTo("PRAGMA foreign_keys can be asked but not set: it belongs to the coordinator, where it is 0;"
                        + " set the coordinator's option foreignKeys (cleat serve --foreign-keys),"
                        + " or set it in a session of its own (Database.openSession())");
        assertThat(writer.describe("PRAGMA journal_mode=DELETE").refusal()).contains("where it is wal");
    }

    @Test
    void shouldSayWhyATemporaryTableIsRefused() {
        assertThat(writer.describe("CREATE TEMP TABLE x(a)").refusal())
                .startsWith("temporary tables are not shared between sessions and not supported: ");
        assertThat(writer.describe("SELECT * FROM sqlite_temp_schema").usesTemporary())
                .isTrue();
        assertThat(writer.describe("SELECT * FROM t ORDER BY a").usesTemporary())
                .isFalse();
    }

    @Test
    void shouldNotLoadExtensionsWhenAskedBehindTheGuardsBack() {
        assertThatThrownBy(() -> writer.exec("SELECT load_extension('x')")).hasMessage("[SQLITE_ERROR] not authorized");
    }

    @Test
    void shouldTellColumnsParametersAndConnectionState() {
        StatementInfo returning = writer.describe("INSERT INTO t(a) VALUES(?3) RETURNING id, a");
        assertThat(returning.returnsRows()).isTrue();
        assertThat(returning.columnCount()).isEqualTo(2);
        assertThat(returning.parameterCount()).isEqualTo(3);
        assertThat(returning.usesConnectionState()).isFalse();
        assertThat(writer.describe("SELECT Last_Insert_RowId()").usesConnectionState())
                .isTrue();
        assertThat(writer.describe("SELECT Last_Insert_RowId()").asksItself()).isTrue();
        assertThat(writer.describe("SELECT 1 WHERE changes() > 0").usesConnectionState())
                .isTrue();
        assertThat(writer.describe("DELETE FROM t WHERE id < total_changes()").usesConnectionState())
                .isTrue();
        assertThat(writer.describe("ROLLBACK TO x").effect()).isEqualTo(TransactionEffect.ROLLBACK_TO);
        assertThat(writer.describe("ROLLBACK").effect()).isEqualTo(TransactionEffect.ROLLBACK);
    }

    @Test
    void shouldAskAgainWhenTheSchemaChanged() {
        SqliteConnection reader = database.openReader();
        for (SqliteConnection connection : new SqliteConnection[] {writer, reader}) {
            assertThat(connection.describe("SELECT * FROM t").columnCount()).isEqualTo(2);
            connection.exec("SELECT * FROM t");
        }
        writer.exec("ALTER TABLE t ADD COLUMN b");
        for (SqliteConnection connection : new SqliteConnection[] {writer, reader}) {
            assertThat(connection.describe("SELECT * FROM t").columnCount()).isEqualTo(3);
        }
        writer.exec("DROP TABLE t");
        for (SqliteConnection connection : new SqliteConnection[] {writer, reader}) {
            assertThatThrownBy(() -> connection.describe("SELECT * FROM t"))
                    .hasMessage("[SQLITE_ERROR] no such table: t");
        }
    }
}
