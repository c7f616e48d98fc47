// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.Row;
import io.cleat.tools.shell.Durations;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** What the reader knows of one writer, from the rows alone. Not thread-safe. */
final class SourceView {
    private static final long SILENT_NS = 1_000_000_000;

    private final String name;
    private long pid;
    private long rowCount;
    private long shownCount;
    private long writtenNs;
    private double heapBytes;
    private long gcCount;
    private long threads;
    private double cpuPercent;
    private String resident = "-";

    SourceView(String name) {
        this.name = name;
    }

    /** Takes a row of {@link TelemetryTable#SELECT_NEW}. */
    void row(Row row, long rowWrittenNs) {
        rowCount++;
        writtenNs = rowWrittenNs;
        heapBytes = row.getLong(3);
        gcCount = row.getLong(4);
        threads = row.getLong(5);
        cpuPercent = row.isNull(6) ? cpuPercent : row.getDouble(6);
        if (!row.isNull(7)) {
            resident = row.getLong(7) / 1024 + " MB";
        }
    }

    long pid() {
        return pid;
    }

    void pid(long value) {
        pid = value;
    }

    /** {@return the heads of the columns of {@link #line}} */
    static String head() {
        return String.format(
                Locale.ROOT,
                "%-12s %8s %9s %8s %9s %5s %8s %7s %8s   %s",
                "written by",
                "pid",
                "rows",
                "rows/s",
                "heap",
                "GCs",
                "threads",
                "CPU",
                "memory",
                "last row");
    }

    /** One line; begins the count of rows a second anew. */
    String line(long nowNs, long elapsedNs) {
        final double rate = (rowCount - shownCount) * 1e9 / Math.max(1, elapsedNs);
        shownCount = rowCount;
        final long ageNs = Math.max(0, nowNs - writtenNs);
        final String age =
                ageNs > SILENT_NS ? "silent for " + Durations.span(ageNs / 1_000_000) : ageNs / 1_000_000 + " ms ago";
        return String.format(
                Locale.ROOT,
                "%-12s %8d %,9d %,8.0f %6.1f MB %5d %8d %5.0f %% %8s   %s",
                name,
                pid,
                rowCount,
                rate,
                heapBytes / (1 << 20),
                gcCount,
                threads,
                cpuPercent,
                resident,
                age);
    }

    /** The line below all sources. */
    static String total(long rowCount, Histogram seen, double machineCpu, double machineLoad) {
        return String.format(
                Locale.ROOT,
                "%-12s %8s %,9d   read %s after they were written (median)%s%s",
                "all",
                "",
                rowCount,
                Durations.latency(seen.getValueAtPercentile(50)),
                Double.isNaN(machineCpu) ? "" : String.format(Locale.ROOT, ";  machine: CPU %.0f %%", machineCpu),
                Double.isNaN(machineLoad) ? "" : String.format(Locale.ROOT, ", load %.2f", machineLoad));
    }
}
