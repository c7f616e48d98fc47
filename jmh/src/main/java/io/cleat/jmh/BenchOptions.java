// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a run is to be. Immutable.
 *
 * @param seconds of each round and side.
 * @param warmUpSeconds of each side before its first round; cases with many JVMs take twice that.
 * @param rounds in which the sides alternate.
 * @param writerCount JVMs of the cases with many writers.
 * @param scale all tables have this part of their usual rows; 1 is usual.
 * @param directory for shared memory; null for the default.
 * @param databaseDirectory for the files; null for the default.
 * @param profileDirectory where every forked JVM leaves a flight recording; null for none.
 */
record BenchOptions(
        double seconds,
        double warmUpSeconds,
        int rounds,
        int writerCount,
        double scale,
        @Nullable Path directory,
        @Nullable Path databaseDirectory,
        @Nullable Path profileDirectory) {
    /** {@return how many rows a table gets, at least 100} */
    int scaled(int rowCount) {
        return Math.max(100, (int) (rowCount * scale));
    }
}
