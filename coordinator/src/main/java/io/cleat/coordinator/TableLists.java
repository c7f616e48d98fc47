// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.TableChange;
import io.cleat.protocol.ProtocolException;
import io.cleat.protocol.TableKinds;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Between what SQLite's side says of tables and how that travels: their bits are the same.
 *
 * <p>Thread-safe: pure functions.
 */
final class TableLists {
    private TableLists() {}

    /**
     * Writes a list.
     *
     * @param changes the tables.
     * @return encoded.
     */
    static byte[] encode(List<TableChange> changes) {
        return TableKinds.encode(changes.stream()
                .map(change -> TableKinds.of(change.table(), change.kinds()))
                .toList());
    }

    /**
     * Reads a list that a client sent.
     *
     * @param buffer holds it.
     * @param offset of its first byte.
     * @param lengthBytes of all of it.
     * @return the tables.
     * @throws ProtocolException when it is not a list of changes.
     */
    static List<TableChange> decode(DirectBuffer buffer, int offset, int lengthBytes) {
        final List<TableChange> changes = new ArrayList<>();
        for (final TableKinds table : TableKinds.decode(buffer, offset, lengthBytes)) {
            if (table.kinds() < 1 || table.kinds() > TableKinds.ANY) {
                throw new ProtocolException("tables: index=" + changes.size() + " kinds=" + table.kinds());
            }
            changes.add(new TableChange(table.name(), table.kinds()));
        }
        return changes;
    }
}
