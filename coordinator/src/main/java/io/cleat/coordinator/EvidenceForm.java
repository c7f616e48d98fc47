// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.WalCursor;
import io.cleat.nameserver.FileLocks;
import io.cleat.protocol.ClientNumber;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * In which form it is written down what becomes of requests, and the beginning of each: docs/outcome.md. A coordinator of the one form makes what the other has
 * left void, because it does not go on with it.
 *
 * <p>Thread-safe: immutable.
 *
 * @param evidence takes it.
 * @param outcomes tells it.
 * @param isSameLife whether what a former coordinator has written down in this form counts.
 * @param isSameBoot whether that was on the same boot of the machine, so that its times mean something.
 */
record EvidenceForm(Evidence evidence, OutcomeStore outcomes, boolean isSameLife, boolean isSameBoot) {
    private static final int SQLITE_BUSY = 5;
    private static final long BUSY_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long BUSY_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(5);

    /** In mapped files and SQLite's log. */
    static EvidenceForm log(DatabaseFolder folder, CommitJournal journal, WalCursor log, ErrorSink errors) {
        folder.deleteIncarnation();
        return new EvidenceForm(new LogEvidence(journal, log, errors), new OutcomeFiles(folder), true, true);
    }

    /**
     * In rows of the database, which is open.
     *
     * @param folder of the database.
     * @param database open.
     * @param epoch of this coordinator.
     * @param journal for the commit sequence.
     * @param errors take what no caller gets.
     * @return with a table that belongs to the folder.
     * @throws CleatException MISUSE when there is another table of that name; IO when it cannot be made.
     */
    static EvidenceForm rows(
            DatabaseFolder folder, SqliteDatabase database, long epoch, CommitJournal journal, ErrorSink errors) {
        folder.deleteOutcomes();
        final long incarnation = Incarnation.of(folder.incarnation());
        final JournalIdentity now = JournalIdentity.of(folder.databaseFile());
        try {
            final OutcomeRows.@Nullable Table found =
                    begin(database, incarnation, ClientNumber.lastBefore(epoch), now.boot(), errors);
            final OutcomeRows rows = new OutcomeRows(database.openReader(), errors);
            final OutcomeRows.Table table = rows.table();
            final RowEvidence evidence = new RowEvidence(
                    database.writer(),
                    rows,
                    new OutcomeRows(database.openReader(), errors),
                    table == null ? Long.MAX_VALUE : table.removedId(),
                    id -> FileLocks.isHeld(folder.clientLock(id)),
                    journal,
                    errors);
            return new EvidenceForm(evidence, evidence, found != null, found != null && now.isSameBoot(found.boot()));
        } catch (SqliteException e) {
            throw new CleatException(
                    ErrorCode.IO,
                    "cannot make the table " + OutcomeTable.NAME + " in " + folder.databaseFile() + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** Returns what the table said of itself; null when it was not there, or of another folder. */
    private static OutcomeRows.@Nullable Table begin(
            SqliteDatabase database, long incarnation, long removedId, byte[] boot, ErrorSink errors) {
        final SqliteConnection writer = database.writer();
        final OutcomeTable table = new OutcomeTable(writer);
        beginImmediate(writer);
        try {
            final String definition = table.definition();
            if (definition.isEmpty()) {
                table.create();
            } else if (!definition.equals(OutcomeTable.CREATE)) {
                throw new CleatException(
                        ErrorCode.MISUSE,
                        "there is another table " + OutcomeTable.NAME + " in " + database.path()
                                + ": rename it, the name is the coordinator's: " + definition);
            }
            final OutcomeRows.@Nullable Table found = new OutcomeRows(writer, errors).table();
            final boolean isSame = found != null && found.incarnation() == incarnation;
            if (!isSame) {
                table.deleteAll();
                table.describe(incarnation, removedId, boot);
            }
            writer.commit();
            return isSame ? found : null;
        } finally {
            writer.rollback();
        }
    }

    /** Another process may be writing. */
    private static void beginImmediate(SqliteConnection writer) {
        final long deadlineNs = System.nanoTime() + BUSY_TIMEOUT_NS;
        while (true) {
            try {
                writer.beginImmediate();
                return;
            } catch (SqliteException e) {
                if (e.primaryCode() != SQLITE_BUSY || System.nanoTime() - deadlineNs > 0) {
                    throw e;
                }
                LockSupport.parkNanos(BUSY_PAUSE_NS);
            }
        }
    }

    /** What a former boot has left was looked at: from now on times are those of this one. */
    void ready(SqliteDatabase database, DatabaseFolder folder) {
        if (isSameBoot) {
            return;
        }
        beginImmediate(database.writer());
        try (var update = database.writer().prepare(OutcomeTable.SET_BOOT)) {
            update.bindBlob(0, JournalIdentity.of(folder.databaseFile()).boot());
            update.run();
            database.writer().commit();
        } finally {
            database.writer().rollback();
        }
    }
}
