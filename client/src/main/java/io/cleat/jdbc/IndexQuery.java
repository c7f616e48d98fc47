// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Answers {@code getIndexInfo}. Immutable, thread-safe. */
final class IndexQuery {
    private static final String SQL = "SELECT l.name, l.\"unique\", i.seqno, i.name FROM pragma_index_list(?) l "
            + "JOIN pragma_index_info(l.name) i ORDER BY l.seq, i.seqno";

    private final Catalog catalog;

    IndexQuery(Catalog catalog) {
        this.catalog = catalog;
    }

    /** All indexes of a table, the newest first; a column that is an expression is null. */
    ResultSet ask(@Nullable String table) throws SQLException {
        final FixedRows rows = FixedRows.of(
                "TABLE_CAT",
                "TABLE_SCHEM",
                "TABLE_NAME",
                "NON_UNIQUE",
                "INDEX_QUALIFIER",
                "INDEX_NAME",
                "TYPE",
                "ORDINAL_POSITION",
                "COLUMN_NAME",
                "ASC_OR_DESC",
                "CARDINALITY",
                "PAGES",
                "FILTER_CONDITION");
        catalog.forEach(
                SQL,
                row -> rows.add(
                        null,
                        null,
                        table,
                        1 - row.getInt(2),
                        null,
                        row.getString(1),
                        (int) DatabaseMetaData.tableIndexOther,
                        row.getInt(3) + 1,
                        row.getString(4),
                        null,
                        0,
                        0,
                        null),
                table);
        return catalog.open(rows);
    }
}
