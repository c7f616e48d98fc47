// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * A table and what happens to it, as lists of tables carry them; docs/protocol.md, "Tables". Immutable.
 *
 * @param name as it was said.
 * @param key the name folded: equal for equal names.
 * @param kinds bits of {@link #INSERT}, {@link #UPDATE}, {@link #DELETE} and, in descriptions, {@link #READ}.
 */
public record TableKinds(String name, String key, int kinds) {
    /** Rows are inserted. */
    public static final int INSERT = 1;

    /** Rows are updated. */
    public static final int UPDATE = 2;

    /** Rows are deleted. */
    public static final int DELETE = 4;

    /** All changes. */
    public static final int ANY = INSERT | UPDATE | DELETE;

    /** The table is read. */
    public static final int READ = 8;

    private static final int MAX_TABLES = 10_000;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /**
     * Names a table.
     *
     * @param name of the table.
     * @param kinds bits.
     * @return the pair.
     */
    public static TableKinds of(String name, int kinds) {
        return new TableKinds(name, TableName.fold(name), kinds);
    }

    /**
     * Encodes tables one after the other.
     *
     * @param tables to encode.
     * @return the bytes.
     */
    public static byte[] encode(Collection<TableKinds> tables) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(16 + 32 * tables.size());
        int offset = 0;
        for (TableKinds table : tables) {
            final byte[] utf8 = table.name.getBytes(StandardCharsets.UTF_8);
            buffer.putByte(offset, (byte) table.kinds);
            buffer.putInt(offset + 1, utf8.length, ORDER);
            buffer.putBytes(offset + 1 + Integer.BYTES, utf8);
            offset += 1 + Integer.BYTES + utf8.length;
        }
        final byte[] bytes = new byte[offset];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    /**
     * Decodes what {@link #encode} made.
     *
     * @param buffer holds it.
     * @param offset where it begins.
     * @param lengthBytes how long it is.
     * @return the tables.
     * @throws ProtocolException when the bytes are no list of tables.
     */
    public static List<TableKinds> decode(DirectBuffer buffer, int offset, int lengthBytes) {
        if (lengthBytes < 0 || lengthBytes > buffer.capacity() - offset) {
            throw new ProtocolException(
                    "tables: lengthBytes=" + lengthBytes + " bytesLeft=" + (buffer.capacity() - offset));
        }
        final List<TableKinds> tables = new ArrayList<>(2);
        final int end = offset + lengthBytes;
        int at = offset;
        while (at < end) {
            final int length = end - at < 1 + Integer.BYTES ? -1 : buffer.getInt(at + 1, ORDER);
            final int start = at + 1 + Integer.BYTES;
            if (length < 0 || length > end - start || tables.size() >= MAX_TABLES) {
                throw new ProtocolException("tables: index=" + tables.size() + " limit=" + MAX_TABLES + " nameLength="
                        + length + " remaining=" + (end - start));
            }
            tables.add(of(buffer.getStringWithoutLengthUtf8(start, length), buffer.getByte(at)));
            at = start + length;
        }
        return tables;
    }
}
