// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which virtual tables a statement can mean: EXPLAIN shows a pointer only. Nothing is reached without its name being written, in
 * the statement, in a view that it names or in a trigger that it runs, so the names are followed. Names of other things (columns,
 * texts) add tables too many; a table that no schema holds ({@code json_each}) adds none. Thread-safe: no state.
 */
final class VirtualTables {
    private VirtualTables() {}

    /** The virtual tables named by the texts, or by a view named there. */
    static Set<Catalog.Table> namedBy(Catalog catalog, Iterable<String> texts) {
        Set<Catalog.Table> virtual = new LinkedHashSet<>();
        for (Catalog.Table table : reach(catalog, texts, Catalog.Kind.VIEW)) {
            if (table.kind() == Catalog.Kind.VIRTUAL) {
                virtual.add(table);
            }
        }
        return virtual;
    }

    /** The table and those that keep its rows. */
    static Set<Catalog.Table> withShadows(Catalog catalog, Catalog.Table virtual) {
        Set<Catalog.Table> tables = new LinkedHashSet<>();
        tables.add(virtual);
        String prefix = AsciiCase.lower(virtual.name()) + "_";
        for (Catalog.Table table : catalog.tables()) {
            if (table.shadow() && AsciiCase.lower(table.name()).startsWith(prefix)) {
                tables.add(table);
            }
        }
        return tables;
    }

    /** What a virtual table's rows depend on: itself, its shadows, and what its definition names (external content, the index of a vocabulary). */
    static Set<Catalog.Table> sourcesOf(Catalog catalog, Catalog.Table virtual) {
        Set<Catalog.Table> sources = withShadows(catalog, virtual);
        String sql = virtual.sql();
        if (sql != null) {
            for (Catalog.Table table : reach(catalog, Set.of(sql), Catalog.Kind.VIEW, Catalog.Kind.VIRTUAL)) {
                sources.addAll(table.kind() == Catalog.Kind.VIRTUAL ? withShadows(catalog, table) : Set.of(table));
            }
        }
        return sources;
    }

    /** What the texts name, views aside; the definitions of these kinds are texts to follow as well. */
    private static Set<Catalog.Table> reach(Catalog catalog, Iterable<String> texts, Catalog.Kind... followed) {
        Set<Catalog.Kind> follow = Set.of(followed);
        Set<Catalog.Table> reached = new LinkedHashSet<>();
        Set<String> seen = new HashSet<>();
        Deque<String> waiting = new ArrayDeque<>();
        texts.forEach(waiting::add);
        while (!waiting.isEmpty()) {
            SqlWords.names(waiting.remove(), name -> {
                if (!seen.add(name)) {
                    return;
                }
                for (Catalog.Table table : catalog.namedLike(name)) {
                    String sql = table.sql();
                    if (sql != null && follow.contains(table.kind())) {
                        waiting.add(sql);
                    }
                    if (table.kind() != Catalog.Kind.VIEW) {
                        reached.add(table);
                    }
                }
            });
        }
        return reached;
    }
}
