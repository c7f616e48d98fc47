// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/**
 * Tells clients what commits changed, in the order of commits, before anything else that is said after them. Never waits: a client that
 * leaves too much unread is told less, and once it has caught up, that anything may have changed.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Announcer {
    /** Replies that a client may leave unread before its updates are dropped, in bytes. */
    static final long MAX_UNREAD_BYTES = 1L << 20;

    private final Interests interests = new Interests();
    private final ReplyProxy replies;
    private final ConductorCounters counters;

    Announcer(ReplyProxy replies, ConductorCounters counters) {
        this.replies = replies;
        this.counters = counters;
    }

    /** {@return who wants to know of what} */
    Interests interests() {
        return interests;
    }

    /**
     * Tells what a commit changed.
     *
     * @param updates of the commit.
     * @param commitSequence of the commit.
     */
    void committed(TableUpdates updates, long commitSequence) {
        if (interests.all().length > 0 && !updates.isEmpty()) {
            tell(updates.listeners(interests), updates, commitSequence, UpdateKind.COMMIT);
        }
    }

    /**
     * Tells everybody with any interest.
     *
     * @param updates that are known; not all, unless the kind is SCHEMA.
     * @param commitSequence of the commit.
     * @param kind why all are told.
     */
    void tellAll(TableUpdates updates, long commitSequence, UpdateKind kind) {
        tell(interests.all(), updates, commitSequence, kind);
    }

    /**
     * Tells what a client said.
     *
     * @param updates that it named.
     * @param commitSequence the last commit.
     */
    void announced(TableUpdates updates, long commitSequence) {
        if (interests.all().length > 0 && !updates.isEmpty()) {
            tell(updates.listeners(interests), updates, commitSequence, UpdateKind.MANUAL);
        }
    }

    /**
     * Tells those who have caught up that they missed something.
     *
     * @param commitSequence the last commit.
     */
    void onTick(long commitSequence) {
        for (final AttachedClient client : interests.all()) {
            if (client.missedUpdates && client.unreadBytes() < MAX_UNREAD_BYTES / 2) {
                client.missedUpdates = false;
                replies.beginUpdates(TableUpdates.NONE, commitSequence, UpdateKind.ANYTHING);
                replies.tellUpdates(client);
            }
        }
    }

    private void tell(AttachedClient[] listeners, TableUpdates updates, long commitSequence, UpdateKind kind) {
        if (listeners.length == 0) {
            return;
        }
        replies.beginUpdates(updates, commitSequence, kind);
        for (final AttachedClient client : listeners) {
            if (client.missedUpdates || client.unreadBytesAtMost(MAX_UNREAD_BYTES) > MAX_UNREAD_BYTES) {
                if (!client.missedUpdates) {
                    client.missedUpdates = true;
                    counters.updatesMissed.incrementOrdered();
                }
            } else {
                replies.tellUpdates(client);
                counters.updates.incrementOrdered();
            }
        }
    }
}
