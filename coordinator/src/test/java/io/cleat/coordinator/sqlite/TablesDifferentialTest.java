// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Compares what was foretold of random statements with what they did. */
@Timeout(120)
final class TablesDifferentialTest {
    private static final int SCHEMAS = Integer.getInteger("cleat.tables.schemas", 25);
    private static final int STATEMENTS = 80;

    /** What a statement may take before it is stopped: triggers can set each other off without end. */
    private static final int CHECKS = 50;

    @TempDir
    Path folder;

    private int checks;
    private int changed;
    private int changedSeveral;
    private int readsChanged;
    private int failed;

    @Test
    void shouldForetellEveryTableThatARandomStatementChanges() {
        long seed = Long.getLong("cleat.tables.seed", System.nanoTime());
        System.out.println("TablesDifferentialTest seed=" + seed + " schemas=" + SCHEMAS);
        for (int i = 0; i < SCHEMAS; i++) {
            Path file = folder.resolve(i + ".db");
            SqliteSettings settings = SqliteSettings.of(file)
                    .foreignKeys(i % 2 == 0)
                    .synchronous(Synchronous.NORMAL)
                    .cachedStatements(1000);
            try (SqliteDatabase database = SqliteDatabase.open(settings)) {
                compare(database.writer(), new Random(seed + i), "seed=" + seed + " schema=" + i);
            }
        }
        String counts = "changed=" + changed + " changedSeveral=" + changedSeveral + " readsChanged=" + readsChanged
                + " failed=" + failed + " of " + SCHEMAS * STATEMENTS;
        System.out.println("TablesDifferentialTest " + counts);
        assertThat(changed).as("enough of them did something: %s", counts).isGreaterThan(SCHEMAS * STATEMENTS / 10);
        assertThat(changedSeveral).as(counts).isGreaterThan(SCHEMAS);
        assertThat(readsChanged).as(counts).isGreaterThan(SCHEMAS);
    }

    private void compare(SqliteConnection writer, Random random, String where) {
        writer.exec("PRAGMA recursive_triggers=" + (random.nextInt(3) == 0 ? "ON" : "OFF"));
        writer.progress(1000, () -> ++checks > CHECKS);
        RandomSchema schema = new RandomSchema(random);
        for (String ddl : schema.create()) {
            run(writer, ddl);
        }
        List<String> reads = schema.reads();
        Map<String, Map<String, String>> before = contents(writer);
        Map<String, List<String>> resultsBefore = results(writer, reads);
        for (int i = 0; i < STATEMENTS; i++) {
            String sql = random.nextInt(12) == 0 ? schema.define() : schema.write();
            Catalog catalog = writer.catalog();
            StatementInfo info;
            Map<String, Set<String>> readTables = readTables(writer, reads);
            try {
                info = writer.describe(sql);
            } catch (SqliteException e) {
                failed++;
                continue;
            }
            run(writer, sql);
            TableChanges foretold = TableChanges.of(info.changes()).with(catalog.changesTo(writer.catalog()));
            Map<String, Map<String, String>> after = contents(writer);
            String what = where + " sql=" + sql + " foretold=" + foretold;
            compareContents(writer.catalog(), before, after, foretold, what);
            Map<String, List<String>> resultsAfter = results(writer, reads);
            for (String read : reads) {
                if (resultsBefore.containsKey(read)
                        && resultsAfter.containsKey(read)
                        && !resultsBefore.get(read).equals(resultsAfter.get(read))) {
                    readsChanged++;
                    assertThat(foretold.touches(readTables.getOrDefault(read, Set.of())))
                            .as("%s read=%s reads=%s", what, read, readTables.get(read))
                            .isTrue();
                }
            }
            before = after;
            resultsBefore = resultsAfter;
        }
    }

    private void compareContents(
            Catalog catalog,
            Map<String, Map<String, String>> before,
            Map<String, Map<String, String>> after,
            TableChanges foretold,
            String what) {
        Set<String> names = new HashSet<>(before.keySet());
        names.addAll(after.keySet());
        int tables = 0;
        for (String name : names) {
            Map<String, String> old = before.getOrDefault(name, Map.of());
            Map<String, String> now = after.getOrDefault(name, Map.of());
            if (old.equals(now) && before.containsKey(name) == after.containsKey(name)) {
                continue;
            }
            tables++;
            int kinds = foretold.kindsOf(name);
            assertThat(kinds).as("table=%s changed: %s", name, what).isNotZero();
            Catalog.Table table = catalog.table(name);
            if (table != null && !table.shadow()) {
                checkKinds(old, now, kinds, "table=" + name + " " + what);
            }
        }
        changed += tables > 0 ? 1 : 0;
        changedSeveral += tables > 1 ? 1 : 0;
    }

