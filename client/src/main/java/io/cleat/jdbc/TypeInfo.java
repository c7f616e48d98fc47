// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.DatabaseMetaData;
import java.sql.Types;

/** Answers {@code getTypeInfo}: SQLite's storage classes. Thread-safe: constants. */
final class TypeInfo {
    private static final int DECIMAL = 10;

    private TypeInfo() {}

    /** By the number of the type. */
    static FixedRows rows() {
        final FixedRows rows = FixedRows.of(
                "TYPE_NAME",
                "DATA_TYPE",
                "PRECISION",
                "LITERAL_PREFIX",
                "LITERAL_SUFFIX",
                "CREATE_PARAMS",
                "NULLABLE",
                "CASE_SENSITIVE",
                "SEARCHABLE",
                "UNSIGNED_ATTRIBUTE",
                "FIXED_PREC_SCALE",
                "AUTO_INCREMENT",
                "LOCAL_TYPE_NAME",
                "MINIMUM_SCALE",
                "MAXIMUM_SCALE",
                "SQL_DATA_TYPE",
                "SQL_DATETIME_SUB",
                "NUM_PREC_RADIX");
        add(rows, "NULL", Types.NULL, false, true, false);
        add(rows, "INTEGER", Types.INTEGER, false, false, true);
        add(rows, "REAL", Types.REAL, false, false, false);
        add(rows, "TEXT", Types.VARCHAR, true, true, false);
        add(rows, "BLOB", Types.BLOB, false, true, false);
        return rows;
    }

    private static void add(
            FixedRows rows, String name, int type, boolean caseSensitive, boolean unsigned, boolean counts) {
        rows.add(
                name,
                type,
                0,
                null,
                null,
                null,
                DatabaseMetaData.typeNullable,
                number(caseSensitive),
                DatabaseMetaData.typeSearchable,
                number(unsigned),
                0,
                number(counts),
                null,
                0,
                0,
                0,
                0,
                DECIMAL);
    }

    private static int number(boolean value) {
        return value ? 1 : 0;
    }
}
