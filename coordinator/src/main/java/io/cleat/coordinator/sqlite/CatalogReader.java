// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the catalog through a connection and keeps it as long as the schema is the same for that connection. The connection's
 * thread only.
 */
final class CatalogReader {
    private static final int ATTEMPTS = 20;

    private record Storage(String type, boolean withoutRowId) {}

    private final SqliteConnection connection;
    private @Nullable Catalog known;
    private long knownMark;

    CatalogReader(SqliteConnection connection) {
        this.connection = connection;
    }

    /**
     * The catalog as the connection sees it now. Two schemas of one version exist only when this connection has undone a change of
     * its own, which the mark tells: committed versions only grow.
     */
    Catalog read() {
        Catalog before = known;
        if (before != null
                && knownMark == connection.schemaMark()
                && before.schemaVersion() == connection.schemaVersion()) {
            return before;
        }
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long mark = connection.schemaMark();
            long version = connection.schemaVersion();
            Catalog now = load(version);
            if (version == connection.schemaVersion()) {
                known = now;
                knownMark = mark;
                return now;
            }
        }
        throw new SqliteException(
                ResultCode.SCHEMA, "the schema changes faster than it can be read, attempts=" + ATTEMPTS, null);
    }

    private Catalog load(long version) {
        List<Catalog.Row> rows = new ArrayList<>();
        try (SqliteStatement statement =
                connection.prepare("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid")) {
            while (statement.step()) {
                rows.add(new Catalog.Row(
                        text(statement, 0),
                        text(statement, 1),
                        text(statement, 2),
                        statement.columnLong(3),
                        statement.columnType(4) == StorageClass.NULL ? null : text(statement, 4)));
            }
        }
        Map<String, Storage> storages = storages();
        List<Catalog.Table> tables = new ArrayList<>();
        for (Catalog.Row row : rows) {
            if (row.type().equals("table") || row.type().equals("view")) {
                Storage storage = storages.getOrDefault(row.name(), new Storage("table", true));
                tables.add(new Catalog.Table(
                        row.name(), kindOf(row, storage), storage.type.equals("shadow"), row.rootPage(), row.sql()));
            }
        }
        return new Catalog(version, rows, tables);
    }

    /** PRAGMA table_list tells what a text cannot without a parser: WITHOUT ROWID, and whose shadow a table is. */
    private Map<String, Storage> storages() {
        Map<String, Storage> storages = new HashMap<>();
        try (SqliteStatement statement = connection.prepareAnew("PRAGMA main.table_list")) {
            while (statement.step()) {
                storages.put(text(statement, 1), new Storage(text(statement, 2), statement.columnLong(4) != 0));
            }
        }
        return storages;
    }

    private static Catalog.Kind kindOf(Catalog.Row row, Storage storage) {
        if (row.type().equals("view")) {
            return Catalog.Kind.VIEW;
        }
        if (row.rootPage() == 0) {
            return Catalog.Kind.VIRTUAL;
        }
        return storage.withoutRowId ? Catalog.Kind.WITHOUT_ROWID : Catalog.Kind.ORDINARY;
    }

    private static String text(SqliteStatement statement, int column) {
        return new String(statement.columnText(column), StandardCharsets.UTF_8);
    }
}
