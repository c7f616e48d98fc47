// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Answers {@code getColumns}. Immutable, thread-safe. */
final class ColumnsQuery {
    private static final String SQL =
            "SELECT t.name AS tableName, lower(t.sql) LIKE '%autoincrement%' AS counts, x.name, "
                    + "x.cid, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden "
                    + "FROM " + TablesQuery.TABLES + " t JOIN pragma_table_xinfo(t.name) x "
                    + "WHERE t.name LIKE ?1 ESCAPE '\\' AND (?2 IS NULL OR upper(x.name) LIKE upper(?2) ESCAPE '\\') "
                    + "ORDER BY t.name, x.cid";

    /** Of generated columns in {@code table_xinfo}, VIRTUAL; STORED is one more. */
    private static final int GENERATED = 2;

    private static final int DECIMAL = 10;

    private final Catalog catalog;

    ColumnsQuery(Catalog catalog) {
        this.catalog = catalog;
    }

    ResultSet ask(@Nullable String tablePattern, @Nullable String columnPattern) throws SQLException {
        final FixedRows rows = FixedRows.of(
                "TABLE_CAT",
                "TABLE_SCHEM",
                "TABLE_NAME",
                "COLUMN_NAME",
                "DATA_TYPE",
                "TYPE_NAME",
                "COLUMN_SIZE",
                "BUFFER_LENGTH",
                "DECIMAL_DIGITS",
                "NUM_PREC_RADIX",
                "NULLABLE",
                "REMARKS",
                "COLUMN_DEF",
                "SQL_DATA_TYPE",
                "SQL_DATETIME_SUB",
                "CHAR_OCTET_LENGTH",
                "ORDINAL_POSITION",
                "IS_NULLABLE",
                "SCOPE_CATALOG",
                "SCOPE_SCHEMA",
                "SCOPE_TABLE",
                "SOURCE_DATA_TYPE",
                "IS_AUTOINCREMENT",
                "IS_GENERATEDCOLUMN");
        catalog.forEach(SQL, row -> add(rows, row), Catalog.patternOf(tablePattern), columnPattern);
        return catalog.open(rows);
    }

    private static void add(FixedRows rows, ResultSet row) throws SQLException {
        final DeclaredType type = DeclaredType.of(row.getString("type"));
        final boolean nullable = row.getInt("notnull") == 0;
        // The first column of the key, as in sqlite-jdbc: SQLite allows no other with AUTOINCREMENT.
        final boolean counts = row.getInt("pk") == 1 && row.getInt("counts") == 1;
        rows.add(
                null,
                null,
                row.getString("tableName"),
                row.getString("name"),
                type.sqlType(),
                type.name(),
                type.size(),
                DeclaredType.UNLIMITED,
                type.decimalDigits(),
                DECIMAL,
                nullable ? DatabaseMetaData.columnNullable : DatabaseMetaData.columnNoNulls,
                null,
                row.getString("dflt_value"),
                0,
                0,
                DeclaredType.UNLIMITED,
                row.getInt("cid") + 1,
                yesOrNo(nullable),
                null,
                null,
                null,
                null,
                yesOrNo(counts),
                yesOrNo(row.getInt("hidden") >= GENERATED));
    }

    private static String yesOrNo(boolean yes) {
        return yes ? "YES" : "NO";
    }
}
