// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.protocol.StorageClass;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows that were made here: texts, integers and nulls. {@link #add} them, then read them once.
 *
 * <p>Not thread-safe.
 */
final class FixedRows implements ResultRows {
    private final String[] columns;
    private final List<@Nullable Object[]> rows = new ArrayList<>();
    private int row = -1;

    private FixedRows(String[] columns) {
        this.columns = columns;
    }

    /** None yet, with columns of these names. */
    static FixedRows of(String... columns) {
        return new FixedRows(columns.clone());
    }

    /** Adds a row; each value is a String, an Integer or null. */
    FixedRows add(@Nullable Object... values) {
        if (values.length != columns.length) {
            throw new IllegalArgumentException("values=" + values.length + " columns=" + columns.length);
        }
        rows.add(values.clone());
        return this;
    }

    @Override
    public boolean next() {
        row = Math.min(row + 1, rows.size());
        return row < rows.size();
    }

    @Override
    public int columnCount() {
        return columns.length;
    }

    @Override
    public String columnName(int column) {
        return columns[column];
    }

    @Override
    public @Nullable String declaredType(int column) {
        return null;
    }

    @Override
    public int type(int column) {
        final @Nullable Object value = value(column);
        return value == null ? StorageClass.NULL : value instanceof Integer ? StorageClass.INTEGER : StorageClass.TEXT;
    }

    @Override
    public long getLong(int column) {
        final @Nullable Object value = value(column);
        return value instanceof Integer number ? number : TextNumber.toLong(value);
    }

    @Override
    public double getDouble(int column) {
        final @Nullable Object value = value(column);
        return value instanceof Integer number ? number : TextNumber.toDouble(value);
    }

    @Override
    public @Nullable String getText(int column) {
        final @Nullable Object value = value(column);
        return value == null ? null : value.toString();
    }

    @Override
    public byte @Nullable [] getBytes(int column) {
        final @Nullable String text = getText(column);
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        rows.clear();
    }

    private @Nullable Object value(int column) {
        return rows.get(row)[column];
    }
}
