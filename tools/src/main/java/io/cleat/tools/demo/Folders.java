// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The folders of one demo: one in shared memory for the queues, unless another is wanted, and one on the disk for the database.
 *
 * @param shared the folder that the processes agree on.
 * @param sharedIsOurs whether to delete it.
 * @param disk the folder of the database file; ours.
 */
record Folders(Path shared, boolean sharedIsOurs, Path disk) {
    private static final String PREFIX = "cleat-demo-";

    /**
     * Makes them.
     *
     * @param wanted the folder that the processes shall agree on; null for one of our own, which disturbs nobody.
     * @throws IOException when they cannot be made.
     */
    static Folders make(@Nullable Path wanted) throws IOException {
        final Path disk = Files.createTempDirectory(PREFIX);
        if (wanted != null) {
            return new Folders(wanted.toAbsolutePath(), false, disk);
        }
        final Path memory = Path.of("/dev/shm");
        final Path shared = Files.isDirectory(memory) && Files.isWritable(memory)
                ? Files.createTempDirectory(memory, PREFIX)
                : Files.createTempDirectory(PREFIX);
        return new Folders(shared, true, disk);
    }

    /** The SQLite file. */
    Path database() {
        return disk.resolve("telemetry.db");
    }

    /** Where a writer notes what was acknowledged. */
    Path acknowledged(String writer) {
        return disk.resolve(writer + ".acknowledged");
    }

    /** Deletes what is ours. Idempotent, from any thread. */
    void delete() {
        deleteTree(disk);
        if (sharedIsOurs) {
            deleteTree(shared);
        }
    }

    private static void deleteTree(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failure;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + folder, e);
        }
    }
}
