// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Whether this process may open the files that a queue takes. Where it may not, Java itself fails first, at whatever class it wants to
 * load next. Thread-safe, stateless; knows Linux only, and says nothing elsewhere.
 */
final class OpenFiles {
    /** Below this a JVM with our class path is not able to run. */
    private static final long MIN_LIMIT = 128;

    /** A queue, its lock, and some for whoever else opens one at this moment. */
    private static final int MIN_FREE = 16;

    private static final String LINE = "Max open files";

    /** With so many left, the next queues of the same attachment need not count again. */
    private static final int PLENTY_FREE = 1024;

    private static final long TRUST_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Until when many were left, as of the last count; a race between threads costs another count at most. */
    private static volatile long trustedUntilNs = System.nanoTime();

    private OpenFiles() {}

    /** Throws {@link CleatException} of code LIMIT when too few are left, with the numbers and the remedy. */
    static void check() {
        if (System.nanoTime() - trustedUntilNs < 0) {
            return;
        }
        final Path limits = Path.of("/proc/self/limits");
        try {
            if (!Files.isReadable(limits)) {
                return;
            }
            for (final String line : Files.readAllLines(limits)) {
                if (line.startsWith(LINE)) {
                    check(line.substring(LINE.length()).trim().split("\\s+", 2)[0]);
                }
            }
        } catch (IOException e) {
            throw failure("unknown", -1, e);
        }
    }

    private static void check(String limit) throws IOException {
        if (!limit.chars().allMatch(Character::isDigit)) {
            // "unlimited"
            return;
        }
        final long allowed = Long.parseLong(limit);
        final int open = count();
        if (allowed < MIN_LIMIT || allowed - open < MIN_FREE) {
            throw failure(limit, open, null);
        }
        if (allowed - open >= PLENTY_FREE) {
            trustedUntilNs = System.nanoTime() + TRUST_NS;
        }
    }

    private static int count() throws IOException {
        int count = 0;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (final Path each : open) {
                count += each.isAbsolute() ? 1 : 0;
            }
        }
        return count;
    }

    private static CleatException failure(
            String limit, int open, @org.jspecify.annotations.Nullable IOException cause) {
        return new CleatException(
                ErrorCode.LIMIT,
                "this process may not open enough files: limit=" + limit + " open=" + open + " needed: a limit of "
                        + MIN_LIMIT + ", and " + MIN_FREE + " free; raise it (ulimit -n, LimitNOFILE=)",
                cause);
    }
}
