// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.protocol.ProtocolException;
import io.cleat.protocol.ValueReader;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where the values of one encoded row stand.
 *
 * <p>Not thread-safe: one owner. Allocates nothing once its arrays have grown.
 */
public final class DecodedRow {
    private final ValueReader reader = new ValueReader();
    private DirectBuffer buffer = new UnsafeBuffer(new byte[0]);
    private int valueCount;
    private int[] types = new int[8];
    private int[] offsets = new int[8];
    private int[] lengths = new int[8];

    /** Begins without a row. */
    public DecodedRow() {}

    /**
     * Finds the values of a row.
     *
     * @param source holds it.
     * @param start where the first value begins.
     * @param lengthBytes of all values.
     * @param count how many values there are.
     * @throws ProtocolException when the bytes are not such a row.
     */
    public void decode(DirectBuffer source, int start, int lengthBytes, int count) {
        if (types.length < count) {
            types = new int[count];
            offsets = new int[count];
            lengths = new int[count];
        }
        buffer = source;
        reader.wrap(source, start, lengthBytes);
        for (int i = 0; i < count; i++) {
            types[i] = reader.next();
            offsets[i] = reader.bytesOffset();
            lengths[i] = reader.bytesLength();
        }
        if (reader.hasNext()) {
            throw new ProtocolException("a row has more values than columns=" + count);
        }
        valueCount = count;
    }

    /** There is no row now. */
    public void clear() {
        valueCount = 0;
    }

    /** {@return how many values the row has; 0 when there is none} */
    public int valueCount() {
        return valueCount;
    }

    /** {@return where the offsets point into} */
    public DirectBuffer buffer() {
        return buffer;
    }

    /**
     * The type of a value.
     *
     * @param column from 0, below {@link #valueCount()}.
     * @return a {@link io.cleat.protocol.StorageClass}.
     */
    public int type(int column) {
        return types[column];
    }

    /**
     * Where a value begins in the buffer.
     *
     * @param column from 0, below {@link #valueCount()}.
     * @return the offset of the eight bytes of a number, or of the bytes of a TEXT or BLOB.
     */
    public int offset(int column) {
        return offsets[column];
    }

    /**
     * How many bytes a TEXT or BLOB has.
     *
     * @param column from 0, below {@link #valueCount()}.
     * @return the length.
     */
    public int lengthBytes(int column) {
        return lengths[column];
    }
}
