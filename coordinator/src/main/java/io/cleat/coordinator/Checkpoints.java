// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.CheckpointMode;
import io.cleat.coordinator.sqlite.CheckpointResult;
import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.status.StatusCounters;
import io.cleat.status.SystemCounter;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Moves the write-ahead log into the database file, beside the writer. While writes go on, a checkpoint never catches up with the end
 * of the log, so that it could not begin anew: when the log is long, the conductor does the short rest between two commits.
 *
 * <p>Not thread-safe: the housekeeper's; the rest runs on the conductor.
 */
final class Checkpoints {
    private static final long BEGIN_COMMITS = 1000;
    private static final int FINISH_PAGES = 1000;
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(1);

    private final SqliteDatabase database;
    private final CommitLog commits;
    private final StatusCounters counters;
    private final Consumer<Runnable> onConductor;
    private long commitsAtLast;
    private long commitsSeen;
    private long quietSinceNs;

    /** The last one failed, or stopped at a reader: there may be no commit to begin the next, because there is no room for one. */
    private boolean unfinished;

    private volatile boolean finishing;

    Checkpoints(SqliteDatabase database, CommitLog commits, StatusCounters counters, Consumer<Runnable> onConductor) {
        this.database = database;
        this.commits = commits;
        this.counters = counters;
        this.onConductor = onConductor;
    }

    /**
     * Checkpoints when there were many commits since the last time, or some and nothing since a second.
     *
     * @param nowNs the time.
     */
    void run(long nowNs) {
        final long sequence = commits.sequence();
        if (sequence != commitsSeen) {
            commitsSeen = sequence;
            quietSinceNs = nowNs;
        }
        final long uncopied = sequence - commitsAtLast;
        final boolean quiet = nowNs - quietSinceNs > IDLE_NS;
        if (finishing || (uncopied == 0 && !unfinished) || (uncopied < BEGIN_COMMITS && !quiet)) {
            return;
        }
        commitsAtLast = sequence;
        unfinished = true;
        quietSinceNs = nowNs;
        final CheckpointResult result = checkpoint();
        unfinished = !result.complete();
        if (!result.complete() && result.logPages() > FINISH_PAGES) {
            finishing = true;
            onConductor.accept(() -> {
                try {
                    checkpoint();
                } finally {
                    finishing = false;
                }
            });
        }
    }

    private CheckpointResult checkpoint() {
        final CheckpointResult result = database.checkpoint(CheckpointMode.PASSIVE);
        KillPoint.IN_CHECKPOINT.reached();
        counters.counter(SystemCounter.CHECKPOINTS).getAndAddOrdered(1);
        counters.counter(SystemCounter.WAL_PAGES).setOrdered(Math.max(0, result.logPages() - result.movedPages()));
        return result;
    }
}
