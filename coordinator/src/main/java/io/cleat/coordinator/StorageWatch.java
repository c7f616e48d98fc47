// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses writes before the database fills the device on which the directory is. There, queues are mapped: a page that cannot be had is a
 * SIGBUS, in whichever process touches it. SQLite itself writes files and would take the last page. A database on another device is none
 * of its business: SQLite says SQLITE_FULL there, and nobody is harmed.
 *
 * <p>Asks the operating system once in {@value #INTERVAL_MS} ms at most: what SQLite writes meanwhile, and what its cache holds back until
 * the commit, has to find room in the margin. Not thread-safe: the conductor's.
 */
final class StorageWatch {
    private static final long INTERVAL_MS = 1;
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(INTERVAL_MS);

    /** The writer's page cache (16 MiB), written at a commit. */
    private static final long MARGIN_BYTES = 16L << 20;

    private final @Nullable FileStore store;
    private final Path databaseFile;
    private final File file;
    private final File log;
    private final LongSupplier committedBytes;
    private final long reserveBytes;
    private long askedNs;

    /** By how much what was committed makes the file grow, and how long the log was then. */
    private long knownGrowthBytes;

    private long knownLogBytes;
    private @Nullable String shortage;

    /**
     * Finds out whether the database lies where the directory is.
     *
     * @param directory of the queues.
     * @param databaseFile that exists.
     * @param reserveBytes what has to stay free for the queues.
     * @param committedBytes how long the file is with all that was committed; negative while a write runs.
     */
    StorageWatch(Path directory, Path databaseFile, long reserveBytes, LongSupplier committedBytes) {
        this.committedBytes = committedBytes;
        this.file = databaseFile.toFile();
        this.databaseFile = databaseFile;
        this.log = new File(databaseFile + "-wal");
        this.reserveBytes = reserveBytes;
        this.store = sharedStore(directory, databaseFile);
        this.askedNs = System.nanoTime() - INTERVAL_NS;
    }

    private static @Nullable FileStore sharedStore(Path directory, Path databaseFile) {
        try {
            final FileStore store = Files.getFileStore(directory);
            return store.equals(Files.getFileStore(databaseFile)) ? store : null;
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot ask for the space of " + directory, e);
        }
    }

    /**
     * Lets a write go on, or not.
     *
     * @param nowNs the time.
     * @throws CleatException STORAGE_FULL with the values when there is too little space.
     */
    void check(long nowNs) {
        if (store == null) {
            return;
        }
        if (nowNs - askedNs >= INTERVAL_NS) {
            askedNs = nowNs;
            shortage = shortage(store);
        }
        final String why = shortage;
        if (why != null) {
            throw new CleatException(ErrorCode.STORAGE_FULL, why);
        }
    }

    private @Nullable String shortage(FileStore shared) {
        final long usable;
        try {
            usable = shared.getUsableSpace();
        } catch (IOException e) {
            return "cannot ask for the space of " + databaseFile + ": " + e.getMessage();
        }
        // What is in the log goes into the file too, as far as the file has no such pages yet. The log's own length
        // says nothing of that: it is never cut between commits.
        final long logBytes = log.length();
        final long committed = committedBytes.getAsLong();
        if (committed >= 0) {
            knownGrowthBytes = Math.max(0, committed - file.length());
            knownLogBytes = logBytes;
        }
        final long growthBytes = knownGrowthBytes + Math.max(0, logBytes - knownLogBytes);
        final long wanted = reserveBytes + MARGIN_BYTES + growthBytes;
        return usable >= wanted
                ? null
                : "too little space is left for the database " + databaseFile + ": usableBytes=" + usable
                        + " wantedBytes=" + wanted + " (storageReserveBytes=" + reserveBytes + ", cacheBytes="
                        + MARGIN_BYTES + ", growthBytes=" + growthBytes + ")";
    }
}
