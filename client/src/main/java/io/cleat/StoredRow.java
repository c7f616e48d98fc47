// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.DecodedRow;
import io.cleat.client.live.EncodedRows;
import io.cleat.protocol.Columns;
import io.cleat.protocol.ProtocolException;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Walks over rows that are all there. Not thread-safe: one owner, for one walk. */
final class StoredRow extends RowValues {
    private final EncodedRows rows;
    private final DecodedRow row;
    private int position;

    StoredRow(EncodedRows rows) {
        this(rows, new DecodedRow());
    }

    private StoredRow(EncodedRows rows, DecodedRow row) {
        super(row);
        this.rows = rows;
        this.row = row;
    }

    /** Moves to the next row; false when there is none. */
    boolean next() {
        final @Nullable Columns columns = columns();
        final int remaining = rows.rows().capacity() - position;
        if (columns == null || remaining == 0) {
            row.clear();
            return false;
        }
        final int length = remaining < Integer.BYTES ? -1 : rows.rows().getInt(position, ByteOrder.LITTLE_ENDIAN);
        final int start = position + Integer.BYTES;
        if (length < 0 || length > remaining - Integer.BYTES) {
            throw new CleatException(ErrorCode.PROTOCOL, "a row does not fit: rowLength=" + length);
        }
        try {
            row.decode(rows.rows(), start, length, columns.count());
        } catch (ProtocolException e) {
            throw new CleatException(ErrorCode.PROTOCOL, "a row of a live result cannot be read", e);
        }
        position = start + length;
        return true;
    }

    @Override
    @Nullable
    Columns columns() {
        return rows.columns();
    }

    /** They are never closed. */
    @Override
    void ensureOpen() {}
}
