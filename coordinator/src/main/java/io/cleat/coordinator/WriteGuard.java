// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteConnection;
import org.jspecify.annotations.Nullable;

/**
 * Looks up while a long write runs: has the conductor serve reads of others meanwhile, and stops the write at its deadline or when
 * its client cancels it. SQLite calls it on the conductor's thread, from inside the write.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class WriteGuard {
    private static final int VM_STEPS_BETWEEN_CHECKS = 1000;
    private static final long SERVE_INTERVAL_NS = 200_000;

    private final Runnable serveOthers;
    private final StorageWatch storage;
    private @Nullable Request running;
    private boolean cancelled;
    private boolean deadlineCounts;
    private boolean uninterruptible;
    private long servedNs;

    WriteGuard(SqliteConnection writer, Runnable serveOthers, StorageWatch storage) {
        this.serveOthers = serveOthers;
        this.storage = storage;
        writer.progress(VM_STEPS_BETWEEN_CHECKS, this::onProgress);
    }

    /**
     * A request begins to run.
     *
     * @param request whose deadline counts.
     */
    void begin(Request request) {
        begin(request, true);
    }

    /**
     * A request begins to run, or goes on.
     *
     * @param request that runs.
     * @param untilDeadline whether its deadline still counts: not once its first rows were sent.
     */
    void begin(Request request, boolean untilDeadline) {
        running = request;
        deadlineCounts = untilDeadline;
        cancelled = false;
        servedNs = 0;
    }

    /** It ended. */
    void end() {
        running = null;
    }

    /** {@return the request that runs at this moment, or null} */
    @Nullable
    Request running() {
        return running;
    }

    /** {@return whether the request that ran last was stopped because its client cancelled it} */
    boolean wasCancelled() {
        return cancelled;
    }

    /** Stops the request that runs, soon. */
    void cancel() {
        cancelled = true;
    }

    /**
     * For what must come to its end, as a rollback.
     *
     * @param value true while it runs.
     */
    void uninterruptible(boolean value) {
        uninterruptible = value;
    }

    private boolean onProgress() {
        final Request request = running;
        if (request == null || uninterruptible) {
            return false;
        }
        if (request.session.client.leaving) {
            // Nobody waits for it any more, but others for the turn.
            cancelled = true;
            return true;
        }
        final long nowNs = System.nanoTime();
        if (servedNs == 0) {
            servedNs = nowNs;
        } else if (nowNs - servedNs > SERVE_INTERVAL_NS) {
            serveOthers.run();
            servedNs = System.nanoTime();
        }
        // What it throws becomes the cause of the statement's failure.
        storage.check(nowNs);
        return cancelled || (deadlineCounts && request.isPast(nowNs));
    }
}
