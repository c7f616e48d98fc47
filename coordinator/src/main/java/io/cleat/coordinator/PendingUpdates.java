// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
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
        private final long joinedWrites;
        private TableUpdates updates = TableUpdates.NONE;
        private boolean changed;

        Layer(String savepoint, long joinedWrites) {
            this.savepoint = savepoint;
            this.joinedWrites = joinedWrites;
        }
    }

    private static final int MAX_SAVEPOINTS = 1000;

    /** The innermost savepoint first; the last one is the transaction itself. */
    private final Deque<Layer> layers = new ArrayDeque<>();

    PendingUpdates() {
        layers.push(new Layer("", 0));
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
     * Says whether one more savepoint may be set.
     *
     * @throws CleatException LIMIT when there are too many.
     */
    void ensureRoom() {
        if (layers.size() > MAX_SAVEPOINTS) {
            throw new CleatException(
                    ErrorCode.LIMIT, "too many savepoints are set in this transaction: limit=" + MAX_SAVEPOINTS);
        }
    }

    /**
     * A savepoint was set.
     *
     * @param name that SQLite knows.
     * @param joinedWrites how many there were by then.
     */
    void savepoint(String name, long joinedWrites) {
        layers.push(new Layer(name, joinedWrites));
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
     * @return how many joined writes there were when it was set.
     */
    long rollbackTo(String name) {
        while (layers.size() > 1 && !layers.getFirst().savepoint.equals(name)) {
            layers.pop();
        }
        if (layers.size() > 1) {
            layers.push(new Layer(name, layers.pop().joinedWrites));
        }
        return layers.getFirst().joinedWrites;
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
