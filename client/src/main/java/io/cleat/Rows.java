// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Exchange;
import io.cleat.client.RowCursor;
import io.cleat.protocol.Columns;
import io.cleat.protocol.StorageClass;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over the rows of a statement, which arrive while they are read: at most the credit of the {@link ClientContext} and
 * one row are held. Close it; closed before its end, the coordinator gives the statement up.
 *
 * <p>Belongs to the thread that ran the statement. Reading columns and {@code next} allocate nothing but what they return.
 */
public final class Rows implements Row, AutoCloseable {
    private final Exchange exchange;
    private final RowCursor cursor;
    private final @Nullable Runnable onClose;
    private boolean open;
    private boolean atEnd;

    /** Of a closed cursor; {@link #opened} opens it. */
    Rows(Exchange exchange, @Nullable Runnable onClose) {
        this.exchange = exchange;
        this.cursor = exchange.rows();
        this.onClose = onClose;
    }

    /** The request was sent, and its reply has started. */
    Rows opened() {
        open = true;
        atEnd = false;
        return this;
    }

    boolean isOpen() {
        return open;
    }

    /**
     * Moves to the next row. Waits for it, by the timeout of the call counted from now.
     *
     * @return false when there is none; then the counts below are known.
     */
    public boolean next() {
        ensureOpen();
        if (atEnd) {
            return false;
        }
        boolean row = false;
        try {
            row = cursor.next();
        } finally {
            // A cursor that failed has nothing more to give.
            atEnd = !row;
        }
        return row;
    }

    /** {@return rows changed directly by a statement that writes and returns rows; known after the last row} */
    public long changeCount() {
        return exchange.changeCount();
    }

    /** {@return row id of the last row inserted; 0 if none; known after the last row} */
    public long lastRowId() {
        return exchange.lastRowId();
    }

    /** {@return the last commit that the rows can have seen; for a write, its own; known after the last row} */
    public long commitSequence() {
        return exchange.commitSequence();
    }

    /** {@return whether the statement returns rows, also when there are none} */
    public boolean hasColumns() {
        return cursor.columns() != null;
    }

    @Override
    public int columnCount() {
        final @Nullable Columns columns = cursor.columns();
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
        final @Nullable Columns columns = cursor.columns();
        final int index = columns == null ? -1 : columns.indexOf(name);
        if (index < 0) {
            throw new CleatException(ErrorCode.MISUSE, "no column '" + name + "' among [" + columns + "]");
        }
        return index;
    }

    @Override
    public int type(int column) {
        check(column);
        return cursor.type(column);
    }

    @Override
    public boolean isNull(int column) {
        return type(column) == StorageClass.NULL;
    }

    @Override
    public long getLong(int column) {
        return switch (type(column)) {
            case StorageClass.INTEGER -> cursor.buffer().getLong(cursor.offset(column), ByteOrder.LITTLE_ENDIAN);
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
            final byte[] bytes = new byte[cursor.lengthBytes(column)];
            cursor.buffer().getBytes(cursor.offset(column), bytes);
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

    /** Gives up rows not read yet. Idempotent; throws nothing. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        try {
            exchange.abandon();
        } finally {
            if (onClose != null) {
                onClose.run();
            }
        }
    }

    private double real(int column) {
        return cursor.buffer().getDouble(cursor.offset(column), ByteOrder.LITTLE_ENDIAN);
    }

    private String utf8(int column) {
        final int length = cursor.lengthBytes(column);
        final byte @Nullable [] array = cursor.buffer().byteArray();
        if (array != null) {
            return new String(array, cursor.offset(column), length, StandardCharsets.UTF_8);
        }
        return cursor.buffer().getStringWithoutLengthUtf8(cursor.offset(column), length);
    }

    private Columns describedColumns(int column) {
        final @Nullable Columns columns = cursor.columns();
        if (columns == null || column < 0 || column >= columns.count()) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "no such column: column=" + column + " columnCount=" + (columns == null ? 0 : columns.count()));
        }
        return columns;
    }

    private void check(int column) {
        if (column < 0 || column >= cursor.valueCount()) {
            ensureOpen();
            throw new CleatException(
                    ErrorCode.MISUSE,
                    cursor.valueCount() == 0
                            ? "not on a row: call next() first, and only read while it returns true"
                            : "no such column: column=" + column + " columnCount=" + cursor.valueCount());
        }
    }

    private void ensureOpen() {
        if (!open) {
            throw Failures.closed("the rows were closed");
        }
    }
}
