// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.status.StatusFile;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the conductor works with; made by {@link Coordinator}.
 *
 * @param context the options.
 * @param epoch of this coordinator.
 * @param database open.
 * @param folder of its files.
 * @param evidence takes what is written down of each commit.
 * @param outcomes of all clients.
 * @param refusals takes what is answered with a failure; null: nobody asks.
 * @param status of this coordinator.
 * @param housekeeper works beside it.
 * @param commits counted.
 * @param counters the conductor's.
 * @param errors take what no caller gets.
 * @param readerThreads run long reads.
 * @param wakeConductor wakes the conductor's thread when it is parked; any thread.
 * @param wakeHousekeeper wakes the housekeeper's; any thread.
 * @param shutdownRequested is told who asked the coordinator to stop.
 */
record CoordinatorParts(
        CoordinatorContext context,
        long epoch,
        SqliteDatabase database,
        DatabaseFolder folder,
        Evidence evidence,
        OutcomeStore outcomes,
        @Nullable Refusals refusals,
        StatusFile status,
        Housekeeper housekeeper,
        CommitLog commits,
        ConductorCounters counters,
        ErrorSink errors,
        Executor readerThreads,
        Runnable wakeConductor,
        Runnable wakeHousekeeper,
        Consumer<String> shutdownRequested) {}
