// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/**
 * What last_insert_rowid(), changes() and total_changes() are for a session, as if it had a connection of its own.
 *
 * <p>Not thread-safe: the conductor's; a copy may be read by a reader thread.
 */
final class SessionCounts {
    /** Only as far as {@link WriterCounts} has asked SQLite for it. */
    long lastRowId;

    long changes;
    long total;

    /** {@return what they are now} */
    SessionCounts copy() {
        final SessionCounts copy = new SessionCounts();
        copy.set(this);
        return copy;
    }

    void set(SessionCounts other) {
        lastRowId = other.lastRowId;
        changes = other.changes;
        total = other.total;
    }
}
