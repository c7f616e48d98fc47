// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.util.List;
import java.util.stream.Collectors;

/** Measurements for machines: an array of objects; a value that there is not is null. Stateless. */
final class JsonReport {
    private JsonReport() {}

    /** {@return the text of a JSON file, with a line for each measurement} */
    static String of(List<Measurement> measurements) {
        return measurements.stream().map(JsonReport::object).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    private static String object(Measurement line) {
        final boolean hasTarget = line.target().kind() != Target.Kind.NONE;
        return "  {\"case\": " + text(line.caseName())
                + ", \"metric\": " + text(line.metric())
                + ", \"unit\": " + text(line.unit())
                + ", \"ours\": " + number(line.ours())
                + ", \"baseline\": " + number(line.baseline())
                + ", \"ratio\": " + number(line.ratio())
                + ", \"target\": " + (hasTarget ? text(line.target().text()) : "null")
                + ", \"met\": " + (hasTarget ? line.isMet() : "null")
                + ", \"oursByRound\": " + numbers(line.oursByRound())
                + ", \"baselineByRound\": " + numbers(line.baselineByRound())
                + "}";
    }

    private static String numbers(List<Double> values) {
        return values.stream().map(JsonReport::number).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "null";
    }

    /** Names of ours: no character of theirs needs more than this. */
    private static String text(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
