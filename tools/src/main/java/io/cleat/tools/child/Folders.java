// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.child;

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
 * The folders of one run of a command with children: one in shared memory for the queues, unless another is wanted, and one on the disk for the database.
 *
 * @param shared the folder that the processes agree on.
 * @param sharedIsOurs whether to delete it.
 * @param disk the folder of files that belong on a disk, such as the database; ours.
 */
public record Folders(Path shared, boolean sharedIsOurs, Path disk) {
    /**
     * Makes them.
     *
     * @param prefix of the names of those that are ours, such as cleat-demo-.
     * @param wanted the folder that the processes shall agree on; null for one of our own, which disturbs nobody.
     * @return the folders.
     * @throws IOException when they cannot be made.
     */
    public static Folders make(String prefix, @Nullable Path wanted) throws IOException {
        final Path disk = Files.createTempDirectory(prefix);
        if (wanted != null) {
            return new Folders(wanted.toAbsolutePath(), false, disk);
        }
        final Path memory = Path.of("/dev/shm");
        final Path shared = Files.isDirectory(memory) && Files.isWritable(memory)
                ? Files.createTempDirectory(memory, prefix)
                : Files.createTempDirectory(prefix);
        return new Folders(shared, true, disk);
    }

    /** Deletes what is ours. Idempotent, from any thread. */
    public void delete() {
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
