// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cleat.Batch;
import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a client may not do to a coordinator, whichever way it says it. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class MaliceTest {
    /** FILE stands for a path that must not come into being. */
    private static final List<String> FORBIDDEN = List.of(
            "ATTACH 'FILE' AS x",
            "aTtAcH DATABASE 'FILE' AS x",
            "/* SELECT */ ATTACH 'FILE' AS x -- ;",
            "\n;;;--x\nATTACH 'FILE' AS x",
            "EXPLAIN ATTACH 'FILE' AS x",
            "DETACH main",
            "VACUUM INTO 'FILE'",
            "VACUUM main/**/INTO/**/'FILE'",
            "SELECT load_extension('FILE')",
            "SELECT LOAD_EXTENSION('FILE', 'x')",
            "SELECT \"load_extension\"('FILE')",
            "WITH a AS (SELECT load_extension('FILE')) SELECT * FROM a",
            "SELECT 1 WHERE 1 IN (SELECT load_extension('FILE'))",
            "SELECT writefile('FILE', 'x')",
            "SELECT readfile('/etc/passwd')",
            "SELECT edit('x', 'touch FILE')",
            "SELECT fts3_tokenizer('simple', x'0000000000000000')",
            "SELECT * FROM fsdir('/')",
            "SELECT * FROM sqlite_dbpage",
            "UPDATE sqlite_schema SET sql = 'x'",
            "DELETE FROM sqlite_master",
            "PRAGMA journal_mode=DELETE",
            "PRAGMA main.journal_mode(OFF)",
            "PRAGMA locking_mode=EXCLUSIVE",
            "PRAGMA writable_schema=ON",
            "PRAGMA writable_schema(1)",
            "pragma/**/WRITABLE_SCHEMA /**/ = /**/ 1",
            "EXPLAIN PRAGMA writable_schema=ON",
            "PRAGMA temp_store_directory='FILE'",
            "PRAGMA data_store_directory='FILE'",
            "PRAGMA mmap_size=1000000000",
            "PRAGMA page_size=512",
            "PRAGMA max_page_count=1",
            "PRAGMA key='x'",
            "PRAGMA rekey='x'",
            "PRAGMA hexkey='00'",
            "PRAGMA trusted_schema=OFF",
            "PRAGMA cell_size_check=OFF",
            "PRAGMA hard_heap_limit=1",
            "PRAGMA soft_heap_limit=1",
            "PRAGMA query_only=ON",
            "PRAGMA synchronous=OFF",
            "PRAGMA wal_checkpoint(TRUNCATE)",
            "PRAGMA wal_autocheckpoint=1",
            "PRAGMA busy_timeout=100000",
            "PRAGMA cache_size=1000000",
            "PRAGMA temp_store=FILE",
            "PRAGMA secure_delete=ON",
            "PRAGMA incremental_vacuum",
            "PRAGMA shrink_memory",
            "PRAGMA threads=8",
            "PRAGMA schema_version=1",
            "PRAGMA case_sensitive_like=ON",
            "PRAGMA database_list=1; PRAGMA writable_schema=1",
            "SELECT * FROM pragma_writable_schema",
            "SELECT * FROM pragma_optimize",
            "SELECT * FROM pragma_wal_checkpoint",
            "SELECT * FROM \"PRAGMA_hard_heap_limit\"(1)",
            "WITH a AS (SELECT * FROM pragma_wal_checkpoint) SELECT * FROM a",
            "CREATE VIEW evil AS SELECT * FROM pragma_wal_checkpoint",
            "CREATE VIEW evil AS SELECT load_extension('FILE') AS a",
            "CREATE TRIGGER evil AFTER INSERT ON t BEGIN SELECT load_extension('FILE'); END",
            "CREATE TEMP TRIGGER evil AFTER INSERT ON t BEGIN SELECT 1; END",
            "CREATE VIRTUAL TABLE evil USING csv('FILE')",
            "CREATE VIRTUAL TABLE evil USING zipfile('FILE')");

    @TempDir
    Path folder;

    @Test
    void shouldRefuseWhateverWayItIsSaid() throws IOException {
        final Place place = Place.in(folder, "malice");
        final Path file = folder.resolve("planted");
        final List<String> let = new ArrayList<>();
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            for (final String statement : FORBIDDEN) {
                final String sql = statement.replace("FILE", file.toString());
                attempt(let, "query " + sql, () -> database.query(sql, row -> row.type(0)));
                attempt(let, "update " + sql, () -> database.update(sql));
                attempt(let, "script " + sql, () -> database.script("INSERT INTO t VALUES('script');" + sql));
                attempt(
                        let,
                        "batch " + sql,
                        () -> database.batch(
                                new Batch().add("INSERT INTO t VALUES('batch')").add(sql)));
                attempt(
                        let,
                        "transaction " + sql,
                        () -> database.inTransaction(transaction -> transaction.update(sql)));
                // What a view or trigger can hide shows when it is used.
                use(let, database, sql);
                assertThat(file).as(sql).doesNotExist();
            }
            assertThat(let).isEmpty();
            assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
            assertThat(database.query("PRAGMA journal_mode", row -> row.getText(0)))
                    .containsExactly("wal");
            assertThat(database.queryLong("PRAGMA foreign_keys")).isZero();
            assertThat(database.query("PRAGMA integrity_check", row -> row.getText(0)))
                    .containsExactly("ok");
            database.update("VACUUM");
            assertThat(coordinator.isClosed()).isFalse();
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(path -> String.valueOf(path.getFileName())))
                    .containsExactlyInAnyOrder("dir", "malice.db");
        }
    }

    private static void use(List<String> let, Database database, String sql) {
        if (sql.startsWith("CREATE VIEW") && isThere(database, "evil")) {
            attempt(let, "use " + sql, () -> database.query("SELECT * FROM evil", row -> row.type(0)));
            let.remove("query " + sql);
            let.remove("update " + sql);
            database.update("DROP VIEW evil");
        } else if (sql.startsWith("CREATE TRIGGER") && isThere(database, "evil")) {
            attempt(let, "use " + sql, () -> database.update("INSERT INTO t VALUES(1)"));
            let.remove("query " + sql);
            let.remove("update " + sql);
            database.update("DROP TRIGGER evil");
        }
    }

    private static boolean isThere(Database database, String name) {
        return database.queryLong("SELECT count(*) FROM sqlite_schema WHERE name = ?", name) > 0;
    }

    private static void attempt(List<String> let, String what, Runnable call) {
        try {
            call.run();
            let.add(what);
        } catch (CleatException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    /** Each ends by a limit or at its deadline, while others are served; the coordinator does not grow by it. */
    @Test
    void shouldEndBombsWhileOthersWork() throws Exception {
        final Place place = Place.in(folder, "bombs");
        try (ChildJvm coordinator = place.serve("maxValueBytes=50000000");
                Database database = place.open();
                Database other = place.open()) {
            database.update("CREATE TABLE t(a)");

            for (final String sql : List.of(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT count(*) FROM n",
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT group_concat(i) FROM n",
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT json_group_array(i) FROM n",
                    "WITH RECURSIVE n(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM n) SELECT max(length(s)) FROM n",
                    "SELECT zeroblob(1000000000)",
                    "SELECT length(randomblob(1000000000))",
                    "SELECT length(printf('%*c', 1000000000, 'x'))",
                    "SELECT length(hex(zeroblob(40000000)))",
                    "SELECT length(replace(hex(zeroblob(20000000)), '0', 'xxxxxxxxxx'))",
                    "INSERT INTO t SELECT zeroblob(1000000000)",
                    "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
                    "SELECT " + "1+(".repeat(2000) + "1" + ")".repeat(2000),
                    "SELECT " + "NOT ".repeat(5000) + "1",
                    "SELECT 1" + " UNION ALL SELECT 1".repeat(1000),
                    "SELECT '" + "x".repeat(20 << 20) + "'",
                    "SELECT '" + "a".repeat(100_000) + "' LIKE '" + "%a".repeat(20_000) + "b'")) {
                final long startNs = System.nanoTime();
                final CleatException e =
                        catchThrowableOfType(CleatException.class, () -> database.withTimeout(Duration.ofSeconds(2))
                                .query(sql, row -> row.type(0)));
                assertThat(e).as(start(sql)).isNotNull();
                assertThat(System.nanoTime() - startNs)
                        .as(start(sql) + " " + e)
                        .isLessThan(TimeUnit.SECONDS.toNanos(20));
                assertThat(other.queryLong("SELECT 7")).isEqualTo(7);
            }
            other.update("INSERT INTO t VALUES(1)");
            assertThat(other.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
            assertThat(residentMib(coordinator.pid())).isLessThan(1500);
        }
    }

    private static String start(String sql) {
        return sql.substring(0, Math.min(90, sql.length()));
    }

    private static long residentMib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10)
                .findFirst()
                .orElseThrow();
    }
}
