// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.TableChange;
import io.cleat.coordinator.sqlite.TableChanges;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a commit changes, ready to be told: the encoded tables, and who wants to know, found once for all commits of the same statement.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class TableUpdates {
    /** Nothing. */
    static final TableUpdates NONE = new TableUpdates(TableChanges.NONE);

    private final TableChanges changes;
    private byte @Nullable [] encoded;
    /** Transactions and commit groups that repeat themselves come to the same sums, with the same listeners. */
    private @Nullable TableUpdates lastAdded;

    private TableUpdates lastSum = this;
    private AttachedClient[] listeners = {};
    private long listenersGeneration = -1;

    private TableUpdates(TableChanges changes) {
        this.changes = changes;
    }

    static TableUpdates of(TableChanges changes) {
        return changes.isEmpty() ? NONE : new TableUpdates(changes);
    }

    static TableUpdates of(Iterable<TableChange> changes) {
        return of(TableChanges.of(changes));
    }

    /** {@return these and others; one of the two objects where the other adds nothing} */
    TableUpdates with(TableUpdates others) {
        if (this == others || others.isEmpty()) {
            return this;
        }
        if (isEmpty()) {
            return others;
        }
        if (lastAdded != others) {
            lastSum = with(others.changes.list());
            lastAdded = others;
        }
        return lastSum;
    }

    /** {@return these and others} */
    @SuppressWarnings("ReferenceEquality") // that is how TableChanges says that nothing was added
    TableUpdates with(List<TableChange> others) {
        if (holds(others)) {
            return this;
        }
        final TableChanges merged = changes.with(others);
        return merged == changes ? this : of(merged);
    }

    private boolean holds(List<TableChange> others) {
        for (int i = 0; i < others.size(); i++) {
            final TableChange other = others.get(i);
            if ((changes.kindsOf(other.table()) & other.kinds()) != other.kinds()) {
                return false;
            }
        }
        return true;
    }

    boolean isEmpty() {
        return changes.isEmpty();
    }

    TableChanges changes() {
        return changes;
    }

    byte[] encoded() {
        byte[] bytes = encoded;
        if (bytes == null) {
            bytes = TableLists.encode(changes.list());
            encoded = bytes;
        }
        return bytes;
    }

    /**
     * Who wants to know.
     *
     * @param interests of all clients.
     * @return those whose interest it meets.
     */
    AttachedClient[] listeners(Interests interests) {
        if (isEmpty()) {
            // NONE is shared by all coordinators of the JVM: it remembers nobody.
            return interests.of(changes);
        }
        if (listenersGeneration != interests.generation()) {
            listenersGeneration = interests.generation();
            listeners = interests.of(changes);
        }
        return listeners;
    }

    @Override
    public String toString() {
        return changes.toString();
    }
}
