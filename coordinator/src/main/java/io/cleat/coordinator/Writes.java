// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.coordinator.sqlite.StatementKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commits: runs write requests outside transactions, many in one commit, and answers them after it.
 *
 * <p>A statement that fails is undone alone and the others go on. When SQLite rolled everything back, or the commit fails, all run
 * again one by one: nothing was answered yet, and nothing is in the file.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Writes {
    /** SQLITE_INTERRUPT. */
    static final int SQLITE_INTERRUPT = 9;

    private static final int SQLITE_IOERR = 10;
    private static final int SQLITE_BUSY = 5;
    private static final int SQLITE_FULL = 13;
    private static final int SQLITE_CONSTRAINT = 19;
    private static final String CUT_SHORT = "the commit was cut short, so it may have been applied";
    private static final String DISK_FAILED = "the disk failed during the commit, so it may have been applied";

    private final SqliteConnection writer;
    private final StatementRunner runner;
    private final WriteGuard guard;
    private final Commits commits;
    private final ReplyProxy replies;
    private final ConductorCounters counters;
    private final Evidence evidence;
    private final boolean isShared;
    private final WriterCounts counts;

    /** Of the last COMMIT that may have happened although it failed. */
    private @Nullable SqliteException doubtful;

    Writes(
            SqliteConnection writer,
            StatementRunner runner,
            WriteGuard guard,
            Commits commits,
            ReplyProxy replies,
            ConductorCounters counters,
            Evidence evidence,
            boolean isShared,
            WriterCounts counts) {
        this.counts = counts;
        this.writer = writer;
        this.runner = runner;
        this.guard = guard;
        this.commits = commits;
        this.replies = replies;
        this.counters = counters;
        this.evidence = evidence;
        this.isShared = isShared;
    }

    /**
     * Runs requests in one commit, and answers them.
     *
     * @param runs at least one.
     */
    void together(List<WriteRun> runs) {
        KillPoint.BEFORE_EXECUTE.reached();
        doubtful = null;
        if (runs.size() == 1 || !group(runs)) {
            final boolean groupMayBeThere = doubtful != null;
            for (int i = 0; i < runs.size(); i++) {
                final WriteRun run = runs.get(i);
                alone(run);
                final Failed failed = run.failed;
                if (groupMayBeThere && failed != null) {
                    // The group's frames can lie whole in the log, where a successor finds them.
                    run.failed = failed.unknown(DISK_FAILED);
                }
            }
        }
        KillPoint.BEFORE_REPLY.reached();
        for (int i = 0; i < runs.size(); i++) {
            runs.get(i).reply(replies, commits.sequence());
            KillPoint.DURING_REPLY.reached();
        }
        evidence.afterReplies();
    }

    /** {@return whether the write lock can be had now: where the file is shared, another process may have it} */
    boolean canWrite() {
        if (!isShared) {
            return true;
        }
        try {
            writer.beginImmediate();
            writer.rollback();
            return true;
        } catch (SqliteException e) {
            if (e.primaryCode() == SQLITE_BUSY) {
                return false;
            }
            throw e;
        }
    }

    /** Returns false when nothing was applied and the members have to run one by one. */
    private boolean group(List<WriteRun> runs) {
        boolean changed = false;
        boolean changedSchema = false;
        TableUpdates updates = TableUpdates.NONE;
        evidence.begin();
        // What the group does to the counts may be undone, and only that.
        counts.settle();
        try {
            writer.settings(runs.get(0).request().session.settings);
            writer.beginImmediate();
            for (int i = 0; i < runs.size(); i++) {
                final WriteRun run = runs.get(i);
                if (run.request().isPast(System.nanoTime())) {
                    run.failed = pastDeadline(run.request());
                    continue;
                }
                if (describedAnew(run, changedSchema)) {
                    execute(run, true);
                }
                changed |= run.changed;
                changedSchema |= run.changedSchema;
                updates = updates.with(run.updates);
                if (run.failed != null && !writer.inTransaction()) {
                    undoCounts(runs);
                    return false;
                }
            }
            KillPoint.AFTER_EXECUTE.reached();
            final long sequence = commits.sequenceAfter(changed, changedSchema);
            for (int i = 0; i < runs.size(); i++) {
                runs.get(i).stage(evidence, sequence);
            }
            commit(sequence);
        } catch (SqliteException e) {
            rollback();
            undoCounts(runs);
            return false;
        } catch (RuntimeException | Error e) {
            rollback();
            for (int i = 0; i < runs.size(); i++) {
                runs.get(i).failed = Failed.of(e).unknown(CUT_SHORT);
            }
            undoCounts(runs);
            return true;
        }
        counters.groupCommits.incrementOrdered();
        counters.onGroup(runs.size());
        commits.onCommit(changed, changedSchema, updates);
        return true;
    }

    private void undoCounts(List<WriteRun> runs) {
        for (int i = runs.size() - 1; i >= 0; i--) {
            runs.get(i).undoCounts();
        }
        counts.drop();
    }

    /**
     * Runs one request in a commit of its own; it is not answered yet.
     *
     * @param run holds the request.
     */
    void alone(WriteRun run) {
        final Request request = run.request();
        run.begin(request);
        if (request.cancelled) {
            run.failed = Failed.of(ErrorCode.CANCELLED, "the request was cancelled while it ran: " + request)
                    .started();
            return;
        }
        if (request.isPast(System.nanoTime())) {
            run.failed = pastDeadline(request);
            return;
        }
        try {
            writer.settings(request.session.settings);
        } catch (SqliteException e) {
            run.failed = Failed.of(e);
            return;
        }
        if (!describedAnew(run, false)) {
            return;
        }
        if (request.kind == Request.Kind.EXECUTE && !request.script && request.kindOfStatement == StatementKind.ALONE) {
            outsideTransaction(run);
        } else {
            inOwnTransaction(run);
        }
        final Failed outcome = run.failed;
        if (outcome == null) {
            commits.onCommit(run.changed || run.changedSchema, run.changedSchema, run.updates);
        } else if (outcome.isUnknown()) {
            commits.onCommit(true, run.changedSchema, TableUpdates.NONE);
        }
    }

    /**
     * What was found out when a statement was queued does not hold under another schema: it is asked again, on the connection that runs it.
     *
     * @return false when it failed: it may not run any more.
     */
    private boolean describedAnew(WriteRun run, boolean schemaChangedInGroup) {
        final Request request = run.request();
        final KnownStatement known = request.statement;
        if (known == null
                || request.script
                || request.describedAt == Request.DESCRIBED_NOW
                || (request.describedAt == commits.schemaGeneration() && !schemaChangedInGroup)) {
            return true;
        }
        try {
            final StatementInfo info = writer.describe(known.sql);
            Admission.checkAutocommit(request, info);
            // If the group is undone and this runs again, it is described again.
            request.describe(known, info, request.describedAt);
            return true;
        } catch (SqliteException | CleatException e) {
            run.failed = Failed.of(e);
            return false;
        }
    }

    /** What SQLite does not run in a transaction: it is noted before, when nothing is to be counted. */
    private void outsideTransaction(WriteRun run) {
        final long sequence = commits.sequenceAfter(false, true);
        evidence.begin();
        try {
            run.stage(evidence, sequence);
            evidence.outsideTransaction();
            evidence.intent(sequence);
        } catch (SqliteException e) {
            run.failed = Failed.of(e);
            return;
        }
        execute(run, false);
        final Failed failed = run.failed;
        if (failed == null) {
            evidence.done(sequence);
        } else if ((failed.sqliteCode() & 0xff) == SQLITE_IOERR) {
            run.failed = failed.unknown(DISK_FAILED);
            evidence.discard(Evidence.Damage.COMMIT, sequence);
        } else {
            evidence.discard(Evidence.Damage.FRAMES, commits.sequence());
        }
    }

    private void inOwnTransaction(WriteRun run) {
        evidence.begin();
        try {
            writer.beginImmediate();
            execute(run, false);
            if (run.failed == null) {
                KillPoint.AFTER_EXECUTE.reached();
                final long sequence = commits.sequenceAfter(run.changed, run.changedSchema);
                run.stage(evidence, sequence);
                commit(sequence);
            }
        } catch (SqliteException e) {
            run.failed = commitFailure(e);
            run.uncount();
        } catch (RuntimeException | Error e) {
            run.failed = Failed.of(e).unknown(CUT_SHORT);
            run.uncount();
        } finally {
            if (run.failed != null) {
                final Failed unknown = rollback();
                run.failed = unknown == null ? run.failed : run.failed.unknown(unknown.message());
            }
        }
    }

    /**
     * Runs a request on the write connection, whatever transaction is open there, and keeps its failure.
     *
     * @param run holds the request.
     * @param guarded whether a batch or script must undo only itself when it fails: it gets a savepoint.
     */
    void execute(WriteRun run, boolean guarded) {
        final Request request = run.request();
        final boolean several = guarded && (request.kind == Request.Kind.BATCH || request.script || request.needsUndo);
        run.begin(request);
        guard.begin(request);
        final SessionCounts own = request.session.counts;
        final WriterCounts.RowIds rowIds = WriterCounts.rowIds(request);
        boolean counted = false;
        final long changesBefore = writer.totalChanges();
        try {
            run.keepCounts();
            counts.begin(own, rowIds);
            counted = true;
            if (request.asksCounts) {
                counts.ask(own);
            }
            if (several) {
                writer.exec("SAVEPOINT cleat_request");
            }
            runner.execute(run);
            if (several) {
                writer.exec("RELEASE cleat_request");
            }
            run.changed = writer.totalChanges() != changesBefore;
            if (!run.changed && !run.changedSchema) {
                run.updates = TableUpdates.NONE;
            }
            run.updates = run.updates.with(run.announced);
            counted = false;
            counts.end(own, rowIds, run.changeCount > 0);
            if (run.lastRowId != 0) {
                counts.read(own, run.lastRowId);
            }
        } catch (Throwable e) {
            // An Error ends this request, not the conductor.
            run.failed = explain(e, request);
            run.updates = TableUpdates.NONE;
            request.cancelled = guard.wasCancelled();
            if (counted) {
                counts.end(own, rowIds, false);
            }
            undo(several);
        } finally {
            guard.end();
        }
    }

    private void undo(boolean several) {
        if (!several || !writer.inTransaction()) {
            return;
        }
        guard.uninterruptible(true);
        try {
            writer.exec("ROLLBACK TO cleat_request");
            writer.exec("RELEASE cleat_request");
        } finally {
            guard.uninterruptible(false);
        }
    }

    /**
     * Commits, once what the commit does has been staged; when that fails it is as if it had never been.
     *
     * @param sequence after the commit.
     */
    void commit(long sequence) {
        guard.uninterruptible(true);
        try {
            KillPoint.BEFORE_INTENT.reached();
            evidence.intent(sequence);
            KillPoint.BEFORE_COMMIT.reached();
            writer.commit();
        } catch (SqliteException e) {
            final Evidence.Damage damage = damage(e);
            doubtful = damage == Evidence.Damage.COMMIT ? e : null;
            evidence.discard(damage, damage == Evidence.Damage.COMMIT ? sequence : commits.sequence());
            throw e;
        } catch (RuntimeException | Error e) {
            // Ours, at whatever place: SQLite may have committed.
            evidence.discard(Evidence.Damage.COMMIT, sequence);
            throw e;
        } finally {
            guard.uninterruptible(false);
        }
        KillPoint.AFTER_COMMIT.reached();
        evidence.done(sequence);
    }

    private static Evidence.Damage damage(SqliteException e) {
        return switch (e.primaryCode()) {
            case SQLITE_CONSTRAINT, SQLITE_BUSY -> Evidence.Damage.NONE;
            case SQLITE_FULL -> Evidence.Damage.FRAMES;
            default -> Evidence.Damage.COMMIT;
        };
    }

    /** Returns null, or why it is not known whether anything was applied. */
    private @Nullable Failed rollback() {
        guard.uninterruptible(true);
        try {
            writer.rollback();
            return null;
        } catch (SqliteException e) {
            return Failed.of(e);
        } finally {
            guard.uninterruptible(false);
        }
    }

    private Failed explain(Throwable error, Request request) {
        if (error instanceof BatchRowException row) {
            return explain(cause(row), request).atRow(row.row());
        }
        return Reads.explain(error, request, guard.wasCancelled() && isInterrupt(error));
    }

    private static Throwable cause(BatchRowException e) {
        final Throwable cause = e.getCause();
        return cause == null ? e : cause;
    }

    private static boolean isInterrupt(Throwable error) {
        return error instanceof SqliteException e && e.primaryCode() == SQLITE_INTERRUPT;
    }

    /**
     * What a failed commit tells.
     *
     * @param e what SQLite said.
     * @return the failure; its outcome is unknown when COMMIT itself failed in the middle.
     */
    @SuppressWarnings("ReferenceEquality") // what was thrown by COMMIT, and not by something before
    Failed commitFailure(SqliteException e) {
        final Failed failed = Failed.of(e);
        return e == doubtful ? failed.unknown(DISK_FAILED) : failed;
    }

    static Failed pastDeadline(Request request) {
        return Failed.of(
                ErrorCode.DEADLINE_EXCEEDED,
                "the deadline passed before the request was started, so it was not executed: lateMs="
                        + (System.nanoTime() - request.deadlineNs) / 1_000_000 + " " + request);
    }
}
