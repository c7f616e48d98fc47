// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers {@code getPrimaryKeys}. Immutable, thread-safe. */
final class PrimaryKeyQuery {
    private static final String SQL = "SELECT s.sql, x.name, x.pk FROM sqlite_schema s "
            + "LEFT JOIN pragma_table_xinfo(s.name) x ON x.pk > 0 "
            + "WHERE s.type IN ('table', 'view') AND lower(s.name) = lower(?) ORDER BY x.name";

    /**
     * A column of a primary key.
     *
     * @param place in the key, from 1.
     * @param keyName null when it has none.
     */
    private record KeyColumn(
            String name, int place, @Nullable String keyName) {}

    private final Catalog catalog;

    PrimaryKeyQuery(Catalog catalog) {
        this.catalog = catalog;
    }

    ResultSet ask(@Nullable String table) throws SQLException {
        final FixedRows rows =
                FixedRows.of("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "KEY_SEQ", "PK_NAME");
        for (final KeyColumn column : columns(table)) {
            rows.add(null, null, table, column.name(), column.place(), column.keyName());
        }
        return catalog.open(rows);
    }

    /**
     * Whether a table has one.
     *
     * @throws SQLException also when there is no such table.
     */
    boolean isThere(@Nullable String table) throws SQLException {
        return !columns(table).isEmpty();
    }

    private List<KeyColumn> columns(@Nullable String table) throws SQLException {
        final String name = Catalog.tableName(table);
        if (name.equals("sqlite_schema") || name.equals("sqlite_master")) {
            return List.of();
        }
        final boolean[] found = new boolean[1];
        final List<KeyColumn> columns = new ArrayList<>();
        catalog.forEach(
                SQL,
                row -> {
                    found[0] = true;
                    final @Nullable String column = row.getString(2);
                    if (column != null) {
                        final ConstraintNames names = ConstraintNames.of(row.getString(1));
                        columns.add(new KeyColumn(column, row.getInt(3), names.primaryKey()));
                    }
                },
                name);
        if (!found[0]) {
            throw JdbcErrors.plain("Table not found: '" + name + "'");
        }
        return columns;
    }
}
