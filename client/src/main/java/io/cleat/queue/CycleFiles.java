// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.RollCycles;

/**
 * A queue's cycle files and their names. Chronicle names a cycle by the time at which it would begin; our cycles are
 * plain numbers, so the dates in the names mean nothing. Thread-safe, stateless.
 */
final class CycleFiles {
    /** Cycles of five minutes have small index pages (16 KiB) and, until the year 9999, 844 million names. */
    static final RollCycle ROLL_CYCLE = RollCycles.FIVE_MINUTELY;

    /** The bits of an index below the cycle. */
    static final int CYCLE_SHIFT = 32;

    static final String SUFFIX = ".cq4";

    /** The file without which there is no queue. */
    static final String METADATA = "metadata.cq4t";

    private static final int CYCLE_SECONDS = 300;
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("uuuuMMdd-HHmm'V'");
    private static final int NAME_LENGTH = "19700101-0000V".length();

    private CycleFiles() {}

    static Path path(Path directory, int cycle) {
        return directory.resolve(LocalDateTime.ofEpochSecond((long) cycle * CYCLE_SECONDS, 0, ZoneOffset.UTC)
                        .format(NAME)
                + SUFFIX);
    }

    /** The cycle of a file name, or −1 when it is not one of ours. */
    static int cycleOf(String fileName) {
        if (!fileName.endsWith(SUFFIX) || fileName.length() != NAME_LENGTH + SUFFIX.length()) {
            return -1;
        }
        try {
            long seconds = LocalDateTime.parse(fileName.substring(0, NAME_LENGTH), NAME)
                    .toEpochSecond(ZoneOffset.UTC);
            return seconds < 0 || seconds % CYCLE_SECONDS != 0 ? -1 : (int) (seconds / CYCLE_SECONDS);
        } catch (DateTimeParseException e) {
            return -1;
        }
    }

    /** The cycles that have a file, in order. */
    static int[] list(Path directory) {
        int[] cycles = new int[16];
        int count = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                int cycle = cycleOf(String.valueOf(file.getFileName()));
                if (cycle >= 0) {
                    if (count == cycles.length) {
                        cycles = Arrays.copyOf(cycles, count * 2);
                    }
                    cycles[count++] = cycle;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new CleatException(ErrorCode.IO, "cannot list the queue directory=" + directory, e);
        }
        int[] sorted = Arrays.copyOf(cycles, count);
        Arrays.sort(sorted);
        return sorted;
    }

    /**
     * Deletes the files of cycles below one, but never the newest file: the library finds its place by that.
     *
     * @return files deleted
     */
    static int deleteBelow(Path directory, int belowCycle) {
        int[] cycles = list(directory);
        int deleted = 0;
        for (int i = 0; i < cycles.length - 1 && cycles[i] < belowCycle; i++) {
            try {
                if (Files.deleteIfExists(path(directory, cycles[i]))) {
                    deleted++;
                }
            } catch (IOException e) {
                throw new CleatException(
                        ErrorCode.IO, "cannot delete cycle=" + cycles[i] + " of the queue directory=" + directory, e);
            }
        }
        return deleted;
    }
}
