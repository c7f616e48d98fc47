// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.TableChanges;
import java.util.ArrayList;
import java.util.List;

/**
 * The clients that want to know of table updates.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Interests {
    private static final AttachedClient[] NOBODY = {};

    private final List<AttachedClient> clients = new ArrayList<>();
    private AttachedClient[] all = NOBODY;
    private long generation;

    /**
     * Takes what a client wants from now on.
     *
     * @param client attached.
     * @param interest instead of the one before.
     */
    void set(AttachedClient client, Interest interest) {
        client.interest = interest;
        clients.remove(client);
        if (!interest.isNone()) {
            clients.add(client);
        }
        all = clients.toArray(AttachedClient[]::new);
        generation++;
    }

    /**
     * A client is gone.
     *
     * @param client that was attached.
     */
    void remove(AttachedClient client) {
        if (!client.interest.isNone()) {
            set(client, Interest.NONE);
        }
    }

    /** {@return a number that grows with every change} */
    long generation() {
        return generation;
    }

    /** {@return all who want to know of anything; not to be changed} */
    AttachedClient[] all() {
        return all;
    }

    /**
     * Who wants to know of a commit.
     *
     * @param changes of the commit.
     * @return those clients.
     */
    AttachedClient[] of(TableChanges changes) {
        final List<AttachedClient> found = new ArrayList<>();
        for (final AttachedClient client : all) {
            if (client.interest.isMetBy(changes)) {
                found.add(client);
            }
        }
        return found.isEmpty() ? NOBODY : found.toArray(AttachedClient[]::new);
    }
}
