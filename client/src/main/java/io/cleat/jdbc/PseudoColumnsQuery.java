// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.PseudoColumnUsage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import org.jspecify.annotations.Nullable;

/** Answers {@code getPseudoColumns}: {@code rowid}, of tables that have it and do not hide it. Immutable, thread-safe. */
final class PseudoColumnsQuery {
    private static final String SQL =
            "SELECT t.name FROM pragma_table_list t WHERE t.schema = 'main' AND t.type = 'table' "
                    + "AND NOT t.wr AND t.name LIKE ?1 ESCAPE '\\' AND 'ROWID' LIKE upper(?2) ESCAPE '\\' "
                    + "AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(t.name) x WHERE lower(x.name) = 'rowid') ORDER BY t.name";

    private static final int DIGITS = 19;
    private static final int DECIMAL = 10;

    private final Catalog catalog;

    PseudoColumnsQuery(Catalog catalog) {
        this.catalog = catalog;
    }

    ResultSet ask(@Nullable String tablePattern, @Nullable String columnPattern) throws SQLException {
        final FixedRows rows = FixedRows.of(
                "TABLE_CAT",
                "TABLE_SCHEM",
                "TABLE_NAME",
                "COLUMN_NAME",
                "DATA_TYPE",
                "COLUMN_SIZE",
                "DECIMAL_DIGITS",
                "NUM_PREC_RADIX",
                "COLUMN_USAGE",
                "REMARKS",
                "CHAR_OCTET_LENGTH",
                "IS_NULLABLE");
        catalog.forEach(
                SQL,
                row -> rows.add(
                        null,
                        null,
                        row.getString(1),
                        "rowid",
                        Types.BIGINT,
                        DIGITS,
                        0,
                        DECIMAL,
                        PseudoColumnUsage.NO_USAGE_RESTRICTIONS.name(),
                        null,
                        0,
                        "NO"),
                Catalog.patternOf(tablePattern),
                Catalog.patternOf(columnPattern));
        return catalog.open(rows);
    }
}
