// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code getImportedKeys}, {@code getExportedKeys} and {@code getCrossReference}. As in sqlite-jdbc, catalogs and schemas are given
 * back as they are asked for, and so is the name of the table that is asked about.
 *
 * <p>Immutable, thread-safe.
 */
final class ForeignKeysQuery {
    /** A row for each column of each key; one that names no column of the other table means that one's primary key. */
    private static final String KEYS =
            "SELECT s.name AS child, s.sql AS childSql, f.id, f.seq, f.\"from\" AS childColumn, "
                    + "f.\"table\" AS parentWritten, p.name AS parent, p.sql AS parentSql, f.on_update, f.on_delete, "
                    + "coalesce(f.\"to\", (SELECT x.name FROM pragma_table_xinfo(p.name) x WHERE x.pk = f.seq + 1)) AS parentColumn, "
                    + "f.\"to\" IS NULL OR EXISTS (SELECT 1 FROM pragma_table_xinfo(p.name) x "
                    + "WHERE x.pk > 0 AND lower(x.name) = lower(f.\"to\")) AS ofPrimaryKey "
                    + "FROM sqlite_schema s JOIN pragma_foreign_key_list(s.name) f "
                    + "LEFT JOIN sqlite_schema p ON p.type = 'table' AND lower(p.name) = lower(f.\"table\") "
                    + "WHERE s.type = 'table' AND ";

    private static final String IMPORTED = KEYS + "lower(s.name) = lower(?1) ORDER BY f.\"table\", f.seq, f.id";
    private static final String EXPORTED = KEYS + "lower(p.name) = lower(?1) ORDER BY s.name, f.seq, f.id";
    private static final String BETWEEN =
            KEYS + "lower(p.name) = lower(?1) AND lower(s.name) = lower(?2) ORDER BY f.seq, f.id";

    private final Catalog catalog;
    private final PrimaryKeyQuery primaryKeys;

    ForeignKeysQuery(Catalog catalog) {
        this.catalog = catalog;
        this.primaryKeys = new PrimaryKeyQuery(catalog);
    }

    /** The keys of a table. */
    ResultSet imported(Place child) throws SQLException {
        final FixedRows rows = noRows();
        final Names names = new Names();
        final String table = Catalog.tableName(child.table());
        catalog.forEach(
                IMPORTED,
                row -> add(
                        rows,
                        row,
                        child.with(row.getString("parentWritten")),
                        child,
                        names.of(row, "child").foreignKey(row.getInt("id")),
                        names.of(row, "parent").primaryKey()),
                table);
        return catalog.open(rows);
    }

    /** The keys of all tables to one, which has a primary key; as in sqlite-jdbc, the name of that is for keys to it, and not to a unique column. */
    ResultSet exported(Place parent) throws SQLException {
        final FixedRows rows = noRows();
        if (primaryKeys.isThere(parent.table())) {
            final Names names = new Names();
            catalog.forEach(
                    EXPORTED,
                    row -> add(
                            rows,
                            row,
                            parent.with(row.getString("parent")),
                            parent.with(row.getString("child")),
                            names.of(row, "child").foreignKey(row.getInt("id")),
                            row.getInt("ofPrimaryKey") == 0
                                    ? null
                                    : names.of(row, "parent").primaryKey()),
                    parent.table());
        }
        return catalog.open(rows);
    }

    /** The keys of one table to another. */
    ResultSet between(Place parent, Place child) throws SQLException {
        final FixedRows rows = noRows();
        final Names names = new Names();
        catalog.forEach(
                BETWEEN,
                row -> add(
                        rows,
                        row,
                        parent,
                        child,
                        names.of(row, "child").foreignKey(row.getInt("id")),
                        names.of(row, "parent").primaryKey()),
                parent.table(),
                child.table());
        return catalog.open(rows);
    }

    private static FixedRows noRows() {
        return FixedRows.of(
                "PKTABLE_CAT",
                "PKTABLE_SCHEM",
                "PKTABLE_NAME",
                "PKCOLUMN_NAME",
                "FKTABLE_CAT",
                "FKTABLE_SCHEM",
                "FKTABLE_NAME",
                "FKCOLUMN_NAME",
                "KEY_SEQ",
                "UPDATE_RULE",
                "DELETE_RULE",
                "FK_NAME",
                "PK_NAME",
                "DEFERRABILITY");
    }

    private static void add(
            FixedRows rows, ResultSet row, Place parent, Place child, @Nullable String key, @Nullable String primaryKey)
            throws SQLException {
        rows.add(
                parent.catalog(),
                parent.schema(),
                parent.table(),
                row.getString("parentColumn"),
                child.catalog(),
                child.schema(),
                child.table(),
                row.getString("childColumn"),
                row.getInt("seq") + 1,
                rule(row.getString("on_update")),
                rule(row.getString("on_delete")),
                key == null ? "" : key,
                primaryKey == null ? "" : primaryKey,
                // As in sqlite-jdbc, of all keys.
                DatabaseMetaData.importedKeyInitiallyDeferred);
    }

    private static int rule(@Nullable String action) {
        return switch (String.valueOf(action)) {
            case "CASCADE" -> DatabaseMetaData.importedKeyCascade;
            case "RESTRICT" -> DatabaseMetaData.importedKeyRestrict;
            case "SET NULL" -> DatabaseMetaData.importedKeySetNull;
            case "SET DEFAULT" -> DatabaseMetaData.importedKeySetDefault;
            default -> DatabaseMetaData.importedKeyNoAction;
        };
    }

    /** A table as a caller calls it. */
    record Place(
            @Nullable String catalog,
            @Nullable String schema,
            @Nullable String table) {
        Place with(@Nullable String other) {
            return new Place(catalog, schema, other);
        }
    }

    /** The names of the keys of the tables of one answer, each of whose texts is read once. */
    private static final class Names {
        private final Map<String, ConstraintNames> ofTables = new HashMap<>();

        ConstraintNames of(ResultSet row, String table) throws SQLException {
            final @Nullable String sql = row.getString(table + "Sql");
            return ofTables.computeIfAbsent(String.valueOf(row.getString(table)), name -> ConstraintNames.of(sql));
        }
    }
}
