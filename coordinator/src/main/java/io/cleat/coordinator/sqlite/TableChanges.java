// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Changes of tables, one a table (ASCII case aside), in the order of their first mention. Immutable; any thread. */
public final class TableChanges {
    /** No change. */
    public static final TableChanges NONE = new TableChanges(Map.of());

    private final Map<String, TableChange> byKey;
    private final List<TableChange> list;

    private TableChanges(Map<String, TableChange> byKey) {
        this.byKey = byKey;
        this.list = List.copyOf(byKey.values());
    }

    /** The changes, those of one table as one. */
    public static TableChanges of(Iterable<TableChange> changes) {
        return NONE.with(changes);
    }

    /** These changes and others; the same object when the others add nothing. */
    public TableChanges with(Iterable<TableChange> others) {
        Map<String, TableChange> merged = new LinkedHashMap<>(byKey);
        boolean added = false;
        for (TableChange other : others) {
            String key = AsciiCase.lower(other.table());
            TableChange known = merged.get(key);
            int kinds = other.kinds() | (known == null ? 0 : known.kinds());
            if (known == null || known.kinds() != kinds) {
                merged.put(key, new TableChange(known == null ? other.table() : known.table(), kinds));
                added = true;
            }
        }
        return added ? new TableChanges(merged) : this;
    }

    /** What can have happened to a table: a mask as in {@link TableChange#kinds()}, 0 for nothing. */
    public int kindsOf(String table) {
        TableChange known = byKey.get(AsciiCase.lower(table));
        return known == null ? 0 : known.kinds();
    }

    /** Whether one of the tables has changed. */
    public boolean touches(Set<String> tables) {
        return !byKey.isEmpty() && tables.stream().anyMatch(table -> kindsOf(table) != 0);
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return list.isEmpty();
    }

    /** One change a table, unmodifiable. */
    public List<TableChange> list() {
        return list;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TableChanges that && list.equals(that.list);
    }

    @Override
    public int hashCode() {
        return list.hashCode();
    }

    @Override
    public String toString() {
        return list.toString();
    }
}
