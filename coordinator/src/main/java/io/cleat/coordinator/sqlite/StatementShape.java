// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a compiled statement takes and gives, under the schema of the connection that compiled it. Immutable; any thread.
 *
 * @param parameterCount values to bind, 0 to 250,000.
 * @param parameterNames the parameters that have a name or a number of their own ({@code :a}, {@code @a}, {@code $a}, {@code ?5}), by
 *     their index from 0, in their order.
 * @param columns of the result; none when it gives no rows.
 */
public record StatementShape(int parameterCount, Map<Integer, String> parameterNames, List<Column> columns) {
    /**
     * A column of a result.
     *
     * @param name as SQLite gives it.
     * @param declaredType of the table's column; null for an expression or a column without type.
     * @param tableName where it comes from, views resolved; null for an expression.
     * @param notNull whether the table's column of this name is NOT NULL.
     * @param primaryKey whether that is (part of) the primary key.
     * @param autoIncrement whether that is AUTOINCREMENT.
     */
    public record Column(
            String name,
            @Nullable String declaredType,
            @Nullable String tableName,
            boolean notNull,
            boolean primaryKey,
            boolean autoIncrement) {}

    static StatementShape of(SqliteNative db, long handle, String sql) {
        int parameterCount = db.parameterCount(handle);
        int columnCount = db.columnCount(handle);
        List<Column> columns = new ArrayList<>(columnCount);
        if (columnCount > 0) {
            boolean[][] metadata = db.columnMetadata(handle);
            for (int i = 0; i < columnCount; i++) {
                columns.add(new Column(
                        db.columnName(handle, i),
                        db.columnDeclaredType(handle, i),
                        db.columnTableName(handle, i),
                        metadata[i][0],
                        metadata[i][1],
                        metadata[i][2]));
            }
        }
        return new StatementShape(parameterCount, VariableNames.of(sql, parameterCount), List.copyOf(columns));
    }
}
