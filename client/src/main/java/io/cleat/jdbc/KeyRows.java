// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.protocol.StorageClass;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The result of {@code getGeneratedKeys}: one row with the row id, or none. Threading: that of the statement. */
final class KeyRows implements ResultRows {
    private final String name;
    private final long rowId;
    private int rowsLeft;

    private KeyRows(String name, int rowCount, long rowId) {
        this.name = name;
        this.rowsLeft = rowCount;
        this.rowId = rowId;
    }

    static KeyRows of(long rowId) {
        return new KeyRows("last_insert_rowid()", 1, rowId);
    }

    /** The column's name is that of sqlite-jdbc. */
    static KeyRows none() {
        return new KeyRows("1", 0, 0);
    }

    @Override
    public boolean next() {
        rowsLeft--;
        return rowsLeft >= 0;
    }

    @Override
    public int columnCount() {
        return 1;
    }

    @Override
    public String columnName(int column) {
        return name;
    }

    @Override
    public @Nullable String declaredType(int column) {
        return null;
    }

    @Override
    public int type(int column) {
        return StorageClass.INTEGER;
    }

    @Override
    public long getLong(int column) {
        return rowId;
    }

    @Override
    public double getDouble(int column) {
        return rowId;
    }

    @Override
    public String getText(int column) {
        return Long.toString(rowId);
    }

    @Override
    public byte[] getBytes(int column) {
        return getText(column).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        rowsLeft = 0;
    }
}
