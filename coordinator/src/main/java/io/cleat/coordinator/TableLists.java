// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.TableChange;
import io.cleat.protocol.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Lists of tables as they travel: see "Tables" in docs/protocol.md.
 *
 * <p>Thread-safe: pure functions.
 */
final class TableLists {
    private static final int MAX_TABLES = 10_000;
    private static final int HEAD_BYTES = 1 + Integer.BYTES;

    private TableLists() {}

    /**
     * Writes a list.
     *
     * @param changes the tables.
     * @return encoded.
     */
    static byte[] encode(Iterable<TableChange> changes) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (final TableChange change : changes) {
            final byte[] name = change.table().getBytes(StandardCharsets.UTF_8);
            bytes.write(change.kinds());
            for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                bytes.write(name.length >>> shift);
            }
            bytes.writeBytes(name);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads a list that a client sent.
     *
     * @param buffer holds it.
     * @param offset of its first byte.
     * @param lengthBytes of all of it.
     * @return the tables.
     * @throws ProtocolException when it is not a list.
     */
    static List<TableChange> decode(DirectBuffer buffer, int offset, int lengthBytes) {
        if (lengthBytes < 0 || lengthBytes > buffer.capacity() - offset) {
            throw new ProtocolException(
                    "tables: lengthBytes=" + lengthBytes + " bytesLeft=" + (buffer.capacity() - offset));
        }
        final List<TableChange> changes = new ArrayList<>();
        final int end = offset + lengthBytes;
        int at = offset;
        while (at < end) {
            final int kinds = buffer.getByte(at);
            final int length = end - at < HEAD_BYTES ? -1 : buffer.getInt(at + 1, ByteOrder.LITTLE_ENDIAN);
            if (length < 0
                    || length > end - at - HEAD_BYTES
                    || kinds < 1
                    || kinds > TableChange.ANY
                    || changes.size() >= MAX_TABLES) {
                throw new ProtocolException("tables: index=" + changes.size() + " limit=" + MAX_TABLES + " kinds="
                        + kinds + " length=" + length + " bytesLeft=" + (end - at));
            }
            final byte[] name = new byte[length];
            buffer.getBytes(at + HEAD_BYTES, name);
            changes.add(new TableChange(new String(name, StandardCharsets.UTF_8), kinds));
            at += HEAD_BYTES + length;
        }
        return changes;
    }
}
