// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tables a statement changes and reads: each way there is, by name. */
@Timeout(60)
final class StatementTablesTest {
    private static final List<String> SCHEMA = List.of(
            "CREATE TABLE Plain(id INTEGER PRIMARY KEY, a UNIQUE, b)",
            "CREATE TABLE same(id INTEGER PRIMARY KEY, a UNIQUE, b)",
            "CREATE TABLE bare(a, b)",
            "CREATE INDEX bare_a ON bare(a)",
            "CREATE TABLE keyed(k PRIMARY KEY, v) WITHOUT ROWID",
            "CREATE TABLE keyed2(k PRIMARY KEY, v UNIQUE) WITHOUT ROWID",
            "CREATE TABLE byitself(a UNIQUE ON CONFLICT REPLACE, b)",
            "CREATE TABLE keyitself(k INTEGER PRIMARY KEY ON CONFLICT REPLACE, b)",
            "CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT, a)",
            "CREATE TABLE parent(id INTEGER PRIMARY KEY, a UNIQUE)",
            "CREATE TABLE cascading(p REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE)",
            "CREATE TABLE grandchild(p REFERENCES parent(a) ON DELETE SET NULL)",
            "CREATE TABLE defaulting(p DEFAULT 0 REFERENCES parent ON DELETE SET DEFAULT)",
            "CREATE TABLE log(x)",
            "CREATE TABLE log2(x UNIQUE)",
            "CREATE TABLE source(a)",
            "CREATE TRIGGER logs AFTER INSERT ON source BEGIN INSERT INTO log VALUES(new.a); END",
            "CREATE TRIGGER deletes AFTER DELETE ON source BEGIN UPDATE log SET x = 1; DELETE FROM log2; END",
            "CREATE TRIGGER on_log AFTER UPDATE ON log BEGIN REPLACE INTO log2 VALUES(new.x); END",
            "CREATE TABLE loop(n)",
            "CREATE TRIGGER again AFTER INSERT ON loop WHEN new.n < 9 BEGIN INSERT INTO loop VALUES(new.n + 1); END",
            "CREATE VIEW shown AS SELECT Plain.a, bare.b FROM Plain JOIN bare USING (a)",
            "CREATE VIEW outer_view AS SELECT * FROM shown",
            "CREATE TRIGGER instead INSTEAD OF INSERT ON shown BEGIN INSERT INTO bare VALUES(new.a, new.b); END",
            "CREATE TRIGGER instead_delete INSTEAD OF DELETE ON shown BEGIN DELETE FROM keyed WHERE k = old.a; END",
            "CREATE VIRTUAL TABLE docs USING fts5(body)",
            "CREATE VIRTUAL TABLE outside USING fts5(a, content='source', content_rowid='rowid')",
            "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(docs, 'row')",
            "CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1)",
            "CREATE VIEW found AS SELECT * FROM docs",
            "CREATE TABLE fed(a)",
            "CREATE TRIGGER feeds AFTER INSERT ON fed BEGIN INSERT INTO docs VALUES(new.a); END",
            "CREATE TABLE docs_of_mine(a)",
            "CREATE TABLE \"sp ace\"(\"c\"\"d\")");

    @TempDir
    Path folder;

