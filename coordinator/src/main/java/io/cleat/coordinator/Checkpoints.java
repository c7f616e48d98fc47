// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.CheckpointMode;
import io.cleat.coordinator.sqlite.CheckpointResult;
import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.status.StatusCounters;
import io.cleat.status.SystemCounter;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Moves the write-ahead log into the database file, beside the writer. While writes go on, a checkpoint never catches up with the end
 * of the log, so that it could not begin anew: when the log is long, the conductor does the short rest between two commits.
 *
 * <p>Not thread-safe: the housekeeper's; the rest runs on the conductor.
 */
final class Checkpoints {
    private static final long BEGIN_BYTES = 4L << 20;
    private static final long FINISH_BYTES = 32L << 20;

    private final SqliteDatabase database;
    private final Path log;
    private final StatusCounters counters;
    private final Consumer<Runnable> onConductor;
    private long sizeAtLast;
    private volatile boolean finishing;

    Checkpoints(SqliteDatabase database, Path log, StatusCounters counters, Consumer<Runnable> onConductor) {
        this.database = database;
        this.log = log;
        this.counters = counters;
        this.onConductor = onConductor;
    }

    /**
     * Looks at the log, and checkpoints when it is worth it.
     *
     * @param nowNs the time.
     */
    void run(long nowNs) {
        final long sizeBytes = log.toFile().length();
        if (finishing || sizeBytes < BEGIN_BYTES || sizeBytes == sizeAtLast) {
            return;
        }
        sizeAtLast = sizeBytes;
        final CheckpointResult result = checkpoint();
        if (!result.complete() && sizeBytes > FINISH_BYTES) {
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
        counters.counter(SystemCounter.CHECKPOINTS).getAndAddOrdered(1);
        counters.counter(SystemCounter.WAL_PAGES).setOrdered(Math.max(0, result.logPages() - result.movedPages()));
        return result;
    }
}
