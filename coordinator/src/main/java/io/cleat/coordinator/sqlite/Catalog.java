// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a database holds at one moment, as one connection sees it: tables, views, triggers, indexes. Immutable; any thread. */
public final class Catalog {
    /** The table that holds the schema itself; its root is page 1. */
    static final String SCHEMA_TABLE = "sqlite_schema";

    private static final TableChange SCHEMA_CHANGE = new TableChange(SCHEMA_TABLE, TableChange.ANY);

    /** What stands behind a name. */
    public enum Kind {
        /** A table with row ids. */
        ORDINARY,
        /** A table ordered by its primary key. */
        WITHOUT_ROWID,
        /** A table whose rows a module makes (FTS5, RTREE), kept in shadow tables. */
        VIRTUAL,
        /** A stored SELECT. */
        VIEW
    }

    /**
     * A table or view.
     *
     * @param name as the schema spells it.
     * @param kind what it is.
     * @param shadow whether it keeps what a virtual table shows.
     * @param rootPage its page in the file; 0 for a virtual table or view.
     * @param sql the statement that makes it; null for tables SQLite makes itself.
     */
    public record Table(
            String name,
            Kind kind,
            boolean shadow,
            long rootPage,
            @Nullable String sql) {}

    /** A row of sqlite_schema. */
    record Row(
            String type,
            String name,
            String tableName,
            long rootPage,
            @Nullable String sql) {}

    private final long schemaVersion;
    private final List<Row> rows;
    private final Map<String, Table> tables = new LinkedHashMap<>();
    private final Map<Long, Table> byRoot = new LinkedHashMap<>();
    private final Map<Long, String> indexRoots = new LinkedHashMap<>();
    private final Map<String, String> triggers = new LinkedHashMap<>();
    private final Map<String, List<Table>> byUpperName = new LinkedHashMap<>();

    Catalog(long schemaVersion, List<Row> rows, List<Table> tables) {
        this.schemaVersion = schemaVersion;
        this.rows = List.copyOf(rows);
        add(new Table(SCHEMA_TABLE, Kind.ORDINARY, false, 1, null));
        tables.forEach(this::add);
        for (Row row : rows) {
            if (row.type.equals("index")) {
                indexRoots.put(row.rootPage, row.tableName);
            } else if (row.type.equals("trigger")) {
                triggers.put(AsciiCase.lower(row.name), String.valueOf(row.sql));
            }
        }
    }

    private void add(Table table) {
        tables.put(AsciiCase.lower(table.name), table);
        if (table.rootPage > 0) {
            byRoot.put(table.rootPage, table);
        }
        byUpperName
                .computeIfAbsent(table.name.toUpperCase(Locale.ROOT), name -> new ArrayList<>(1))
                .add(table);
    }

    /** The file's schema version when it was read; it counts schema changes, undone ones not. */
    public long schemaVersion() {
        return schemaVersion;
    }

    /** All tables and views, sqlite_schema first. */
    public Collection<Table> tables() {
        return List.copyOf(tables.values());
    }

    /** The table or view of a name, ASCII case aside; null when there is none. */
    public @Nullable Table table(String name) {
        return tables.get(AsciiCase.lower(name));
    }

    /** The table whose own rows begin at a page; null for an index's page and any other. */
    @Nullable
    Table atRoot(long page) {
        return byRoot.get(page);
    }

    /** The table whose rows, or one of whose indexes, begin at a page; null for any other. */
    @Nullable
    Table ofRoot(long page) {
        Table own = byRoot.get(page);
        if (own != null) {
            return own;
        }
        String name = indexRoots.get(page);
        return name == null ? null : table(name);
    }

    /** The statement that makes a trigger; null when there is none of the name. */
    @Nullable
    String triggerSql(String name) {
        return triggers.get(AsciiCase.lower(name));
    }

    /** Tables and views whose name is the given one in upper case: more than SQLite finds when letters beyond ASCII are in it. */
    List<Table> namedLike(String upperName) {
        return byUpperName.getOrDefault(upperName, List.of());
    }

    /**
     * What changed from this one to a later one: each table that came, went, or has another definition or root page, as
     * {@link TableChange#ANY}; of a renamed one both names; and {@code sqlite_schema} when anything did, an index, view or trigger
     * too. A table dropped and made again the same cannot be told: see {@link StatementInfo#changes()} of the DROP.
     */
    public List<TableChange> changesTo(Catalog after) {
        if (rows.equals(after.rows)) {
            return List.of();
        }
        List<TableChange> changes = new ArrayList<>();
        changes.add(SCHEMA_CHANGE);
        for (Table before : tables.values()) {
            if (before.kind != Kind.VIEW && !before.equals(after.table(before.name))) {
                changes.add(new TableChange(before.name, TableChange.ANY));
            }
        }
        for (Table now : after.tables.values()) {
            if (now.kind != Kind.VIEW && !Objects.equals(now, table(now.name))) {
                changes.add(new TableChange(now.name, TableChange.ANY));
            }
        }
        return TableChanges.of(changes).list();
    }
}
