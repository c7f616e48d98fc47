// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.DecodedRow;
import io.cleat.protocol.Columns;
import io.cleat.protocol.StorageClass;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The values of an encoded row, converted as {@link Row} says. Not thread-safe: one owner. */
abstract sealed class RowValues implements Row permits Rows, StoredRow {
    private final DecodedRow row;

    RowValues(DecodedRow row) {
        this.row = row;
    }

    /** Null when the statement returns none, or before it is known. */
    abstract @Nullable Columns columns();

    /** Throws when the rows were closed. */
    abstract void ensureOpen();

    @Override
    public int columnCount() {
        final @Nullable Columns columns = columns();
        return columns == null ? 0 : columns.count();
    }

    @Override
    public String columnName(int column) {
        return describedColumns(column).name(column);
    }

    @Override
    public @Nullable String declaredType(int column) {
        return describedColumns(column).declaredType(column);
    }

    @Override
    public int columnIndex(String name) {
        final @Nullable Columns columns = columns();
        final int index = columns == null ? -1 : columns.indexOf(name);
        if (index < 0) {
            throw new CleatException(ErrorCode.MISUSE, "no column '" + name + "' among [" + columns + "]");
        }
        return index;
    }

    @Override
    public int type(int column) {
        check(column);
        return row.type(column);
    }

    @Override
    public boolean isNull(int column) {
        return type(column) == StorageClass.NULL;
    }

    @Override
    public long getLong(int column) {
        return switch (type(column)) {
            case StorageClass.INTEGER -> row.buffer().getLong(row.offset(column), ByteOrder.LITTLE_ENDIAN);
            case StorageClass.REAL -> (long) real(column);
            case StorageClass.NULL -> 0;
            default -> Conversions.textToLong(utf8(column));
        };
    }

    @Override
    public double getDouble(int column) {
        return switch (type(column)) {
            case StorageClass.REAL -> real(column);
            case StorageClass.INTEGER -> (double) getLong(column);
            case StorageClass.NULL -> 0.0;
            default -> Conversions.textToDouble(utf8(column));
        };
    }

    @Override
    public @Nullable String getText(int column) {
        return switch (type(column)) {
            case StorageClass.NULL -> null;
            case StorageClass.INTEGER -> Long.toString(getLong(column));
            case StorageClass.REAL -> Conversions.doubleToText(real(column));
            default -> utf8(column);
        };
    }

    @Override
    public byte @Nullable [] getBytes(int column) {
        final int type = type(column);
        if (type == StorageClass.TEXT || type == StorageClass.BLOB) {
            final byte[] bytes = new byte[row.lengthBytes(column)];
            row.buffer().getBytes(row.offset(column), bytes);
            return bytes;
        }
        final @Nullable String text = getText(column);
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public @Nullable Object getObject(int column) {
        return switch (type(column)) {
            case StorageClass.NULL -> null;
            case StorageClass.INTEGER -> getLong(column);
            case StorageClass.REAL -> real(column);
            case StorageClass.TEXT -> utf8(column);
            default -> getBytes(column);
        };
    }

    private double real(int column) {
        return row.buffer().getDouble(row.offset(column), ByteOrder.LITTLE_ENDIAN);
    }

    private String utf8(int column) {
        final int length = row.lengthBytes(column);
        final byte @Nullable [] array = row.buffer().byteArray();
        if (array != null) {
            return new String(array, row.offset(column), length, StandardCharsets.UTF_8);
        }
        return row.buffer().getStringWithoutLengthUtf8(row.offset(column), length);
    }

    private Columns describedColumns(int column) {
        final @Nullable Columns columns = columns();
        if (columns == null || column < 0 || column >= columns.count()) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "no such column: column=" + column + " columnCount=" + (columns == null ? 0 : columns.count()));
        }
        return columns;
    }

    private void check(int column) {
        if (column < 0 || column >= row.valueCount()) {
            ensureOpen();
            throw new CleatException(
                    ErrorCode.MISUSE,
                    row.valueCount() == 0
                            ? "not on a row: call next() first, and only read while it returns true"
                            : "no such column: column=" + column + " columnCount=" + row.valueCount());
        }
    }
}
