// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteConnection;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the counts of each session apart on the write connection, on which all of them write. Changes and their total are compared
 * before and after each run. The last row id costs a statement to ask for: it is asked for when another session is about to write, or
 * when its own asks for it; and set, when a statement needs to find its session's there.
 *
 * <p>Not thread-safe: the conductor's. Runs do not nest.
 */
final class WriterCounts {
    /** What a run does to the last row id. */
    enum RowIds {
        /** Nothing. */
        KEPT,
        /** If it changed anything, it inserted. */
        INSERTED,
        /** Nobody can tell afterwards. */
        UNCLEAR
    }

    private final SqliteConnection writer;

    /** Something of the coordinator's own is written after each run. */
    private final boolean isDisturbed;

    /** The session whose last row id SQLite has; null when it is nobody's. */
    private @Nullable SessionCounts rowIdOf;

    /** It is newer than what the session knows. */
    private boolean isUnread;

    /** The session whose count of changes SQLite has; null when it is nobody's. */
    private @Nullable SessionCounts changesOf;

    private long totalBefore;
    private long runsBefore;

    WriterCounts(SqliteConnection writer, boolean isDisturbed) {
        this.writer = writer;
        this.isDisturbed = isDisturbed;
    }

    static RowIds rowIds(Request request) {
        if (request.kind != Request.Kind.EXECUTE || request.script) {
            return RowIds.UNCLEAR;
        }
        if (!request.mayInsertRowId) {
            return RowIds.KEPT;
        }
        return request.insertsRowId ? RowIds.INSERTED : RowIds.UNCLEAR;
    }

    /**
     * Before something runs on the write connection.
     *
     * @param counts of the session for which.
     * @param rowIds what it may do.
     */
    void begin(SessionCounts counts, RowIds rowIds) {
        if (rowIdOf != counts) {
            settle();
            if (rowIds == RowIds.UNCLEAR) {
                rowIdOf = null;
                changesOf = null;
                writer.counts().setLastRowId(counts.lastRowId);
                rowIdOf = counts;
            }
        }
        totalBefore = writer.totalChanges();
        runsBefore = writer.countedRuns();
    }

    /**
     * Within a run: what comes next may ask for what the session has.
     *
     * @param counts of the session that runs.
     */
    void ask(SessionCounts counts) {
        settle();
        final boolean hasRun = writer.countedRuns() != runsBefore;
        if (rowIdOf == counts && (changesOf == counts || hasRun) && !writer.hasForgottenChanges()) {
            writer.counts().keepChanges();
        } else {
            rowIdOf = null;
            changesOf = null;
            writer.counts().set(counts.lastRowId, hasRun ? writer.changes() : counts.changes);
            rowIdOf = counts;
            changesOf = counts;
        }
        writer.counts().setTotal(counts.total + writer.totalChanges() - totalBefore);
    }

    /**
     * After a run.
     *
     * @param counts of its session.
     * @param rowIds what it may have done.
     * @param hasInserted whether it has inserted, if that is to be told by its effect.
     */
    void end(SessionCounts counts, RowIds rowIds, boolean hasInserted) {
        counts.total += writer.totalChanges() - totalBefore;
        if (writer.countedRuns() == runsBefore) {
            return;
        }
        counts.changes = writer.changes();
        changesOf = counts;
        if (rowIds != RowIds.KEPT) {
            // Where it has failed, perhaps after some rows, and the row id before was not its own, it is nobody's.
            isUnread = rowIdOf == counts || hasInserted;
            rowIdOf = isUnread ? counts : null;
        }
        if (isDisturbed) {
            forget();
        }
    }

    /**
     * As {@link #end}, of a statement of which rows are still to come: SQLite counts at its end.
     *
     * @param counts of its session.
     * @param rowIds what it may have done.
     * @param hasInserted whether it has inserted, if that is to be told by its effect.
     */
    void pause(SessionCounts counts, RowIds rowIds, boolean hasInserted) {
        final long changes = counts.changes;
        end(counts, rowIds, hasInserted);
        counts.changes = changes;
        changesOf = null;
    }

    /**
     * Before a statement that was paused goes on.
     */
    void resume() {
        totalBefore = writer.totalChanges();
    }

    /**
     * After a statement that was resumed has gone on.
     *
     * @param counts of its session.
     * @param hasEnded whether it changes rows and has come to its end, or was given up.
     */
    void resumed(SessionCounts counts, boolean hasEnded) {
        counts.total += writer.totalChanges() - totalBefore;
        if (hasEnded) {
            counts.changes = writer.changes();
            changesOf = isDisturbed ? null : counts;
        }
    }

    /**
     * The last row id was asked for, for other reasons.
     *
     * @param counts of the session that has just inserted.
     * @param lastRowId that SQLite has.
     */
    void read(SessionCounts counts, long lastRowId) {
        if (rowIdOf == counts) {
            counts.lastRowId = lastRowId;
            isUnread = false;
        }
    }

    /** What a session is to know it knows. Not while something runs on the write connection, unless that has begun. */
    void settle() {
        final SessionCounts owner = rowIdOf;
        if (isUnread && owner != null) {
            owner.lastRowId = writer.lastInsertRowId();
        }
        isUnread = false;
    }

    /**
     * As {@link #settle()}, for one session that has nothing running.
     *
     * @param counts of the session.
     */
    void settle(SessionCounts counts) {
        if (rowIdOf == counts) {
            settle();
        }
    }

    /** What SQLite has is, from now on, of no use. */
    private void forget() {
        settle();
        rowIdOf = null;
        changesOf = null;
    }

    /** As {@link #forget}, when what it has never happened. */
    void drop() {
        isUnread = false;
        rowIdOf = null;
        changesOf = null;
    }
}
