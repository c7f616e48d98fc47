// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * Reads values one behind the other out of a buffer that may hold anything.
 *
 * <p>Not thread-safe: one owner at a time. Allocates nothing. The accessors are valid until the next {@link #next()}, and only
 * for the type that it returned.
 */
public final class ValueReader {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private DirectBuffer buffer = new org.agrona.concurrent.UnsafeBuffer(new byte[0]);
    private int offset;
    private int limit;
    private int valueOffset;
    private int valueLengthBytes;

    /**
     * Begins to read.
     *
     * @param buffer holds the values.
     * @param offset where the first begins.
     * @param lengthBytes how many bytes there are.
     * @return this.
     */
    public ValueReader wrap(DirectBuffer buffer, int offset, int lengthBytes) {
        this.buffer = buffer;
        this.offset = offset;
        this.limit = offset + lengthBytes;
        return this;
    }

    /** {@return whether bytes are left} */
    public boolean hasNext() {
        return offset < limit;
    }

    /** {@return the offset of what comes next, in the buffer} */
    public int offset() {
        return offset;
    }

    /**
     * Moves to the next value.
     *
     * @return its type, one of {@link StorageClass}.
     * @throws ProtocolException when the bytes end inside the value or the type is unknown.
     */
    public int next() {
        need(1);
        final int type = buffer.getByte(offset);
        offset++;
        switch (type) {
            case StorageClass.NULL -> valueLengthBytes = 0;
            case StorageClass.INTEGER, StorageClass.REAL -> valueLengthBytes = Long.BYTES;
            case StorageClass.TEXT, StorageClass.BLOB -> {
                need(Integer.BYTES);
                valueLengthBytes = buffer.getInt(offset, ORDER);
                offset += Integer.BYTES;
            }
            default -> throw new ProtocolException("value: type=" + type + " offset=" + (offset - 1));
        }
        need(valueLengthBytes);
        valueOffset = offset;
        offset += valueLengthBytes;
        return type;
    }

    /** {@return the value of an INTEGER} */
    public long longValue() {
        return buffer.getLong(valueOffset, ORDER);
    }

    /** {@return the value of a REAL} */
    public double doubleValue() {
        return buffer.getDouble(valueOffset, ORDER);
    }

    /** {@return where the bytes of a TEXT or BLOB begin in the buffer} */
    public int bytesOffset() {
        return valueOffset;
    }

    /** {@return how many bytes a TEXT or BLOB has} */
    public int bytesLength() {
        return valueLengthBytes;
    }

    /** {@return a copy of the bytes of a TEXT or BLOB} */
    public byte[] bytes() {
        final byte[] copy = new byte[valueLengthBytes];
        buffer.getBytes(valueOffset, copy);
        return copy;
    }

    private void need(int bytes) {
        if (bytes < 0 || bytes > limit - offset) {
            throw new ProtocolException("value: needs=" + bytes + " has=" + (limit - offset) + " offset=" + offset);
        }
    }
}
