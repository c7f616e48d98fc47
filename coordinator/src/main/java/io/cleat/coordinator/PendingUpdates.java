// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What an open transaction has changed so far, savepoint by savepoint: what a savepoint undoes is not told.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class PendingUpdates {
    /** What was done since a savepoint was set. */
    private static final class Layer {
        private final String savepoint;
        private TableUpdates updates = TableUpdates.NONE;
        private boolean changed;

        Layer(String savepoint) {
            this.savepoint = savepoint;
        }
    }

    /** The innermost savepoint first; the last one is the transaction itself. */
    private final Deque<Layer> layers = new ArrayDeque<>();

    PendingUpdates() {
        layers.push(new Layer(""));
    }

    /**
     * A request was applied.
     *
     * @param changed whether it changed any row.
     * @param updates what is to be told of it.
     */
    void add(boolean changed, TableUpdates updates) {
        final Layer layer = layers.getFirst();
        layer.changed |= changed;
        layer.updates = layer.updates.with(updates);
    }

    /**
     * A savepoint was set.
     *
     * @param name that SQLite knows.
     */
    void savepoint(String name) {
        layers.push(new Layer(name));
    }

    /**
     * A savepoint was released, with those set after it: what was done stays.
     *
     * @param name that SQLite knows.
     */
    void release(String name) {
        boolean found = false;
        while (!found && layers.size() > 1) {
            final Layer layer = layers.pop();
            found = layer.savepoint.equals(name);
            add(layer.changed, layer.updates);
        }
    }

    /**
     * What was done since a savepoint was undone; the savepoint stays.
     *
     * @param name that SQLite knows.
     */
    void rollbackTo(String name) {
        while (layers.size() > 1 && !layers.getFirst().savepoint.equals(name)) {
            layers.pop();
        }
        if (layers.size() > 1) {
            layers.pop();
            layers.push(new Layer(name));
        }
    }

    /** Everything is about to be committed: all savepoints are released. */
    void releaseAll() {
        while (layers.size() > 1) {
            final Layer layer = layers.pop();
            add(layer.changed, layer.updates);
        }
    }

    /** {@return whether anything was changed, in whatever savepoint} */
    boolean changed() {
        for (final Layer layer : layers) {
            if (layer.changed) {
                return true;
            }
        }
        return false;
    }

    /** {@return what is to be told, once all savepoints are released} */
    TableUpdates updates() {
        return layers.getLast().updates;
    }
}
