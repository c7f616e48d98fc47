// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.Catalog;
import io.cleat.coordinator.sqlite.SqliteConnection;

/**
 * What follows a commit, whoever made it: it is counted, and told to those who are interested, before its request is answered.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Commits {
    private final SqliteConnection writer;
    private final CommitLog log;
    private final Announcer announcer;
    private final ErrorSink errors;
    private Catalog catalog;
    private long dataVersion;

    Commits(SqliteConnection writer, CommitLog log, Announcer announcer, ErrorSink errors) {
        this.writer = writer;
        this.log = log;
        this.announcer = announcer;
        this.errors = errors;
        this.catalog = writer.catalog();
        this.dataVersion = writer.dataVersion();
    }

    /** {@return the number of the last commit that changed something} */
    long sequence() {
        return log.sequence();
    }

    /**
     * The number after a commit that is about to be made.
     *
     * @param changed whether it changes any row.
     * @param changedSchema whether it may change the schema.
     * @return the next one, or the same.
     */
    long sequenceAfter(boolean changed, boolean changedSchema) {
        return log.sequence() + (changed || changedSchema ? 1 : 0);
    }

    /** {@return a number that grows with every commit that changed the schema} */
    long schemaGeneration() {
        return log.schemaGeneration();
    }

    /**
     * SQLite has committed.
     *
     * @param changed whether any row is different now.
     * @param changedSchema whether the schema may be.
     * @param updates what is to be told.
     */
    void onCommit(boolean changed, boolean changedSchema, TableUpdates updates) {
        log.onCommit(changed, changedSchema);
        if (changedSchema) {
            onSchema(updates);
        } else if (changed && updates.isEmpty()) {
            // Nobody can say what: better one table too many than one missed.
            announcer.tellAll(updates, log.sequence(), UpdateKind.ANYTHING);
        } else if (changed) {
            announcer.committed(updates, log.sequence());
        } else {
            announcer.announced(updates, log.sequence());
        }
    }

    /** The commit stands, whatever happens here: nothing may be thrown that would be told as its failure. */
    private void onSchema(TableUpdates updates) {
        try {
            final Catalog before = catalog;
            catalog = writer.catalog();
            announcer.tellAll(updates.with(before.changesTo(catalog)), log.sequence(), UpdateKind.SCHEMA);
        } catch (RuntimeException e) {
            errors.onError("the schema could not be read after it was changed", e);
            announcer.tellAll(TableUpdates.NONE, log.sequence(), UpdateKind.ANYTHING);
        }
    }

    /** Looks whether another process has changed the file. Outside transactions only. */
    void lookOutside() {
        final long now = writer.dataVersion();
        if (now != dataVersion) {
            dataVersion = now;
            log.onCommit(true, true);
            catalog = writer.catalog();
            announcer.tellAll(TableUpdates.NONE, log.sequence(), UpdateKind.OUTSIDE);
        }
    }
}
