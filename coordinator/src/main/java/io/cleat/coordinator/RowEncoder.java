// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteStatement;
import io.cleat.protocol.StorageClass;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the current row of a statement into a chunk, or into a {@link LargeRow} where it does not fit.
 *
 * <p>Stateless, so thread-safe; the statement and the chunk belong to the calling thread.
 */
final class RowEncoder {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int VALUE_HEADER_BYTES = 1 + Integer.BYTES;

    private RowEncoder() {}

    /**
     * Encodes a row.
     *
     * @param statement that stands on a row.
     * @param columnCount of the statement.
     * @param chunk to which the row is added.
     * @return null when the row is in the chunk; else the row, of which nothing is in the chunk.
     */
    static @Nullable LargeRow encode(SqliteStatement statement, int columnCount, ResultChunk chunk) {
        final MutableDirectBuffer buffer = chunk.buffer();
        final int start = chunk.limit();
        final int bound = start - chunk.rowBytes() + ResultChunk.MAX_ROW_BYTES;
        int offset = start + Integer.BYTES;
        for (int i = 0; i < columnCount; i++) {
            final int type = statement.columnType(i);
            switch (type) {
                case StorageClass.INTEGER -> {
                    buffer.putByte(offset, (byte) type);
                    buffer.putLong(offset + 1, statement.columnLong(i), ORDER);
                    offset += 1 + Long.BYTES;
                }
                case StorageClass.REAL -> {
                    buffer.putByte(offset, (byte) type);
                    buffer.putDouble(offset + 1, statement.columnDouble(i), ORDER);
                    offset += 1 + Double.BYTES;
                }
                case StorageClass.NULL -> {
                    buffer.putByte(offset, (byte) type);
                    offset++;
                }
                default -> {
                    final byte[] bytes = bytes(statement, i, type);
                    if (offset + VALUE_HEADER_BYTES + bytes.length > bound) {
                        return encodeLarge(statement, columnCount, copy(buffer, start, offset), i);
                    }
                    buffer.putByte(offset, (byte) type);
                    buffer.putInt(offset + 1, bytes.length, ORDER);
                    buffer.putBytes(offset + VALUE_HEADER_BYTES, bytes);
                    offset += VALUE_HEADER_BYTES + bytes.length;
                }
            }
        }
        if (offset > bound) {
            return encodeLarge(statement, columnCount, copy(buffer, start, start + Integer.BYTES), 0);
        }
        buffer.putInt(start, offset - start - Integer.BYTES, ORDER);
        chunk.limit(offset);
        return null;
    }

    /**
     * Writes a row of one INTEGER; a chunk below its target has room for it.
     *
     * @param value the INTEGER.
     * @param chunk takes the row.
     */
    static void encode(long value, ResultChunk chunk) {
        final MutableDirectBuffer buffer = chunk.buffer();
        final int start = chunk.limit();
        buffer.putInt(start, 1 + Long.BYTES, ORDER);
        buffer.putByte(start + Integer.BYTES, (byte) StorageClass.INTEGER);
        buffer.putLong(start + Integer.BYTES + 1, value, ORDER);
        chunk.limit(start + Integer.BYTES + 1 + Long.BYTES);
    }

    private static LargeRow encodeLarge(SqliteStatement statement, int columnCount, byte[] head, int firstColumn) {
        final LargeRow row = new LargeRow();
        final byte[][] pieces = new byte[2 * (columnCount - firstColumn)][];
        int pieceCount = 0;
        long lengthBytes = (long) head.length - Integer.BYTES;
        for (int i = firstColumn; i < columnCount; i++) {
            final int type = statement.columnType(i);
            final byte[] value;
            if (type == StorageClass.TEXT || type == StorageClass.BLOB) {
                value = bytes(statement, i, type);
                final byte[] header = new byte[VALUE_HEADER_BYTES];
                header[0] = (byte) type;
                putInt(header, 1, value.length);
                pieces[pieceCount++] = header;
                lengthBytes += header.length;
            } else {
                value = small(statement, i, type);
            }
            pieces[pieceCount++] = value;
            lengthBytes += value.length;
        }
        if (lengthBytes > Integer.MAX_VALUE) {
            throw new ResultTooLargeException("a row of a result is longer than " + Integer.MAX_VALUE
                    + " bytes: lengthBytes=" + lengthBytes + " columns=" + columnCount);
        }
        putInt(head, 0, (int) lengthBytes);
        row.add(head);
        for (int i = 0; i < pieceCount; i++) {
            if (pieces[i].length > 0) {
                row.add(pieces[i]);
            }
        }
        return row;
    }

    private static byte[] bytes(SqliteStatement statement, int column, int type) {
        return type == StorageClass.TEXT ? statement.columnText(column) : statement.columnBlob(column);
    }

    private static byte[] small(SqliteStatement statement, int column, int type) {
        if (type == StorageClass.NULL) {
            return new byte[] {(byte) type};
        }
        final long bits = type == StorageClass.INTEGER
                ? statement.columnLong(column)
                : Double.doubleToRawLongBits(statement.columnDouble(column));
        final byte[] encoded = new byte[1 + Long.BYTES];
        encoded[0] = (byte) type;
        for (int i = 0; i < Long.BYTES; i++) {
            encoded[1 + i] = (byte) (bits >>> (8 * i));
        }
        return encoded;
    }

    private static byte[] copy(MutableDirectBuffer buffer, int from, int to) {
        final byte[] source = buffer.byteArray();
        return Arrays.copyOfRange(source, from, to);
    }

    private static void putInt(byte[] bytes, int offset, int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            bytes[offset + i] = (byte) (value >>> (8 * i));
        }
    }
}