    private static void checkKinds(Map<String, String> old, Map<String, String> now, int kinds, String what) {
        boolean inserts = (kinds & TableChange.INSERT) != 0;
        boolean updates = (kinds & TableChange.UPDATE) != 0;
        boolean deletes = (kinds & TableChange.DELETE) != 0;
        Set<String> added = new HashSet<>(now.keySet());
        added.removeAll(old.keySet());
        Set<String> removed = new HashSet<>(old.keySet());
        removed.removeAll(now.keySet());
        assertThat(added.isEmpty() || inserts || updates).as("added: %s", what).isTrue();
        assertThat(removed.isEmpty() || deletes || updates)
                .as("removed: %s", what)
                .isTrue();
        assertThat(now.size() <= old.size() || inserts).as("grew: %s", what).isTrue();
        assertThat(now.size() >= old.size() || deletes).as("shrank: %s", what).isTrue();
        boolean altered = now.entrySet().stream()
                .anyMatch(
                        row -> old.containsKey(row.getKey()) && !row.getValue().equals(old.get(row.getKey())));
        assertThat(!altered || updates || (inserts && deletes))
                .as("altered: %s", what)
                .isTrue();
    }

    private void run(SqliteConnection writer, String sql) {
        checks = 0;
        try {
            writer.exec(sql);
        } catch (SqliteException e) {
            failed++;
        }
        checks = Integer.MIN_VALUE;
    }

    private static Map<String, Set<String>> readTables(SqliteConnection connection, List<String> reads) {
        Map<String, Set<String>> tables = new HashMap<>();
        for (String read : reads) {
            try {
                tables.put(read, connection.describe(read).reads());
            } catch (SqliteException e) {
                // Its table is gone for now.
                tables.remove(read);
            }
        }
        return tables;
    }

    private static Map<String, List<String>> results(SqliteConnection connection, List<String> reads) {
        Map<String, List<String>> results = new HashMap<>();
        for (String read : reads) {
            try {
                List<String> rows = Rows.of(connection, read);
                // New statistics or indexes may give the same rows in another order.
                Collections.sort(rows);
                results.put(read, rows);
            } catch (SqliteException e) {
                // Its table is gone for now.
                results.remove(read);
            }
        }
        return results;
    }

    /** Of each table its rows by their key, as text. */
    private static Map<String, Map<String, String>> contents(SqliteConnection connection) {
        Map<String, Map<String, String>> contents = new HashMap<>();
        for (Catalog.Table table : connection.catalog().tables()) {
            if (table.kind() == Catalog.Kind.VIEW || table.kind() == Catalog.Kind.VIRTUAL) {
                // What shows through them is for the reads to compare: it may come from another table.
                continue;
            }
            boolean keyed = table.kind() == Catalog.Kind.WITHOUT_ROWID;
            String columns = keyed ? "*" : "rowid, *";
            Map<String, String> rows = new HashMap<>();
            try {
                for (List<String> row : rows(connection, "SELECT " + columns + " FROM \"" + table.name() + "\"")) {
                    rows.put(row.get(0) + (table.shadow() ? row : ""), row.toString());
                }
            } catch (SqliteException e) {
                throw new AssertionError("cannot read table=" + table, e);
            }
            contents.put(table.name(), rows);
        }
        return contents;
    }

    private static List<List<String>> rows(SqliteConnection connection, String sql) {
        List<List<String>> rows = new ArrayList<>();
        try (SqliteStatement statement = connection.prepare(sql)) {
            while (statement.step()) {
                List<String> row = new ArrayList<>();
                for (int i = 0; i < statement.columnCount(); i++) {
                    row.add(statement.columnType(i) + ":" + Arrays.toString(statement.columnBlob(i)));
                }
                rows.add(row);
            }
        }
        return rows;
    }
}