    private SqliteDatabase database;
    private SqliteConnection writer;

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(
                SqliteSettings.of(folder.resolve("t.db")).foreignKeys(true).synchronous(Synchronous.NORMAL));
        writer = database.writer();
        writer.beginImmediate();
        SCHEMA.forEach(writer::exec);
        writer.commit();
    }

    @AfterEach
    void close() {
        database.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "Plain:I   # INSERT INTO plain VALUES(1, 2, 3)",
                "Plain:I   # INSERT INTO plain VALUES(1, replace('a', 'b', 'c'), 3)",
                "Plain:I   # INSERT OR IGNORE INTO plain VALUES(1, 2, 3)",
                "Plain:I   # INSERT INTO plain VALUES(1, 2, 3) ON CONFLICT DO NOTHING",
                "Plain:I   # WITH x AS (SELECT 1) INSERT INTO plain(a) SELECT * FROM x",
                "Plain:I   # INSERT INTO plain SELECT * FROM same",
                "Plain:I   # INSERT INTO plain(a) SELECT a FROM plain RETURNING id",
                "Plain:IU  # INSERT INTO plain VALUES(1, 2, 3) ON CONFLICT(a) DO UPDATE SET b = 1",
                "Plain:IU  # INSERT INTO plain VALUES(1, 2, 3) ON CONFLICT(id) DO UPDATE SET id = id + 1",
                "Plain:ID  # REPLACE INTO plain VALUES(1, 2, 3)",
                "Plain:ID  # INSERT OR REPLACE INTO plain SELECT * FROM same",
                "bare:ID   # INSERT OR REPLACE INTO bare(rowid, a) VALUES(1, 2)",
                "byitself:ID # INSERT INTO byitself VALUES(1, 2)",
                "keyitself:ID # INSERT INTO keyitself VALUES(1, 2)",
                "keyitself:ID # INSERT INTO keyitself SELECT * FROM bare",
                "byitself:UD # UPDATE byitself SET a = 1",
                "Plain:U   # UPDATE plain SET b = 1",
                "Plain:U   # UPDATE plain SET a = 1 WHERE id = 2",
                "Plain:U   # UPDATE plain SET id = id + 1",
                "Plain:U   # UPDATE plain SET b = same.b FROM same WHERE same.id = plain.id",
                "Plain:U   # UPDATE plain SET b = 1 RETURNING *",
                "Plain:UD  # UPDATE OR REPLACE plain SET a = 1",
                "Plain:UD  # UPDATE OR REPLACE plain SET id = id + 1",
                "Plain:D   # DELETE FROM plain",
                "Plain:D   # DELETE FROM plain WHERE a IN (SELECT a FROM bare)",
                "bare:D    # DELETE FROM bare WHERE a > 1",
                "bare:D    # DELETE FROM bare",
                "keyed:I   # INSERT INTO keyed VALUES(1, 2)",
                "keyed:ID  # REPLACE INTO keyed VALUES(1, 2)",
                "keyed2:ID # INSERT OR REPLACE INTO keyed2 VALUES(1, 2)",
                "keyed:IUD # INSERT INTO keyed VALUES(1, 2) ON CONFLICT DO UPDATE SET v = 1",
                "keyed:IUD # WITH x AS (SELECT 1) UPDATE keyed SET v = 1",
                "keyed:U   # UPDATE keyed SET v = 1",
                "keyed:U   # UPDATE keyed SET k = k + 1",
                "keyed2:U  # UPDATE keyed2 SET k = v, v = k",
                "keyed2:UD # UPDATE OR REPLACE keyed2 SET k = v",
                "keyed:D   # DELETE FROM keyed",
                "keyed2:D  # DELETE FROM keyed2",
                "keyed2:D  # DELETE FROM keyed2 WHERE v = 1",
                "keyed:I   # INSERT INTO keyed SELECT * FROM keyed2",
                "counted:I sqlite_sequence:IUD # INSERT INTO counted(a) VALUES(1)",
                "counted:U # UPDATE counted SET a = 1",
                "\"sp ace\":U # UPDATE [sp ace] SET `c\"d` = 1",
                "sqlite_sequence:IUD # DELETE FROM sqlite_sequence",
            })
    void shouldTellWhatAStatementDoesToItsTable(String expected, String sql) {
        assertThat(changes(sql)).isEqualTo(expected.replace("\"", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "log:I source:I # INSERT INTO source VALUES(1)",
                "log2:ID log:UD source:D # DELETE FROM source",
                "loop:I # INSERT INTO loop VALUES(1)",
                "bare:I # INSERT INTO shown VALUES(1, 2)",
                "keyed:D # DELETE FROM shown",
                "parent:U cascading:U # UPDATE parent SET id = id + 1",
                "cascading:D defaulting:U grandchild:U parent:D # DELETE FROM parent WHERE id = 1",
                "cascading:D defaulting:U grandchild:U parent:D # DELETE FROM parent",
                "cascading:D defaulting:UD grandchild:UD parent:ID # REPLACE INTO parent VALUES(1, 2)",
                "cascading:U parent:U # UPDATE parent SET id = 2",
                "cascading:D # DELETE FROM cascading",
            })
    void shouldFollowTriggersAndForeignKeys(String expected, String sql) {
        assertThat(List.of(changes(sql).split(" "))).containsExactlyInAnyOrder(expected.split(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "docs docs_config docs_content docs_data docs_docsize docs_idx # INSERT INTO docs VALUES('x')",
                "docs docs_config docs_content docs_data docs_docsize docs_idx # DELETE FROM main.\"DOCS\"",
                "docs docs_config docs_content docs_data docs_docsize docs_idx # UPDATE 'docs' SET body = 1",
                "docs docs_config docs_content docs_data docs_docsize docs_idx # INSERT INTO docs(docs) VALUES('rebuild')",
                "docs docs_config docs_content docs_data docs_docsize docs_idx fed # INSERT INTO fed VALUES('x')",
                "boxes boxes_node boxes_parent boxes_rowid # INSERT INTO boxes VALUES(1, 2, 3)",
                "outside outside_config outside_data outside_docsize outside_idx # INSERT INTO outside VALUES('x')",
                "bare # INSERT INTO bare SELECT key, value FROM json_each('[1]')",
            })
    void shouldNameVirtualTablesWithTheirShadows(String expected, String sql) {
        assertThat(String.join(" ", tables(sql))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "Plain # SELECT * FROM plain",
                "Plain # SELECT count(*) FROM plain",
                "Plain # SELECT a FROM plain WHERE a = 1",
                "bare  # SELECT max(a) FROM bare",
                "bare  # SELECT a FROM bare WHERE a = 1 OR a = 2 OR b = 3",
                "bare Plain # SELECT * FROM outer_view",
                "bare Plain # SELECT * FROM plain WHERE EXISTS (SELECT 1 FROM bare WHERE bare.a = plain.a)",
                "bare keyed # SELECT (SELECT v FROM keyed WHERE k = bare.a) FROM bare",
                "bare keyed log # WITH RECURSIVE r(n) AS (SELECT a FROM bare UNION SELECT n + x FROM r, log WHERE n < 9) SELECT * FROM r, keyed",
                "keyed2 # SELECT v FROM keyed2 WHERE v > 1",
                "Plain same # SELECT a FROM plain UNION SELECT a FROM same ORDER BY 1",
                "sqlite_schema # SELECT * FROM sqlite_master",
                "sqlite_sequence # SELECT * FROM sqlite_sequence",
                "docs docs_config docs_content docs_data docs_docsize docs_idx # SELECT * FROM docs WHERE docs MATCH 'x'",
                "docs docs_config docs_content docs_data docs_docsize docs_idx # SELECT * FROM found",
                "docs docs_config docs_content docs_data docs_docsize docs_idx vocabulary # SELECT * FROM vocabulary",
                "outside outside_config outside_data outside_docsize outside_idx source # SELECT * FROM outside('x')",
                "boxes boxes_node boxes_parent boxes_rowid Plain # SELECT * FROM boxes JOIN plain USING (id)",
                "bare Plain # INSERT INTO plain(a) SELECT a FROM bare WHERE 1 ON CONFLICT DO UPDATE SET b = 1",
                "Plain # DELETE FROM plain WHERE a = 1",
                "log same # INSERT INTO same(a) SELECT x FROM log",
            })
    void shouldNameWhatIsRead(String expected, String sql) {
        Set<String> reads = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        reads.addAll(writer.describe(sql).reads());
        if (sql.startsWith("INSERT INTO same")) {
            // Whether the target of an INSERT counts as read is no promise.
            reads.add("same");
        }
        assertThat(String.join(" ", reads)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "SELECT * FROM json_each('[1,2]')",
                "SELECT * FROM pragma_table_info('plain')",
                "PRAGMA table_info(plain)",
                "EXPLAIN DELETE FROM plain",
                "BEGIN IMMEDIATE",
                "COMMIT",
                "CREATE TABLE x(a)",
                "CREATE INDEX x ON plain(b)",
                "REINDEX",
                "ATTACH 'x' AS y"
            })
    void shouldNameNothingWhereNoRowsAreConcerned(String sql) {
        assertThat(writer.describe(sql).changes()).isEmpty();
        assertThat(writer.describe(sql).reads()).isEmpty();
    }

    @Test
    void shouldNameNoChangesWhenItOnlyReads() {
        assertThat(writer.describe("SELECT * FROM outer_view ORDER BY 1").changes())
                .isEmpty();
        assertThat(writer.describe("SELECT DISTINCT a FROM plain GROUP BY b").changes())
                .isEmpty();
        assertThat(writer.describe("SELECT * FROM docs").changes()).isEmpty();
    }

    @Test
    void shouldNameRowsThatGoWithADroppedTable() {
        assertThat(tables("DROP TABLE parent")).contains("parent", "cascading", "defaulting", "grandchild");
        assertThat(tables("DROP TABLE docs")).contains("docs", "docs_content");
        assertThat(tables("DROP TABLE keyed2")).containsExactly("keyed2");
        assertThat(tables("DROP INDEX bare_a")).isEmpty();
        assertThat(tables("ALTER TABLE plain DROP COLUMN b")).containsExactly("Plain");
    }

    @Test
    void shouldNameTheStatisticsWhenTheyAreGathered() {
        assertThat(changes("ANALYZE")).isEqualTo("sqlite_stat1:IUD");
        writer.exec("INSERT INTO bare VALUES(1, 1)");
        writer.exec("ANALYZE");
        assertThat(changes("ANALYZE bare")).contains("sqlite_stat1:IUD");
        assertThat(changes("PRAGMA optimize(0x10002)")).contains("sqlite_stat1:IUD");
    }

    @Test
    void shouldNameEveryTableWithRowIdsWhenTheyMayBeRenumbered() {
        assertThat(tables("VACUUM")).contains("bare", "Plain").doesNotContain("keyed", "docs", "shown");
    }

    @Test
    void shouldNotFollowForeignKeysThatAreNotEnforced() {
        try (SqliteDatabase other = SqliteDatabase.open(SqliteSettings.of(folder.resolve("other.db")))) {
            SCHEMA.forEach(other.writer()::exec);
            assertThat(other.writer().describe("DELETE FROM parent").changes())
                    .containsExactly(new TableChange("parent", TableChange.DELETE));
        }
    }

    @Test
    void shouldNotConfuseTablesWhoseNamesDifferBeyondAscii() {
        writer.exec("CREATE TABLE gr\u00fcn(a)");
        writer.exec("CREATE TABLE gr\u00dcn(a)");
        assertThat(tables("DELETE FROM gr\u00fcn")).containsExactly("gr\u00fcn");
        assertThat(tables("DELETE FROM GR\u00dcN")).containsExactly("gr\u00dcn");
    }

    @Test
    void shouldSeeTheSchemaOfTheOpenTransactionAndOfTheUndoneOne() {
        writer.beginImmediate();
        writer.exec("CREATE TABLE first(a)");
        assertThat(tables("DELETE FROM first")).containsExactly("first");
        writer.rollback();
        writer.beginImmediate();
        // The same schema version and page as the undone table.
        writer.exec("CREATE TABLE second(a)");
        assertThat(tables("DELETE FROM second")).containsExactly("second");
        writer.exec("SAVEPOINT s");
        writer.exec("CREATE TABLE third(a)");
        assertThat(tables("DELETE FROM third")).containsExactly("third");
        writer.exec("ROLLBACK TO s");
        writer.exec("CREATE TABLE fourth(a)");
        assertThat(tables("DELETE FROM fourth")).containsExactly("fourth");
        writer.commit();
        SqliteConnection reader = database.openReader();
        assertThat(reader.describe("SELECT * FROM fourth, second").reads())
                .containsExactlyInAnyOrder("fourth", "second");
    }

    @Test
    void shouldMergeChangesByTableIgnoringAsciiCase() {
        TableChanges changes = TableChanges.of(List.of(
                new TableChange("B", TableChange.INSERT),
                new TableChange("a", TableChange.DELETE),
                new TableChange("b", TableChange.UPDATE)));
        assertThat(changes.list())
                .containsExactly(
                        new TableChange("B", TableChange.INSERT | TableChange.UPDATE),
                        new TableChange("a", TableChange.DELETE));
        assertThat(changes.kindsOf("b")).isEqualTo(3);
        assertThat(changes.kindsOf("c")).isZero();
        assertThat(changes.touches(Set.of("x", "A"))).isTrue();
        assertThat(changes.touches(Set.of("x"))).isFalse();
        assertThat(changes.with(List.of(new TableChange("A", TableChange.DELETE))))
                .isSameAs(changes);
        assertThat(TableChanges.NONE.with(changes.list())).isEqualTo(changes);
        assertThatThrownBy(() -> new TableChange("t", 0)).hasMessage("kinds=0 is outside 1 to 7 table=t");
    }

    private String changes(String sql) {
        return writer.describe(sql).changes().stream()
                .map(change -> change.table() + ":" + (change.is(TableChange.INSERT) ? "I" : "")
                        + (change.is(TableChange.UPDATE) ? "U" : "") + (change.is(TableChange.DELETE) ? "D" : ""))
                .sorted()
                .collect(Collectors.joining(" "));
    }

    private Set<String> tables(String sql) {
        return writer.describe(sql).changes().stream()
                .map(TableChange::table)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
