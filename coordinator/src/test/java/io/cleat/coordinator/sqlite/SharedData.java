// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds real scripts beside the checkout; a test that misses them is skipped with a word. */
public final class SharedData {
    private SharedData() {}

    /** The file, or skips the test. */
    public static Path file(String name) {
        String set = System.getProperty("cleat.data");
        Path found = set == null ? null : Path.of(set, name);
        for (Path at = Path.of("").toAbsolutePath(); found == null && at != null; at = at.getParent()) {
            Path candidate = at.resolve("shared/data").resolve(name);
            found = Files.exists(candidate) ? candidate : null;
        }
        Assumptions.assumeTrue(
                found != null && Files.exists(found), "no shared/data/" + name + " here (or -Dcleat.data)");
        return found == null ? Path.of(name) : found;
    }
}
