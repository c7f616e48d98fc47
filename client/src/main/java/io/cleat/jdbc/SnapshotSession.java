// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.Database;
import io.cleat.Session;
import org.jspecify.annotations.Nullable;

/**
 * The session on which a connection reads in a transaction that has not written: made when first needed, so that most connections have
 * none. It has the settings of the connection's own session.
 *
 * <p>Not thread-safe: of a {@link JdbcTransactions}.
 */
final class SnapshotSession {
    private final Database database;
    private final SessionSettings settings;
    private @Nullable Session session;
    private long settingsSeen;
    private long commitSequence;
    private long epoch;
    private int openResults;

    SnapshotSession(Database database, SessionSettings settings) {
        this.database = database;
        this.settings = settings;
    }

    void begin() {
        @Nullable Session known = session;
        if (known == null) {
            known = database.openSession();
            session = known;
        }
        applySettings();
        // Before: should the coordinator change meanwhile, the snapshot counts as that of the one before, which is on
        // the safe side.
        epoch = database.epoch();
        commitSequence = known.beginSnapshot();
    }

    /** Sets what the connection's own session has been set since; a comparison when that is nothing. */
    void applySettings() {
        final @Nullable Session known = session;
        if (known != null) {
            settingsSeen = settings.applyTo(known, settingsSeen);
        }
    }

    boolean is(Session other) {
        return session == other;
    }

    /** With the snapshot. */
    Session session() {
        if (session == null) {
            throw new IllegalStateException("no snapshot was begun");
        }
        return session;
    }

    /**
     * Whether the snapshot sees the newest commit.
     *
     * @param lastCommit of the coordinator that has just given the write turn. Another one than that of the snapshot may count anew.
     */
    boolean isNewest(long lastCommit) {
        return commitSequence == lastCommit && epoch == database.epoch();
    }

    void resultOpened() {
        openResults++;
    }

    void resultClosed() {
        openResults--;
    }

    boolean hasOpenResults() {
        return openResults > 0;
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
        session = null;
        if (known != null) {
            known.close();
        }
    }
}
