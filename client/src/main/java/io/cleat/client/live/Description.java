// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.client.DecodedRow;
import io.cleat.protocol.Columns;
import io.cleat.protocol.ProtocolException;
import io.cleat.protocol.TableKinds;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/** The answer to a Describe: one row a table. Thread-safe: pure functions. */
final class Description {
    private Description() {}

    /** Adds the tables that a query reads, with all kinds; the failure when it is no query, or cannot be read. */
    static @Nullable CleatException read(EncodedRows rows, String sql, List<TableKinds> tables) {
        try {
            for (TableKinds table : decode(rows)) {
                if ((table.kinds() & TableKinds.ANY) != 0) {
                    return new CleatException(
                            ErrorCode.MISUSE,
                            "a live query reads, this one changes table " + table.name() + ": sql=" + sql);
                }
                tables.add(TableKinds.of(table.name(), TableKinds.ANY));
            }
            return null;
        } catch (ProtocolException e) {
            return new CleatException(ErrorCode.PROTOCOL, "the description cannot be read: sql=" + sql, e);
        }
    }

    /** The tables with what is done to them. */
    static List<TableKinds> decode(EncodedRows rows) {
        final List<TableKinds> tables = new ArrayList<>();
        final @Nullable Columns columns = rows.columns();
        final DirectBuffer buffer = rows.rows();
        final DecodedRow row = new DecodedRow();
        int at = 0;
        while (columns != null && at < buffer.capacity()) {
            final int length = buffer.getInt(at, ByteOrder.LITTLE_ENDIAN);
            row.decode(buffer, at + Integer.BYTES, length, columns.count());
            if (row.valueCount() < 2) {
                throw new ProtocolException("description: columns=" + columns.count());
            }
            final String name = buffer.getStringWithoutLengthUtf8(row.offset(0), row.lengthBytes(0));
            tables.add(TableKinds.of(name, (int) buffer.getLong(row.offset(1), ByteOrder.LITTLE_ENDIAN)));
            at += Integer.BYTES + length;
        }
        return tables;
    }
}
