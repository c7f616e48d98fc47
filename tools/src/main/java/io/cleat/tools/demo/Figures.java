// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.OperatingSystemMXBean;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringTokenizer;
import java.util.concurrent.TimeUnit;

/**
 * The real figures of this JVM and of the machine. Those of the JVM are read for each sample, those in {@code /proc} and the
 * loads, which cost more or need a time span, more seldom. Not thread-safe.
 */
final class Figures {
    private static final long PROC_PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Processor time is counted in ticks of 10 ms. */
    private static final long LOAD_PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path STAT = Path.of("/proc/stat");

    private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    private final ThreadMXBean threadBean = ManagementFactory.getThreadMXBean();
    private final OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    private long heapBytes;
    private long gcCount;
    private long gcMs;
    private long threads;
    private double cpuPercent = Double.NaN;
    private long rssKb = -1;
    private double machineCpu = Double.NaN;
    private double machineLoad = Double.NaN;
    private long procNs;
    private long loadNs;
    private long cpuTimeNs;
    private long busyTicks;
    private long allTicks;

    /** Begins; the first sample has no loads yet. */
    Figures() {
        loadNs = System.nanoTime();
        procNs = loadNs - PROC_PERIOD_NS;
        cpuTimeNs = processCpuNs();
        readMachine();
    }

    /**
     * Takes a sample.
     *
     * @param nowNs {@link System#nanoTime()}.
     */
    void sample(long nowNs) {
        heapBytes = memory.getHeapMemoryUsage().getUsed();
        threads = threadBean.getThreadCount();
        gcCount = 0;
        gcMs = 0;
        for (int i = 0; i < collectors.size(); i++) {
            gcCount += Math.max(0, collectors.get(i).getCollectionCount());
            gcMs += Math.max(0, collectors.get(i).getCollectionTime());
        }
        if (nowNs - procNs >= PROC_PERIOD_NS) {
            procNs = nowNs;
            rssKb = residentKb();
        }
        if (nowNs - loadNs >= LOAD_PERIOD_NS) {
            sampleLoads(nowNs);
        }
    }

    private void sampleLoads(long nowNs) {
        final long cpuNs = processCpuNs();
        cpuPercent = 100.0 * (cpuNs - cpuTimeNs) / (nowNs - loadNs);
        cpuTimeNs = cpuNs;
        loadNs = nowNs;
        readMachine();
        final double load = system.getSystemLoadAverage();
        machineLoad = load < 0 ? Double.NaN : load;
    }

    private long processCpuNs() {
        return system instanceof com.sun.management.OperatingSystemMXBean process ? process.getProcessCpuTime() : 0;
    }

    /** The first line of /proc/stat: ticks of user, nice, system, idle, iowait, ... since the machine started. */
    private void readMachine() {
        final String line = firstLine(STAT, "cpu ");
        if (line.isEmpty()) {
            return;
        }
        final StringTokenizer words = new StringTokenizer(line);
        words.nextToken();
        long all = 0;
        long idle = 0;
        for (int i = 0; i < 8 && words.hasMoreTokens(); i++) {
            final long ticks = Long.parseLong(words.nextToken());
            all += ticks;
            // The fourth waits for nothing, the fifth for a disk.
            idle += i == 3 || i == 4 ? ticks : 0;
        }
        final long busy = all - idle;
        if (allTicks > 0 && all > allTicks) {
            machineCpu = 100.0 * (busy - busyTicks) / (all - allTicks);
        }
        busyTicks = busy;
        allTicks = all;
    }

    private static long residentKb() {
        final String line = firstLine(STATUS, "VmRSS:");
        return line.isEmpty() ? -1 : Long.parseLong(line.replaceAll("[^0-9]", ""));
    }

    private static String firstLine(Path file, String prefix) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(prefix)) {
                    return line;
                }
            }
        } catch (IOException e) {
            // Not Linux: the figure stays unknown.
            return "";
        }
        return "";
    }

    /** {@return bytes of the heap in use} */
    long heapBytes() {
        return heapBytes;
    }

    /** {@return collections since the JVM started} */
    long gcCount() {
        return gcCount;
    }

    /** {@return milliseconds in them} */
    long gcMs() {
        return gcMs;
    }

    /** {@return live threads} */
    long threads() {
        return threads;
    }

    /** {@return of one core, by this process; NaN if unknown} */
    double cpuPercent() {
        return cpuPercent;
    }

    /** {@return resident memory in KiB; -1 if unknown} */
    long rssKb() {
        return rssKb;
    }

    /** {@return of all cores, by everybody; NaN if unknown} */
    double machineCpu() {
        return machineCpu;
    }

    /** {@return the load average of the last minute; NaN if unknown} */
    double machineLoad() {
        return machineLoad;
    }
}
