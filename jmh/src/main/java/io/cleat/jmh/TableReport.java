// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Prints measurements for people, a line each, as they come. One thread. */
final class TableReport {
    private final PrintWriter out;

    TableReport(PrintWriter out) {
        this.out = out;
    }

    void header() {
        print("case", "metric", "unit", "ours", "baseline", "ratio", "by round", "target", "");
    }

    void line(Measurement line) {
        print(
                line.caseName(),
                line.metric(),
                line.unit(),
                number(line.ours()),
                number(line.baseline()),
                Double.isNaN(line.ratio()) ? "" : String.format(Locale.ROOT, "%.2f", line.ratio()),
                byRound(line),
                line.target().text(),
                line.target().kind() == Target.Kind.NONE ? "" : line.isMet() ? "ok" : "MISSED");
    }

    private void print(Object... columns) {
        out.print(String.format(Locale.ROOT, "%-16s %-14s %-6s %12s %12s %8s  %-15s %-13s %s%n", columns)
                        .stripTrailing()
                + System.lineSeparator());
        out.flush();
    }

    /** How far the ratios of single rounds lie apart: the noise. */
    private static String byRound(Measurement line) {
        final double[] ratios = IntStream.range(0, line.roundCount())
                .mapToDouble(line::ratio)
                .filter(Double::isFinite)
                .toArray();
        return ratios.length < 2
                ? ""
                : String.format(
                        Locale.ROOT,
                        "%.2f .. %.2f",
                        DoubleStream.of(ratios).min().orElseThrow(),
                        DoubleStream.of(ratios).max().orElseThrow());
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%,.0f" : "%.2f", value);
    }
}
