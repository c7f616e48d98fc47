// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.client.RowBytes;
import io.cleat.protocol.Columns;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** All rows of a result, encoded. Immutable, so thread-safe. */
public final class EncodedRows {
    private final @Nullable Columns columns;
    private final UnsafeBuffer rows;

    private EncodedRows(@Nullable Columns columns, byte[] rows) {
        this.columns = columns;
        this.rows = new UnsafeBuffer(rows);
    }

    /**
     * Rows as they travel.
     *
     * @param columns encoded.
     * @param rows encoded, all of them; not changed afterwards.
     * @return holds the array.
     */
    public static EncodedRows of(byte[] columns, byte[] rows) {
        return new EncodedRows(Columns.decode(new UnsafeBuffer(columns), 0, columns.length), rows);
    }

    /** What has arrived; the former result itself when the bytes are the same. */
    static EncodedRows of(@Nullable Columns columns, RowBytes bytes, @Nullable EncodedRows former) {
        if (former != null && former.isEncodedAs(columns, bytes)) {
            return former;
        }
        final byte[] copy = new byte[bytes.lengthBytes()];
        bytes.buffer().getBytes(0, copy);
        return new EncodedRows(columns, copy);
    }

    /** {@return the columns, or null when the statement returns no rows} */
    public @Nullable Columns columns() {
        return columns;
    }

    /** {@return the rows, each with its length before it} */
    public DirectBuffer rows() {
        return rows;
    }

    /**
     * Whether two results are the same.
     *
     * @param other to compare with.
     * @param firstRowOnly whether the first row of each is all that counts.
     * @return true when columns and rows have the same bytes.
     */
    public boolean isSame(EncodedRows other, boolean firstRowOnly) {
        if (this == other) {
            return true;
        }
        if (!sameColumns(other.columns)) {
            return false;
        }
        final int length = firstRowOnly ? firstRowBytes() : rows.capacity();
        final int otherLength = firstRowOnly ? other.firstRowBytes() : other.rows.capacity();
        return length == otherLength
                && Arrays.equals(rows.byteArray(), 0, length, other.rows.byteArray(), 0, otherLength);
    }

    private boolean isEncodedAs(@Nullable Columns otherColumns, RowBytes bytes) {
        return rows.capacity() == bytes.lengthBytes()
                && Arrays.equals(
                        rows.byteArray(), 0, rows.capacity(), bytes.buffer().byteArray(), 0, bytes.lengthBytes())
                && sameColumns(otherColumns);
    }

    private boolean sameColumns(@Nullable Columns other) {
        return columns == other
                || (columns != null && other != null && Arrays.equals(columns.encoded(), other.encoded()));
    }

    private int firstRowBytes() {
        return rows.capacity() == 0 ? 0 : Integer.BYTES + rows.getInt(0, ByteOrder.LITTLE_ENDIAN);
    }
}
