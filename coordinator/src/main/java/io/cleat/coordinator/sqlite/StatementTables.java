// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Names the tables behind the root pages that a statement's programs use, and what happens to their rows. In doubt it is more. One
 * thread.
 */
final class StatementTables {
    private final Catalog catalog;
    private final ProgramTables programs;
    private final String sql;
    private final SqlHead head;
    private final SqlWords words;
    private final boolean replaces;

    /** @param catalog of the schema that the programs were compiled for; of another one everything is named. */
    StatementTables(Catalog catalog, ProgramTables programs, String sql, SqlHead head) {
        this.catalog = catalog;
        this.programs = programs;
        this.sql = sql;
        this.head = head;
        this.words = SqlWords.of(sql);
        // A REPLACE of the statement is handed down to its triggers, and theirs to those that they fire.
        this.replaces = words.replaces()
                || triggerTexts().stream().anyMatch(text -> SqlWords.of(text).replaces());
    }

    /** What a WRITE can change: rows of tables. */
    List<TableChange> written() {
        return changes().list();
    }

    /**
     * What a SCHEMA statement changes that the definitions before and after do not tell: the rows of tables that are dropped, and
     * with them those of foreign key actions; rows rewritten by ALTER; statistics. Always of any kind, and without sqlite_schema.
     */
    List<TableChange> rewritten() {
        List<TableChange> any = new ArrayList<>();
        for (TableChange change : changes().list()) {
            if (!change.table().equals(Catalog.SCHEMA_TABLE)) {
                any.add(new TableChange(change.table(), TableChange.ANY));
            }
        }
        if (programs.analyzes() || head.keyword().equals("ANALYZE")) {
            any.add(new TableChange("sqlite_stat1", TableChange.ANY));
            if (catalog.table("sqlite_stat4") != null) {
                any.add(new TableChange("sqlite_stat4", TableChange.ANY));
            }
        }
        return TableChanges.of(any).list();
    }

    /** What VACUUM can change: the row ids of tables that have no INTEGER PRIMARY KEY; which these are is not asked. */
    List<TableChange> renumbered() {
        List<TableChange> changes = new ArrayList<>();
        for (Catalog.Table table : catalog.tables()) {
            if (table.kind() == Catalog.Kind.ORDINARY) {
                changes.add(new TableChange(table.name(), TableChange.ANY));
            }
        }
        return List.copyOf(changes);
    }

    /** The tables that its result, or what it writes, depends on. */
    Set<String> read() {
        if (!isKnown()) {
            return names(catalog.tables());
        }
        Set<Catalog.Table> tables = new LinkedHashSet<>();
        for (long root : programs.readRoots()) {
            Catalog.Table table = catalog.ofRoot(root);
            if (table == null) {
                return names(catalog.tables());
            }
            tables.add(table);
        }
        for (ProgramTables.Write write : programs.writes()) {
            Catalog.Table table = catalog.atRoot(write.root());
            // Rows are looked for through the cursor that then changes them.
            if (table != null && write.how() != ProgramTables.INSERTS) {
                tables.add(table);
            }
        }
        if (programs.readsVirtual()) {
            for (Catalog.Table virtual : VirtualTables.namedBy(catalog, texts())) {
                tables.addAll(VirtualTables.sourcesOf(catalog, virtual));
            }
        }
        return names(tables);
    }

    private TableChanges changes() {
        if (!isKnown()) {
            return all();
        }
        Map<Catalog.Table, Integer> kinds = new LinkedHashMap<>();
        for (ProgramTables.Write write : programs.writes()) {
            Catalog.Table table = catalog.atRoot(write.root());
            if (table != null) {
                kinds.merge(table, kindsOf(table, write), (one, other) -> one | other);
            } else if (catalog.ofRoot(write.root()) == null) {
                return all();
            }
        }
        List<TableChange> changes = new ArrayList<>();
        kinds.forEach(
                (table, found) -> changes.add(new TableChange(table.name(), found == 0 ? TableChange.ANY : found)));
        if (programs.writesVirtual()) {
            for (Catalog.Table virtual : VirtualTables.namedBy(catalog, texts())) {
                for (Catalog.Table table : VirtualTables.withShadows(catalog, virtual)) {
                    changes.add(new TableChange(table.name(), TableChange.ANY));
                }
            }
        }
        return TableChanges.of(changes);
    }

    private int kindsOf(Catalog.Table table, ProgramTables.Write write) {
        int how = write.how();
        // SQLite's own tables are written by statements of its own, which may put a row in the place of another.
        if (table.name().startsWith("sqlite_") || (how & ProgramTables.DESTROYS) != 0) {
            return TableChange.ANY;
        }
        int kinds = how & TableChange.ANY;
        if (table.kind() == Catalog.Kind.WITHOUT_ROWID && (how & ProgramTables.PUTS_ENTRY) != 0) {
            kinds |= write.nested() ? TableChange.ANY : putByStatement();
        }
        // Where a row only gives way to another of its key there is no Delete.
        boolean puts = (kinds & (TableChange.INSERT | TableChange.UPDATE)) != 0;
        return puts && (replaces || replacesByItself(table)) ? kinds | TableChange.DELETE : kinds;
    }

    /** The entry of a table WITHOUT ROWID does not tell if it is new: the statement does. */
    private int putByStatement() {
        return switch (head.keyword()) {
            case "INSERT", "REPLACE" -> words.updates() ? TableChange.ANY : TableChange.INSERT;
            case "UPDATE" -> TableChange.UPDATE;
            default -> TableChange.ANY;
        };
    }

    private static boolean replacesByItself(Catalog.Table table) {
        String definition = table.sql();
        return definition != null && SqlWords.of(definition).replaces();
    }

    private boolean isKnown() {
        return programs.isOf(catalog.schemaVersion());
    }

    private TableChanges all() {
        List<TableChange> changes = new ArrayList<>();
        for (Catalog.Table table : catalog.tables()) {
            if (table.kind() != Catalog.Kind.VIEW) {
                changes.add(new TableChange(table.name(), TableChange.ANY));
            }
        }
        return TableChanges.of(changes);
    }

    private List<String> texts() {
        List<String> texts = triggerTexts();
        texts.add(sql);
        return texts;
    }

    private List<String> triggerTexts() {
        List<String> texts = new ArrayList<>();
        for (String name : programs.triggers()) {
            String text = catalog.triggerSql(name);
            if (text != null) {
                texts.add(text);
            }
        }
        return texts;
    }

    private static Set<String> names(Iterable<Catalog.Table> tables) {
        Set<String> names = new LinkedHashSet<>();
        for (Catalog.Table table : tables) {
            if (table.kind() != Catalog.Kind.VIEW) {
                names.add(table.name());
            }
        }
        return Collections.unmodifiableSet(names);
    }
}
