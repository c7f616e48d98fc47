// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The two temporary folders of a run: one in shared memory for the coordinators, one on a disk for the databases. Both are deleted
 * at the end. Used by the main thread; {@link #close} also by the shutdown hook.
 */
final class Site implements AutoCloseable {
    private static final List<String> MEMORY_TYPES = List.of("tmpfs", "ramfs");

    private final Path shared;
    private final Path databases;

    private Site(Path shared, Path databases) {
        this.shared = shared;
        this.databases = databases;
    }

    /** Makes the folders; see {@link BenchOptions} for where. */
    static Site create(BenchOptions options) throws IOException {
        final Path memory = Path.of("/dev/shm");
        final Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        final Path sharedParent =
                options.directory() != null ? options.directory() : Files.isWritable(memory) ? memory : temporary;
        final Path databaseParent =
                options.databaseDirectory() != null ? options.databaseDirectory() : firstDisk(temporary);
        Files.createDirectories(sharedParent);
        Files.createDirectories(databaseParent);
        final Path shared = Files.createTempDirectory(sharedParent, "cleat-bench-");
        return new Site(
                shared,
                Files.createTempDirectory(databaseParent, "cleat-bench-").toAbsolutePath());
    }

    /** A synchronous commit means nothing in memory: the temporary folder if it is on a disk, else the working folder. */
    private static Path firstDisk(Path temporary) throws IOException {
        for (Path each : List.of(temporary, Path.of("."))) {
            if (Files.isWritable(each) && !isMemory(each)) {
                return each;
            }
        }
        return temporary;
    }

    /** {@return whether a folder is in memory, not on a disk} */
    static boolean isMemory(Path folder) throws IOException {
        return MEMORY_TYPES.contains(Files.getFileStore(folder).type());
    }

    /** {@return the folder in shared memory, the directory of the run's coordinators} */
    Path shared() {
        return shared;
    }

    /** {@return the folder for databases} */
    Path databases() {
        return databases;
    }

    /** Makes a folder for one case, on the disk. */
    Path caseFolder(String caseName) throws IOException {
        return Files.createDirectories(databases.resolve(caseName));
    }

    /** Deletes both folders with all in them. Idempotent. */
    @Override
    public void close() {
        delete(shared);
        delete(databases);
    }

    /** Deletes a folder with all in it; what vanishes meanwhile is no error. */
    static void delete(@Nullable Path folder) {
        if (folder == null || !Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("cannot delete folder=" + folder + ": " + e);
        }
    }
}
