// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SqlSplitterTest {
    private static final String TRIGGER = """
            CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN
              UPDATE a SET b = CASE WHEN b = ';' THEN 1 ELSE 2 END;
              SELECT CASE 1 WHEN 2 THEN 3 END; -- END;
            END""";

    @TempDir
    Path folder;

    @Test
    void shouldSplitWhereTheShellSplits() {
        assertThat(SqlSplitter.split("SELECT 1; SELECT 2")).containsExactly("SELECT 1", "SELECT 2");
        assertThat(SqlSplitter.split(" ;; SELECT 1 ;\r\n; /* ; */ -- ;\r\n")).containsExactly("SELECT 1");
        assertThat(SqlSplitter.split("SELECT ';''', \";\"\"\", [;'], `;```, x'3b';SELECT 2"))
                .containsExactly("SELECT ';''', \";\"\"\", [;'], `;```, x'3b'", "SELECT 2");
        assertThat(SqlSplitter.split("-- one; two\nSELECT 1; /* never closed; SELECT 2"))
                .containsExactly("-- one; two\nSELECT 1");
        assertThat(SqlSplitter.split("/*/ ; */ SELECT 1 /**/;SELECT 'open; SELECT 2"))
                .containsExactly("/*/ ; */ SELECT 1 /**/", "SELECT 'open; SELECT 2");
        assertThat(SqlSplitter.split("SELECT $a::b(;), :c, ?3; SELECT 2"))
                .containsExactly("SELECT $a::b(;), :c, ?3", "SELECT 2");
        assertThat(SqlSplitter.split("\uFEFFSELECT 1;\uFEFF")).containsExactly("SELECT 1");
        assertThat(SqlSplitter.split(TRIGGER + ";\nSELECT 1;")).containsExactly(TRIGGER, "SELECT 1");
        String crlf = TRIGGER.replace("\n", "\r\n");
        assertThat(SqlSplitter.split("EXPLAIN QUERY PLAN " + crlf + ";SELECT 1"))
                .containsExactly("EXPLAIN QUERY PLAN " + crlf, "SELECT 1");
        assertThat(SqlSplitter.split("CREATE TABLE \"trigger\"(a); SELECT 1")).hasSize(2);
        assertThat(SqlSplitter.split("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1", ";SELECT 1;; -- x", "SELECT ';'", TRIGGER, "/* ; */ SELECT 1 -- ; y"})
    void shouldKnowOneStatement(String sql) {
        assertThat(SqlSplitter.isSingle(sql)).isTrue();
        assertThat(SqlSplitter.isEmpty(sql)).isFalse();
        assertThat(SqlSplitter.isSingle(sql + "\n; SELECT 2")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ";", " \t\r\n\f", "-- SELECT 1", "/* SELECT 1", ";;/**/;", "\uFEFF"})
    void shouldKnowAnEmptyText(String sql) {
        assertThat(SqlSplitter.isEmpty(sql)).isTrue();
        assertThat(SqlSplitter.isSingle(sql)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"chinook/Chinook_Sqlite.sql", "northwind/create.sql"})
    void shouldLoadARealScriptAsSqliteItselfDoes(String name) throws IOException, SQLException {
        String script = Files.readString(SharedData.file(name));
        Path plainFile = folder.resolve("plain.db");
        try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + plainFile);
                Statement statement = plain.createStatement()) {
            statement.execute("PRAGMA synchronous=OFF");
            statement.execute("PRAGMA journal_mode=MEMORY");
            statement.executeUpdate("BEGIN;" + withoutTransactions(script) + ";COMMIT");
        }
        List<String> statements = SqlSplitter.split(script);
        try (SqliteDatabase ours = SqliteDatabase.open(SqliteSettings.of(folder.resolve("ours.db")));
                SqliteDatabase theirs = SqliteDatabase.open(SqliteSettings.of(plainFile))) {
            SqliteConnection writer = ours.writer();
            writer.beginImmediate();
            for (String sql : statements) {
                assertThat(SqlSplitter.isSingle(sql)).isTrue();
                if (SqlHead.of(sql).effect() == TransactionEffect.NONE) {
                    writer.exec(sql);
                }
            }
            writer.commit();
            String objects = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2";
            assertThat(Rows.of(writer, objects)).hasSizeGreaterThan(10).isEqualTo(Rows.of(theirs.writer(), objects));
            for (String table : Rows.of(writer, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")) {
                String all = "SELECT * FROM \"" + table + "\"";
                assertThat(Rows.of(writer, all)).as(table).isEqualTo(Rows.of(theirs.writer(), all));
            }
        }
    }

    private static String withoutTransactions(String script) {
        StringBuilder rest = new StringBuilder();
        for (String line : script.split("\n", -1)) {
            if (!line.trim().matches("(?i)(BEGIN|COMMIT|END)( TRANSACTION)?;")) {
                rest.append(line).append('\n');
            }
        }
        return rest.toString();
    }

    @Test
    void shouldGiveBackTheStatementsThatWereJoined() {
        List<String> parts = List.of(
                "SELECT 1",
                TRIGGER,
                "SELECT ';', [;], \";\", `;` /* ; */, $a(;), x';'",
                "EXPLAIN " + TRIGGER,
                "CREATE TABLE trigger_t(a -- ;\n)",
                "INSERT INTO a VALUES('it''s; END')",
                "BEGIN",
                "END");
        List<String> separators = List.of(";", " ; ", ";;", ";\r\n", "; ", "\n;\n;");
        long seed = System.nanoTime();
        System.out.println("SqlSplitterTest seed=" + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            List<String> chosen = new ArrayList<>();
            StringBuilder script = new StringBuilder();
            for (int i = random.nextInt(6); i >= 0; i--) {
                chosen.add(parts.get(random.nextInt(parts.size())));
                script.append(chosen.get(chosen.size() - 1)).append(separators.get(random.nextInt(separators.size())));
            }
            assertThat(SqlSplitter.split(script.toString())).as("seed=%d", seed).isEqualTo(chosen);
        }
    }

    @Test
    void shouldAlwaysEndAndAgreeWithItselfWhenTheTextIsRubbish() {
        String alphabet = ";;;'\"`[]/*-\n\0$:(){}x?#@ aEND\u00e9\uFEFF0";
        long seed = System.nanoTime();
        System.out.println("SqlSplitterTest rubbish seed=" + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 50_000; round++) {
            StringBuilder text = new StringBuilder(random.nextInt(8) == 0 ? "CREATE TRIGGER " : "");
            for (int i = random.nextInt(30); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String sql = text.toString();
            List<String> split = SqlSplitter.split(sql);
            assertThat(SqlSplitter.isSingle(sql)).as("seed=%d %s", seed, sql).isEqualTo(split.size() == 1);
            assertThat(SqlSplitter.isEmpty(sql)).as("seed=%d %s", seed, sql).isEqualTo(split.isEmpty());
            assertThat(SqlSplitter.split(String.join("\n;\n", split)))
                    .as("seed=%d %s", seed, sql)
                    .isEqualTo(split);
        }
    }
}
