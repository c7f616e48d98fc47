// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Folders that a benchmark uses and leaves behind empty. Any thread. */
final class Scratch {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final String PREFIX = "cleat-jmh-";

    private Scratch() {}

    /** {@return a new folder in shared memory, where there is such a thing} */
    static Path sharedFolder() throws IOException {
        return Files.isWritable(MEMORY) ? Files.createTempDirectory(MEMORY, PREFIX) : diskFolder();
    }

    /** {@return a new folder in the temporary folder} */
    static Path diskFolder() throws IOException {
        return Files.createTempDirectory(PREFIX);
    }

    /** Deletes a folder with all in it. */
    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
