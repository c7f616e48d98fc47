// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The columns of results, before and after execution, by declared types and by values. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class MetaDataTest {
    private static final List<String> TYPES = List.of(
            "INTEGER",
            "INT",
            "BIGINT",
            "INT8",
            "UNSIGNED BIG INT",
            "SMALLINT",
            "INT2",
            "TINYINT",
            "MEDIUMINT",
            "BOOLEAN",
            "DATE",
            "DATETIME",
            "TIMESTAMP",
            "DECIMAL(10,2)",
            "DECIMAL",
            "NUMERIC(5)",
            "NUMERIC ( 8 , 3 )",
            "REAL",
            "DOUBLE",
            "DOUBLE PRECISION",
            "FLOAT",
            "CHARACTER(20)",
            "NCHAR(55)",
            "NATIVE CHARACTER(70)",
            "CHAR(1)",
            "VARCHAR(255)",
            "VARYING CHARACTER(255)",
            "NVARCHAR(100)",
            "TEXT",
            "CLOB",
            "BLOB",
            "BINARY(16)",
            "UUID",
            "JSON",
            "int",
            "varchar(3)",
            "");

    private static final List<String> VALUES =
            List.of("NULL", "1", "3000000000", "1.5", "'text'", "'12'", "x'0102'", "0");

    @TempDir
    Path folder;

    private SideBySide sides;

    @BeforeEach
    void open() throws SQLException {
        sides = new SideBySide(folder);
    }

    @AfterEach
    void close() throws SQLException {
        sides.close();
    }

    private static List<Object> described(ResultSetMetaData meta, int column, boolean onRow) throws SQLException {
        final List<Object> told = new ArrayList<>(List.of(
                meta.getColumnCount(),
                meta.getColumnName(column),
                meta.getColumnLabel(column),
                meta.getColumnTypeName(column),
                meta.getPrecision(column),
                meta.getScale(column),
                meta.isNullable(column),
                meta.isAutoIncrement(column),
                meta.isSigned(column),
                meta.getTableName(column),
                meta.getSchemaName(column),
                meta.getCatalogName(column),
                meta.getColumnDisplaySize(column),
                meta.isCaseSensitive(column),
                meta.isCurrency(column),
                meta.isReadOnly(column),
                meta.isWritable(column),
                meta.isDefinitelyWritable(column),
                meta.isSearchable(column)));
        if (onRow) {
            told.add(meta.getColumnType(column));
            told.add(meta.getColumnClassName(column));
        }
        return told;
    }

    @Test
    void shouldDescribeColumnsAsSqliteJdbcWhenTypesAndValuesVary() throws SQLException {
        int number = 0;
        for (final String type : TYPES) {
            number++;
            final String table = "t" + number;
            sides.execute("CREATE TABLE " + table + "(id INTEGER PRIMARY KEY AUTOINCREMENT, v " + type + ", w " + type
                    + " NOT NULL DEFAULT 0)");
            for (final String value : VALUES) {
                sides.execute("DELETE FROM " + table, "INSERT INTO " + table + "(v) VALUES(" + value + ")");
                sides.same(type + " " + value, connection -> {
                    try (PreparedStatement s =
                            connection.prepareStatement("SELECT id, v, w, v AS renamed, v || 'x' FROM " + table)) {
                        final List<Object> told = new ArrayList<>();
                        final ResultSet results = s.executeQuery();
                        for (int i = 1; i <= 5; i++) {
                            told.add(described(results.getMetaData(), i, true));
                        }
                        results.next();
                        told.add(described(results.getMetaData(), 2, true));
                        return told;
                    }
                });
            }
        }
    }

    @Test
    void shouldDescribeBeforeExecutionAsSqliteJdbc() throws SQLException {
        sides.execute(
                "CREATE TABLE t(id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, price DECIMAL(10,2))",
                "CREATE VIEW v AS SELECT id, name AS title FROM t");
        for (final String sql : List.of(
                "SELECT * FROM t",
                "SELECT * FROM v",
                "SELECT count(*), max(price), 1, 'x', cast(id as varchar(7)) FROM t",
                "SELECT t.id, u.name FROM t JOIN t AS u ON t.id = u.id",
                "INSERT INTO t VALUES(1, 'x', 2) RETURNING id, price")) {
            sides.same(sql, connection -> {
                try (PreparedStatement s = connection.prepareStatement(sql)) {
                    final List<Object> told = new ArrayList<>();
                    for (int i = 1; i <= s.getMetaData().getColumnCount(); i++) {
                        told.add(described(s.getMetaData(), i, false));
                        told.add(s.getMetaData().getColumnType(i));
                    }
                    return told;
                }
            });
        }
        sides.same("out of bounds", connection -> {
            try (PreparedStatement s = connection.prepareStatement("SELECT 1")) {
                return s.getMetaData().getColumnName(2);
            }
        });
    }

    @Test
    void shouldFollowTheRowAsSqliteJdbcWhenValuesVary() {
        sides.same("types by row", connection -> {
            try (PreparedStatement s =
                    connection.prepareStatement("SELECT 1 UNION ALL SELECT 'x' UNION ALL SELECT 2.5")) {
                final ResultSet results = s.executeQuery();
                final List<Object> told = new ArrayList<>();
                while (results.next()) {
                    told.add(described(results.getMetaData(), 1, true));
                }
                return told;
            }
        });
    }
}
