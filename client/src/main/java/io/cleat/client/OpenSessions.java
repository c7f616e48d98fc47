// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.protocol.codec.TransactionAction;
import org.agrona.collections.Int2IntHashMap;
import org.agrona.collections.IntArrayList;

/**
 * What the sessions of this client have open at the coordinator, by what it has answered: all of that ends with it.
 *
 * <p>Thread-safe.
 */
final class OpenSessions {
    private static final int BLOCK = 1;
    private static final int LOCK = 2;

    private final Int2IntHashMap open = new Int2IntHashMap(0); // guarded by this

    /** A request was answered, and had its effect. */
    void onAnswered(Request request) {
        final int sessionId = request.sessionId();
        final TransactionAction action = request.action();
        if (action != null) {
            switch (action) {
                case BEGIN, JOIN, BEGIN_READ -> change(sessionId, BLOCK, true);
                case COMMIT, ROLLBACK -> change(sessionId, BLOCK, false);
                case LOCK -> change(sessionId, LOCK, true);
                case UNLOCK -> change(sessionId, LOCK, false);
                default -> {
                    // Savepoints come and go with their transaction.
                }
            }
        } else if (request.closesSession()) {
            forget(sessionId);
        }
    }

    private synchronized void change(int sessionId, int what, boolean isOpen) {
        final int before = open.get(sessionId);
        final int after = isOpen ? before | what : before & ~what;
        if (after != 0) {
            open.put(sessionId, after);
        } else if (before != 0) {
            open.remove(sessionId);
        }
    }

    /** Whether a transaction, of its own or another's, or a snapshot is open. */
    synchronized boolean hasBlock(int sessionId) {
        return (open.get(sessionId) & BLOCK) != 0;
    }

    /** Whether it has exclusive access: the write turn without a transaction. */
    synchronized boolean hasLock(int sessionId) {
        return (open.get(sessionId) & LOCK) != 0;
    }

    /** No transaction or snapshot is open any more: a refusal may have said so. */
    void endBlock(int sessionId) {
        change(sessionId, BLOCK, false);
    }

    synchronized void forget(int sessionId) {
        open.remove(sessionId);
    }

    /** The sessions that have something open. */
    synchronized IntArrayList ids() {
        final IntArrayList ids = new IntArrayList();
        for (int id : open.keySet()) {
            ids.addInt(id);
        }
        return ids;
    }
}
