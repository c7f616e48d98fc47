// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a torture shall do. Immutable.
 *
 * @param seconds how long processes are killed and suspended.
 * @param seed of the schedule, and of what the workers do.
 * @param crew how many JVMs of each kind.
 * @param synchronous FULL or NORMAL.
 * @param directory that the processes agree on; null for one of its own.
 * @param database the SQLite file; null for one of its own.
 * @param json where the result goes as JSON; null for nowhere.
 * @param keep whether the folders stay although all went well.
 */
record TorturePlan(
        int seconds,
        long seed,
        Map<WorkerKind, Integer> crew,
        String synchronous,
        @Nullable Path directory,
        @Nullable Path database,
        @Nullable Path json,
        boolean keep) {
    /** Copies the crew. */
    TorturePlan {
        crew = Map.copyOf(crew);
    }
}
