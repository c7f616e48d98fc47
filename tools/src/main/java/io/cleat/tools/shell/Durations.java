// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.util.Locale;

/** Times for people. Thread-safe: stateless. */
public final class Durations {
    private Durations() {}

    /**
     * A time span in its two largest units.
     *
     * @param milliseconds of the span; a negative one shows as 0s.
     * @return such as {@code 45s}, {@code 3m20s}, {@code 5h12m}, {@code 12d3h}.
     */
    public static String span(long milliseconds) {
        final long seconds = Math.max(0, milliseconds) / 1000;
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m" + seconds % 60 + "s";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + "h" + seconds / 60 % 60 + "m";
        }
        return seconds / 86_400 + "d" + seconds / 3600 % 24 + "h";
    }

    /**
     * A latency with a fitting unit and three digits or so.
     *
     * @param nanoseconds of the latency.
     * @return such as {@code 850 ns}, {@code 12.3 µs}, {@code 4.56 ms}, {@code 1.20 s}.
     */
    public static String latency(long nanoseconds) {
        if (nanoseconds < 1_000) {
            return nanoseconds + " ns";
        }
        if (nanoseconds < 1_000_000) {
            return number(nanoseconds / 1e3) + " µs";
        }
        if (nanoseconds < 1_000_000_000) {
            return number(nanoseconds / 1e6) + " ms";
        }
        return number(nanoseconds / 1e9) + " s";
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
    }
}
