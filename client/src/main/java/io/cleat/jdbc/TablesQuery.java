// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers {@code getTables}. Immutable, thread-safe. */
final class TablesQuery {
    /** All that are listed: as in sqlite-jdbc what SQLite itself has made too, indexes of constraints included. */
    static final String TABLES = "(SELECT 'sqlite_schema' AS name, 'SYSTEM TABLE' AS type, '' AS sql UNION ALL "
            + "SELECT name, CASE WHEN name LIKE 'sqlite\\_%' ESCAPE '\\' OR name = 'cleat_outcome' THEN 'SYSTEM TABLE' "
            + "ELSE upper(type) END, sql FROM sqlite_schema "
            + "WHERE type IN ('table', 'view') OR name LIKE 'sqlite\\_%' ESCAPE '\\')";

    private static final String SQL =
            "SELECT name, type FROM " + TABLES + " WHERE name LIKE ? ESCAPE '\\' ORDER BY type, name";

    private final Catalog catalog;

    TablesQuery(Catalog catalog) {
        this.catalog = catalog;
    }

    ResultSet ask(@Nullable String pattern, String @Nullable [] types) throws SQLException {
        final FixedRows rows = FixedRows.of(
                "TABLE_CAT",
                "TABLE_SCHEM",
                "TABLE_NAME",
                "TABLE_TYPE",
                "REMARKS",
                "TYPE_CAT",
                "TYPE_SCHEM",
                "TYPE_NAME",
                "SELF_REFERENCING_COL_NAME",
                "REF_GENERATION");
        final Set<String> wanted = new HashSet<>();
        for (final String type : types == null ? new String[0] : types) {
            wanted.add(type.toUpperCase(Locale.ROOT));
        }
        catalog.forEach(
                SQL,
                row -> {
                    final String type = row.getString(2);
                    if (wanted.isEmpty() || wanted.contains(type)) {
                        rows.add(null, null, row.getString(1), type, null, null, null, null, null, null);
                    }
                },
                Catalog.patternOf(pattern));
        return catalog.open(rows);
    }
}
