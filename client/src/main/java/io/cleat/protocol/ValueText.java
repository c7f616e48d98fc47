// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Encoded values, rows and columns as text. Trusts nothing: every length is checked against what is there before anything is
 * copied. Not thread-safe.
 */
final class ValueText {
    private static final int MAX_ROWS = 3;
    private static final String[] KINDS = {"INSERT", "UPDATE", "DELETE", "READ"};

    private final ValueReader reader = new ValueReader();
    private final int maxLength;
    private final boolean shown;

    /**
     * Begins.
     *
     * @param maxLength of a text or blob as shown, in characters.
     * @param shown whether values are shown; else how many there are.
     */
    ValueText(int maxLength, boolean shown) {
        this.maxLength = maxLength;
        this.shown = shown;
    }

    /** Values one behind the other, such as {@code 1, 'a', NULL}. */
    String values(DirectBuffer bytes, int offset, int length, int count) {
        if (!shown) {
            return redacted(count, "value");
        }
        reader.wrap(bytes, offset, length);
        return values(count);
    }

    /** The rows of a batch: statement index, value count, values. The first few of them. */
    String batchRows(DirectBuffer bytes, int rowCount) {
        if (!shown) {
            return "[" + redacted(rowCount, "row") + "]";
        }
        final StringBuilder text = new StringBuilder();
        int offset = 0;
        for (int i = 0; i < Math.min(rowCount, MAX_ROWS); i++) {
            need(bytes, offset, Integer.BYTES + Short.BYTES);
            final int statement = bytes.getInt(offset, ByteOrder.LITTLE_ENDIAN);
            final int count = bytes.getShort(offset + Integer.BYTES, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
            final int begin = offset + Integer.BYTES + Short.BYTES;
            reader.wrap(bytes, begin, bytes.capacity() - begin);
            text.append(" #")
                    .append(statement)
                    .append('[')
                    .append(values(count))
                    .append(']');
            offset = reader.offset();
        }
        return text.append(rowCount > MAX_ROWS ? " …" : "").toString();
    }

    /** The rows at the beginning of a chunk: the first few, as far as they are whole. */
    String rows(DirectBuffer bytes, int columnCount) {
        if (!shown) {
            return bytes.capacity() == 0 ? "" : " (" + redacted(bytes.capacity(), "byte") + ")";
        }
        final StringBuilder text = new StringBuilder();
        int offset = 0;
        for (int i = 0; offset + Integer.BYTES <= bytes.capacity(); i++) {
            final int length = bytes.getInt(offset, ByteOrder.LITTLE_ENDIAN);
            offset += Integer.BYTES;
            if (length < 0) {
                throw new ProtocolException("row: length=" + length);
            }
            if (i == MAX_ROWS || length > bytes.capacity() - offset) {
                return text.append(" …").toString();
            }
            text.append(" (").append(values(bytes, offset, length, columnCount)).append(')');
            offset += length;
        }
        return text.toString();
    }

    /** Tables such as {@code t INSERT|DELETE, u READ}: kinds, length and name of each. */
    String tables(DirectBuffer bytes) {
        final StringBuilder text = new StringBuilder();
        int offset = 0;
        while (offset < bytes.capacity()) {
            need(bytes, offset, 1 + Integer.BYTES);
            final int kinds = bytes.getByte(offset);
            final int length = bytes.getInt(offset + 1, ByteOrder.LITTLE_ENDIAN);
            offset += 1 + Integer.BYTES;
            if (length < 0 || length > bytes.capacity() - offset) {
                throw new ProtocolException("table: nameLength=" + length);
            }
            text.append(text.isEmpty() ? "" : ", ")
                    .append(utf8(bytes, offset, length))
                    .append(kinds(kinds));
            offset += length;
        }
        return text.toString();
    }

    private static String kinds(int kinds) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < KINDS.length; i++) {
            if ((kinds & 1 << i) != 0) {
                text.append(text.isEmpty() ? ' ' : '|').append(KINDS[i]);
            }
        }
        return text.toString();
    }

    private static String redacted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    /** Columns such as {@code id INTEGER, name TEXT}. */
    static String columns(Columns columns) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < columns.count(); i++) {
            final @Nullable String type = columns.declaredType(i);
            text.append(i == 0 ? "" : ", ").append(columns.name(i)).append(type == null ? "" : " " + type);
        }
        return text.toString();
    }

    /** UTF-8 in one line, cut. */
    String utf8(DirectBuffer bytes, int offset, int length) {
        final byte[] copy = new byte[(int) Math.min(length, 4L * maxLength)];
        bytes.getBytes(offset, copy);
        return TextLine.cut(TextLine.oneLine(new String(copy, StandardCharsets.UTF_8)), maxLength);
    }

    private String values(int count) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : ", ").append(value(reader.next()));
        }
        return text.toString();
    }

    private String value(int type) {
        return switch (type) {
            case StorageClass.INTEGER -> Long.toString(reader.longValue());
            case StorageClass.REAL -> Double.toString(reader.doubleValue());
            case StorageClass.TEXT -> "'" + utf8(reader, this) + "'";
            case StorageClass.BLOB -> blob();
            default -> "NULL";
        };
    }

    private static String utf8(ValueReader value, ValueText text) {
        final byte[] bytes = value.bytes();
        return text.utf8(new UnsafeBuffer(bytes), 0, bytes.length).replace("'", "''");
    }

    private String blob() {
        final byte[] bytes = reader.bytes();
        final int length = Math.min(bytes.length, Math.max(1, maxLength / 2));
        return length == bytes.length
                ? hex(bytes)
                : hex(Arrays.copyOf(bytes, length)) + "…(" + bytes.length + " bytes)";
    }

    private static String hex(byte[] bytes) {
        return "x'" + HexFormat.of().formatHex(bytes) + "'";
    }

    private static void need(DirectBuffer bytes, int offset, int length) {
        if (offset + length > bytes.capacity()) {
            throw new ProtocolException("row: needs=" + length + " has=" + (bytes.capacity() - offset));
        }
    }
}
