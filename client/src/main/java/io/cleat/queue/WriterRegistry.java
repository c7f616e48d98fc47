// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Counts this JVM's writers of each queue: a lone writer knows that a lock with our pid is its own. Thread-safe. */
final class WriterRegistry {
    private static final Map<Path, Integer> COUNTS = new HashMap<>();

    private WriterRegistry() {}

    static void opened(Path key) {
        synchronized (COUNTS) {
            COUNTS.merge(key, 1, Integer::sum);
        }
    }

    static void closed(Path key) {
        synchronized (COUNTS) {
            COUNTS.computeIfPresent(key, (path, count) -> count == 1 ? null : count - 1);
        }
    }

    static boolean isLone(Path key) {
        synchronized (COUNTS) {
            return COUNTS.getOrDefault(key, 0) == 1;
        }
    }

    /** The same for all names of one folder; the name as given when the folder is gone. */
    static Path key(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            return directory.toAbsolutePath().normalize();
        }
    }
}
