// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.util.function.ToDoubleFunction;

/**
 * One figure that is read from what workers did. Immutable.
 *
 * @param name of the metric in the report.
 * @param unit of its values.
 * @param value reads it; NaN when there is none.
 * @param target to reach.
 */
record Metric(String name, String unit, ToDoubleFunction<Tally> value, Target target) {
    static Metric percentile(String name, double percentile, Target target) {
        return new Metric(name, "ns", tally -> tally.percentileNs(percentile), target);
    }

    static Metric milliseconds(String name, double percentile, Target target) {
        return new Metric(name, "ms", tally -> tally.percentileNs(percentile) / 1e6, target);
    }

    static Metric rate(String name, Target target) {
        return new Metric(name, "1/s", Tally::unitsPerSecond, target);
    }

    static Metric worstWait(Target target) {
        return new Metric("worst-wait", "ms", Tally::worstMs, target);
    }

    static Metric errors(Target target) {
        return new Metric("errors", "count", Tally::errorCount, target);
    }

    static Metric allocated(Target target) {
        return new Metric("allocated", "B", Tally::allocatedPerOperation, target);
    }
}
