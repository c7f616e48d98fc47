// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.ArrayList;
import java.util.List;

/**
 * The transaction of the session that has the write turn.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class OpenTransaction {
    /** No other session can join. */
    static final long NO_TOKEN = 0;

    /** The session that began it, and alone can end it. */
    final ClientSession session;

    /** Other sessions that run in it. */
    final List<ClientSession> joined = new ArrayList<>();

    /** By which they joined. */
    final long token;

    final TurnLease lease;

    /** The request that began it. */
    final long beginSequence;

    final PendingUpdates pending = new PendingUpdates();

    /** What other sessions than its owner have written in it. */
    final JoinedWrites joinedWrites = new JoinedWrites();

    /** How many tables its clients have announced in it. */
    int announced;

    /** It changed the schema: what is known about statements does not hold for it, nor what it learns for others. */
    boolean schemaChanged;

    OpenTransaction(ClientSession session, long token, TurnLease lease, long beginSequence) {
        this.session = session;
        this.token = token;
        this.lease = lease;
        this.beginSequence = beginSequence;
    }

    /** {@return all sessions that run in it, the owner first} */
    List<ClientSession> sessions() {
        if (joined.isEmpty()) {
            return List.of(session);
        }
        final List<ClientSession> all = new ArrayList<>(joined.size() + 1);
        all.add(session);
        all.addAll(joined);
        return all;
    }
}
