// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.protocol.TableKinds;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which table updates are wanted: those of some tables with some kinds, or all. Immutable. */
public final class Wish {
    /** All updates. */
    public static final Wish EVERYTHING = new Wish(true, Map.of());

    static final Wish NOTHING = new Wish(false, Map.of());

    private final boolean everything;
    private final Map<String, TableKinds> tables;

    private Wish(boolean everything, Map<String, TableKinds> tables) {
        this.everything = everything;
        this.tables = tables;
    }

    /**
     * Wants those of tables.
     *
     * @param tables with kinds; one that is named twice counts with the kinds of both.
     * @return the wish.
     */
    public static Wish of(Collection<TableKinds> tables) {
        final Map<String, TableKinds> byKey = new HashMap<>();
        tables.forEach(table -> add(byKey, table));
        return new Wish(false, byKey);
    }

    static Wish union(Collection<Wish> wishes) {
        final Map<String, TableKinds> byKey = new HashMap<>();
        boolean everything = false;
        for (Wish wish : wishes) {
            everything |= wish.everything;
            wish.tables.values().forEach(table -> add(byKey, table));
        }
        // Names beside everything would only be told twice.
        return everything ? EVERYTHING : new Wish(false, byKey);
    }

    /**
     * Which kinds of a table are wanted.
     *
     * @param key folded name.
     * @return bits; 0 for none.
     */
    public int kinds(String key) {
        if (everything) {
            return TableKinds.ANY;
        }
        final @Nullable TableKinds table = tables.get(key);
        return table == null ? 0 : table.kinds();
    }

    boolean isEverything() {
        return everything;
    }

    boolean isNothing() {
        return !everything && tables.isEmpty();
    }

    Collection<TableKinds> tables() {
        return tables.values();
    }

    boolean covers(Wish other) {
        if (everything || other.everything) {
            return everything;
        }
        for (TableKinds table : other.tables.values()) {
            if ((table.kinds() & ~kinds(table.key())) != 0) {
                return false;
            }
        }
        return true;
    }

    private static void add(Map<String, TableKinds> byKey, TableKinds table) {
        byKey.merge(table.key(), table, (a, b) -> TableKinds.of(a.name(), a.kinds() | b.kinds()));
    }
}
