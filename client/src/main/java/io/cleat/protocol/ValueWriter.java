// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes values, one behind the other, into a private buffer that grows.
 *
 * <p>Not thread-safe: one owner at a time. Allocates nothing once the buffer has grown, except for text that is not ASCII.
 */
public final class ValueWriter {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int INITIAL_CAPACITY_BYTES = 256;
    private static final int RETAINED_CAPACITY_BYTES = 1 << 20;

    private ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
    private int lengthBytes;
    private int count;

    /** Forgets what was written; lets go of a buffer that a large value has grown beyond 1 MiB. */
    public void clear() {
        if (buffer.capacity() > RETAINED_CAPACITY_BYTES) {
            buffer = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
        }
        lengthBytes = 0;
        count = 0;
    }

    /** {@return the bytes written so far, from offset 0; valid until the next write} */
    public MutableDirectBuffer buffer() {
        return buffer;
    }

    /** {@return how many bytes were written} */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** {@return how many values were written} */
    public int count() {
        return count;
    }

    /** Writes NULL. */
    public void writeNull() {
        type(StorageClass.NULL);
    }

    /**
     * Writes an INTEGER.
     *
     * @param value any.
     */
    public void writeLong(long value) {
        type(StorageClass.INTEGER);
        buffer.putLong(lengthBytes, value, ORDER);
        lengthBytes += Long.BYTES;
    }

    /**
     * Writes a REAL. NaN arrives as NULL: SQLite stores no NaN.
     *
     * @param value any.
     */
    public void writeDouble(double value) {
        type(StorageClass.REAL);
        buffer.putDouble(lengthBytes, value, ORDER);
        lengthBytes += Double.BYTES;
    }

    /**
     * Writes a TEXT, as UTF-8.
     *
     * @param text without unpaired surrogates.
     * @throws IllegalArgumentException when the text has an unpaired surrogate, which UTF-8 cannot say.
     */
    public void writeText(String text) {
        final int length = text.length();
        type(StorageClass.TEXT);
        buffer.checkLimit(lengthBytes + Integer.BYTES + length);
        final int start = lengthBytes + Integer.BYTES;
        for (int i = 0; i < length; i++) {
            final char c = text.charAt(i);
            if (c >= 0x80) {
                lengthBytes = putBytes(utf8(text));
                return;
            }
            buffer.putByte(start + i, (byte) c);
        }
        buffer.putInt(lengthBytes, length, ORDER);
        lengthBytes = start + length;
    }

    /**
     * Writes a TEXT that is UTF-8 already. It is not checked.
     *
     * @param utf8 the bytes.
     */
    public void writeText(byte[] utf8) {
        type(StorageClass.TEXT);
        lengthBytes = putBytes(utf8);
    }

    /**
     * Writes a BLOB.
     *
     * @param bytes the bytes.
     */
    public void writeBlob(byte[] bytes) {
        type(StorageClass.BLOB);
        lengthBytes = putBytes(bytes);
    }

    /**
     * Writes a value of a Java type that has one meaning in SQLite: null, Byte, Short, Integer, Long and Boolean (0, 1) as INTEGER,
     * Float and Double as REAL, CharSequence as TEXT, byte[] as BLOB.
     *
     * @param value of one of these types.
     * @throws IllegalArgumentException for any other type; the message names it.
     */
    public void writeObject(@Nullable Object value) {
        if (value == null) {
            writeNull();
        } else if (value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte) {
            writeLong(((Number) value).longValue());
        } else if (value instanceof Double || value instanceof Float) {
            writeDouble(((Number) value).doubleValue());
        } else if (value instanceof CharSequence) {
            writeText(value.toString());
        } else if (value instanceof byte[] bytes) {
            writeBlob(bytes);
        } else if (value instanceof Boolean truth) {
            writeLong(truth ? 1 : 0);
        } else {
            throw new IllegalArgumentException(
                    "no SQLite storage class for " + value.getClass().getName()
                            + ": pass null, an integer type, Boolean, Float, Double, text or byte[]");
        }
    }

    /**
     * Writes what goes before the values of a row of a batch.
     *
     * @param statementIndex of the statement, from 0.
     * @param valueCount how many values follow; at most 65535.
     */
    public void writeRowHead(int statementIndex, int valueCount) {
        if (valueCount > 0xFFFF) {
            throw new IllegalArgumentException("valueCount=" + valueCount + " max=65535");
        }
        buffer.putInt(lengthBytes, statementIndex, ORDER);
        buffer.putShort(lengthBytes + Integer.BYTES, (short) valueCount, ORDER);
        lengthBytes += Integer.BYTES + Short.BYTES;
    }

    /**
     * Writes a length and that many bytes, without a type.
     *
     * @param bytes the bytes.
     */
    public void writeRaw(byte[] bytes) {
        lengthBytes = putBytes(bytes);
    }

    /**
     * Takes back what was written last.
     *
     * @param lengthBytes an earlier {@link #lengthBytes()}.
     * @param count the {@link #count()} of that moment.
     */
    public void truncate(int lengthBytes, int count) {
        this.lengthBytes = lengthBytes;
        this.count = count;
    }

    /**
     * Writes values that are encoded already.
     *
     * @param encoded the bytes.
     * @param valueCount how many values they are.
     */
    public void writeEncoded(byte[] encoded, int valueCount) {
        buffer.putBytes(lengthBytes, encoded);
        lengthBytes += encoded.length;
        count += valueCount;
    }

    private void type(int type) {
        buffer.putByte(lengthBytes, (byte) type);
        lengthBytes++;
        count++;
    }

    private int putBytes(byte[] bytes) {
        buffer.putInt(lengthBytes, bytes.length, ORDER);
        buffer.putBytes(lengthBytes + Integer.BYTES, bytes);
        return lengthBytes + Integer.BYTES + bytes.length;
    }

    private static byte[] utf8(String text) {
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new IllegalArgumentException("text has an unpaired surrogate at index " + i);
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
