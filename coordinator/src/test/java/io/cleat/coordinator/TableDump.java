// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cleat.Database;
import io.cleat.Row;
import io.cleat.protocol.StorageClass;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that a database holds, as text with storage classes, read by plain sqlite-jdbc or through Cleat by the same queries. */
final class TableDump {
    private static final String NAMES =
            "SELECT name FROM sqlite_schema WHERE type = '%s' AND name NOT LIKE 'sqlite_%%' ORDER BY name";

    private TableDump() {}

    /** Runs a query and gives its rows, each value with its storage class. */
    interface Source {
        List<List<String>> rows(String sql) throws SQLException;
    }

    /** Each table's rows in the order of their rowids, each view's rows sorted, and the schema's own text. */
    static Map<String, List<String>> of(Source source) throws SQLException {
        final Map<String, List<String>> dump = new LinkedHashMap<>();
        dump.put(
                "schema",
                lines(source.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")));
        for (String table : names(source, "table")) {
            dump.put(table, lines(source.rows("SELECT rowid, * FROM \"" + table + "\" ORDER BY rowid")));
        }
        for (String view : names(source, "view")) {
            dump.put(
                    view,
                    lines(source.rows("SELECT * FROM \"" + view + "\"")).stream()
                            .sorted()
                            .toList());
        }
        return dump;
    }

    static Map<String, List<String>> throughCleat(Database database) throws SQLException {
        return of(sql -> database.query(sql, TableDump::values));
    }

    static Map<String, List<String>> plain(Path file) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            return of(sql -> plainRows(connection, sql));
        }
    }

    /** Runs a script by plain SQLite, into a fresh file. */
    static void runPlain(Path file, String script) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("PRAGMA synchronous=off");
            connection.setAutoCommit(false);
            statement.executeUpdate(script);
            connection.commit();
        }
    }

    private static List<String> names(Source source, String type) throws SQLException {
        return source.rows(NAMES.formatted(type)).stream()
                .map(row -> row.get(0).substring("TEXT ".length()))
                .toList();
    }

    private static List<String> lines(List<List<String>> rows) {
        return rows.stream().map(row -> String.join(" | ", row)).toList();
    }

    private static List<String> values(Row row) {
        final List<String> values = new ArrayList<>();
        for (int i = 0; i < row.columnCount(); i++) {
            values.add(
                    switch (row.type(i)) {
                        case StorageClass.INTEGER -> "INTEGER " + row.getLong(i);
                        case StorageClass.REAL ->
                            "REAL " + Long.toHexString(Double.doubleToRawLongBits(row.getDouble(i)));
                        case StorageClass.TEXT -> "TEXT " + row.getText(i);
                        case StorageClass.BLOB -> "BLOB " + hex(row.getBytes(i));
                        default -> "NULL";
                    });
        }
        return values;
    }

    private static List<List<String>> plainRows(Connection connection, String sql) throws SQLException {
        final List<List<String>> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                rows.add(plainRow(result));
            }
        }
        return rows;
    }

    /** The driver gives Integer or Long for INTEGER, Double for REAL, String for TEXT and byte[] for BLOB. */
    private static List<String> plainRow(ResultSet result) throws SQLException {
        final List<String> values = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
            final Object value = result.getObject(i);
            if (value == null) {
                values.add("NULL");
            } else if (value instanceof Double real) {
                values.add("REAL " + Long.toHexString(Double.doubleToRawLongBits(real)));
            } else if (value instanceof byte[] bytes) {
                values.add("BLOB " + hex(bytes));
            } else if (value instanceof String) {
                values.add("TEXT " + new String(result.getBytes(i), UTF_8));
            } else {
                values.add("INTEGER " + result.getLong(i));
            }
        }
        return values;
    }

    private static String hex(byte @Nullable [] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }
}
