// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.Database;
import io.cleat.Session;
import org.jspecify.annotations.Nullable;

/**
 * The session on which a connection reads in a transaction that has not written: made when first needed, so that most connections have
 * none.
 *
 * <p>Not thread-safe: of a {@link JdbcTransactions}.
 */
final class SnapshotSession {
    private final Database database;
    private @Nullable Session session;
    private long commitSequence;

    SnapshotSession(Database database) {
        this.database = database;
    }

    void begin() {
        @Nullable Session known = session;
        if (known == null) {
            known = database.openSession();
            session = known;
        }
        commitSequence = known.beginSnapshot();
    }

    /** With the snapshot. */
    Session session() {
        if (session == null) {
            throw new IllegalStateException("no snapshot was begun");
        }
        return session;
    }

    /** What the snapshot sees. */
    long commitSequence() {
        return commitSequence;
    }

    /** Ends the snapshot, if there is one. */
    void end() {
        final @Nullable Session known = session;
        if (known != null && known.isInSnapshot()) {
            known.endSnapshot();
        }
    }

    void close() {
        final @Nullable Session known = session;
        if (known != null) {
            known.close();
        }
    }
}
