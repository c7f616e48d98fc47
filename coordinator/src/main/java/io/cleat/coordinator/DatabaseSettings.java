// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteLimits;
import io.cleat.coordinator.sqlite.SqliteSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How SQLite is to open a coordinator's database.
 *
 * <p>Thread-safe: pure functions.
 */
final class DatabaseSettings {
    private static final long MIN_MEMORY_BYTES = 1L << 20;
    private static final long MEMORY_LOG_BYTES = 4L << 20;

    /** A transaction that changes every page needs as much again for its log; a third is left for everybody else. */
    private static final int MEMORY_PART = 3;

    private DatabaseSettings() {}

    /**
     * The settings of a coordinator's database.
     *
     * @param context the coordinator's options.
     * @param folder of the database, with its file.
     * @return for the file.
     * @throws CleatException STORAGE_FULL when there is no room for a database in memory.
     */
    static SqliteSettings of(CoordinatorContext context, DatabaseFolder folder) {
        final SqliteLimits limits = SqliteLimits.DEFAULTS.valueBytes(context.maxValueBytes());
        final SqliteSettings settings = SqliteSettings.of(folder.databaseFile())
                .synchronous(context.synchronous())
                .foreignKeys(context.foreignKeys())
                .exclusive(context.exclusiveFile());
        if (context.databaseFile() != null) {
            return settings.limits(limits);
        }
        return settings.walLimitBytes(MEMORY_LOG_BYTES).limits(limits.fileBytes(memoryBytes(context, folder.path())));
    }

    private static long memoryBytes(CoordinatorContext context, Path folder) {
        if (context.memoryLimitBytes() > 0) {
            return context.memoryLimitBytes();
        }
        final long usable;
        try {
            usable = Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot ask for the space of " + folder, e);
        }
        final long bytes = (usable - context.storageReserveBytes()) / MEMORY_PART;
        if (bytes < MIN_MEMORY_BYTES) {
            throw new CleatException(
                    ErrorCode.STORAGE_FULL,
                    "too little space is left for a database in memory: name=" + context.name() + " usableBytes="
                            + usable + " storageReserveBytes=" + context.storageReserveBytes() + " folder=" + folder);
        }
        return bytes;
    }
}
