// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.TableChanges;
import io.cleat.client.live.LiveHub;
import io.cleat.client.live.UpdateReceiver;
import io.cleat.client.live.Wish;
import io.cleat.protocol.TableKinds;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A listener of table updates: each is kept until it is asked for, up to a bound, behind which one update stands for all.
 *
 * <p>Threading: {@link Listening}.
 */
final class UpdateListener extends Listening<TableUpdates, TableUpdates> implements UpdateReceiver {
    /** How many are kept. */
    static final int MAX_KEPT = 1024;

    private final LiveHub hub;
    private final Queue<TableUpdates> kept = new ArrayDeque<>(); // guarded by this

    /** Stands for those that were too many; guarded by this. */
    private @Nullable TableUpdates lost;

    private volatile boolean listening;
    private volatile @Nullable CleatException failure;

    UpdateListener(LiveHub hub, Flow.Subscriber<? super TableUpdates> target) {
        super(hub.connection(), target, hub::leave);
        this.hub = hub;
    }

    /** Whether it is known if this listens: it does, or {@link #failure} says why not, or the connection has ended. */
    boolean isSettled() {
        return listening || !isActive();
    }

    @Nullable
    CleatException failure() {
        return failure;
    }

    @Override
    public void onListening(@Nullable CleatException cause) {
        if (cause != null) {
            failure = cause;
            refuse(cause);
        } else {
            listening = true;
            signal();
        }
    }

    @Override
    public void onChanges(Wish wish, TableChanges changes) {
        final Set<TableUpdate> tables = pairs(wish, changes);
        if (!tables.isEmpty() || changes.anything()) {
            keep(new TableUpdates(
                    changes.commitSequence(),
                    tables,
                    changes.anything(),
                    changes.schema(),
                    changes.manual(),
                    changes.outside()));
            signal();
        }
    }

    @Override
    @Nullable
    TableUpdates poll() {
        final @Nullable TableUpdates next = lost;
        lost = null;
        return next != null ? next : kept.poll();
    }

    @Override
    TableUpdates convert(TableUpdates item) {
        return item;
    }

    @Override
    void changed() {
        hub.changed(this);
    }

    private synchronized void keep(TableUpdates updates) {
        final @Nullable TableUpdates before = lost;
        if (before == null && kept.size() < MAX_KEPT) {
            kept.add(updates);
            return;
        }
        boolean schemaChanged = updates.schemaChanged() || (before != null && before.schemaChanged());
        boolean outside = updates.outside() || (before != null && before.outside());
        for (TableUpdates each : kept) {
            schemaChanged |= each.schemaChanged();
            outside |= each.outside();
        }
        kept.clear();
        lost = new TableUpdates(updates.commitSequence(), Set.of(), true, schemaChanged, false, outside);
    }

    private static Set<TableUpdate> pairs(Wish wish, TableChanges changes) {
        final Set<TableUpdate> pairs = new HashSet<>(4);
        for (TableKinds table : changes.tables()) {
            final int kinds = table.kinds() & wish.kinds(table.key());
            addPairs(pairs, table.name(), kinds);
        }
        return pairs;
    }

    /** Each kind in a pair of its own. */
    static void addPairs(Set<TableUpdate> pairs, String table, int kinds) {
        if ((kinds & TableKinds.INSERT) != 0) {
            pairs.add(new TableUpdate(table, UpdateKind.INSERT));
        }
        if ((kinds & TableKinds.UPDATE) != 0) {
            pairs.add(new TableUpdate(table, UpdateKind.UPDATE));
        }
        if ((kinds & TableKinds.DELETE) != 0) {
            pairs.add(new TableUpdate(table, UpdateKind.DELETE));
        }
    }
}
