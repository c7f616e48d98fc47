// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** What the figures depend on: processor, JDK, file systems, and what else goes on. One thread. */
final class Machine {
    private static final Path CPU_TIMES = Path.of("/proc/stat");
    private static final int TIMER_CALLS = 1_000_000;
    private static final int FIRST_TIME = 1;
    private static final int STEAL = 8;

    private final long[] timesAtStart = times();
    private final double loadAtStart =
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();

    /** {@return lines that describe machine and folders} */
    List<String> describe(Site site) throws IOException {
        return List.of(
                String.format(
                        "machine: %s, %d processors, %s %s %s",
                        processor(),
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("os.arch")),
                "jvm: " + System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
                "databases: " + folder(site.databases())
                        + (Site.isMemory(site.databases()) ? " - in memory: FULL means nothing here" : ""),
                "queues: " + folder(site.shared()),
                String.format(
                        Locale.ROOT,
                        "timer: System.nanoTime takes %d ns at the median, which every latency below includes once",
                        timerNs()));
    }

    private static String folder(Path path) throws IOException {
        return path + " (" + Files.getFileStore(path).type() + ")";
    }

    private static String processor() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown processor");
        } catch (IOException e) {
            return "unknown processor";
        }
    }

    private static long timerNs() {
        final Histogram histogram = new Histogram(1_000_000_000L, 3);
        for (int i = 0; i < TIMER_CALLS; i++) {
            final long startNs = System.nanoTime();
            histogram.recordValue(Math.min(System.nanoTime() - startNs, 1_000_000_000L));
        }
        return histogram.getValueAtPercentile(50);
    }

    /** {@return a line on what else the machine did; to be asked at the end} */
    String noise() {
        final StringBuilder line = new StringBuilder("noise: ");
        line.append(String.format(Locale.ROOT, "load average %.2f before the first case", loadAtStart));
        if (loadAtStart > 0.5) {
            line.append(" (NOT QUIET: figures are not to be trusted)");
        }
        final long[] now = times();
        if (now.length > STEAL && timesAtStart.length > STEAL) {
            long all = 0;
            for (int i = FIRST_TIME; i <= STEAL; i++) {
                all += now[i] - timesAtStart[i];
            }
            line.append(String.format(
                    Locale.ROOT,
                    ", %.1f %% of processor time stolen by the host",
                    all == 0 ? 0.0 : 100.0 * (now[STEAL] - timesAtStart[STEAL]) / all));
        }
        return line + "; 'by round' shows the ratio of the best and worst round";
    }

    /** The fields of the first line, its label as 0; empty where there is no such file. */
    private static long[] times() {
        try {
            final String[] fields = Files.readAllLines(CPU_TIMES).get(0).split(" +", -1);
            final long[] times = new long[fields.length];
            for (int i = FIRST_TIME; i < fields.length; i++) {
                times[i] = Long.parseLong(fields[i]);
            }
            return times;
        } catch (IOException | NumberFormatException e) {
            return new long[0];
        }
    }
}
