// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Small ways to run SQL in tests. One thread. */
final class Rows {
    private Rows() {}

    /** Every row as text, columns joined by a bar. */
    static List<String> of(SqliteConnection connection, String sql) {
        List<String> rows = new ArrayList<>();
        try (SqliteStatement statement = connection.prepare(sql)) {
            while (statement.step()) {
                rows.add(row(statement));
            }
        }
        return rows;
    }

    static String row(SqliteStatement statement) {
        StringBuilder row = new StringBuilder();
        for (int i = 0; i < statement.columnCount(); i++) {
            row.append(i == 0 ? "" : "|").append(new String(statement.columnText(i), StandardCharsets.UTF_8));
        }
        return row.toString();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
