// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.client.TableChanges;
import io.cleat.protocol.TableKinds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who wants the updates of which tables: one look-up a table that changed. In the lane; who is told may change it. */
final class Routes {
    private static final Routed[] NOBODY = {};

    private final Map<Routed, Wish> wishes = new LinkedHashMap<>();

    /** Replaced, never changed in place: it may be walked. */
    private final Map<String, Routed[]> byTable = new HashMap<>();

    private Routed[] ofEverything = NOBODY;
    private long lastRouted;

    Collection<Wish> wishes() {
        return wishes.values();
    }

    boolean isEmpty() {
        return wishes.isEmpty();
    }

    List<Routed> all() {
        return new ArrayList<>(wishes.keySet());
    }

    void put(Routed routed, Wish wish) {
        remove(routed);
        wishes.put(routed, wish);
        if (wish.isEverything()) {
            ofEverything = with(ofEverything, routed);
        }
        for (TableKinds table : wish.tables()) {
            byTable.merge(table.key(), new Routed[] {routed}, (known, added) -> with(known, routed));
        }
    }

    void remove(Routed routed) {
        final @Nullable Wish wish = wishes.remove(routed);
        if (wish == null) {
            return;
        }
        ofEverything = without(ofEverything, routed);
        for (TableKinds table : wish.tables()) {
            byTable.computeIfPresent(table.key(), (key, known) -> {
                final Routed[] rest = without(known, routed);
                return rest.length == 0 ? null : rest;
            });
        }
    }

    void route(TableChanges changes) {
        final long number = ++lastRouted;
        if (changes.anything() || changes.schema()) {
            for (Routed routed : all()) {
                routed.route(number, changes);
            }
            return;
        }
        for (TableKinds table : changes.tables()) {
            for (Routed routed : byTable.getOrDefault(table.key(), NOBODY)) {
                routed.route(number, changes);
            }
        }
        for (Routed routed : ofEverything) {
            routed.route(number, changes);
        }
    }

    private static Routed[] with(Routed[] some, Routed one) {
        final Routed[] more = java.util.Arrays.copyOf(some, some.length + 1);
        more[some.length] = one;
        return more;
    }

    private static Routed[] without(Routed[] some, Routed one) {
        final List<Routed> rest = new ArrayList<>(some.length);
        for (Routed each : some) {
            if (each != one) {
                rest.add(each);
            }
        }
        return rest.size() == some.length ? some : rest.toArray(NOBODY);
    }
}
