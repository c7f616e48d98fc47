// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.util.List;

/**
 * One line of the report: what ours and the baseline reached in the same run. Immutable.
 *
 * @param caseName the case.
 * @param metric of the case.
 * @param unit of both values.
 * @param ours all rounds together; NaN when there is none.
 * @param baseline likewise; NaN where there is nothing to compare with.
 * @param oursByRound ours, each round by itself.
 * @param baselineByRound the baseline, each round by itself.
 * @param target to reach.
 */
record Measurement(
        String caseName,
        String metric,
        String unit,
        double ours,
        double baseline,
        List<Double> oursByRound,
        List<Double> baselineByRound,
        Target target) {
    /** Reads a metric from rounds of both sides. */
    static Measurement of(String caseName, Metric metric, List<Tally> ours, List<Tally> baseline) {
        return new Measurement(
                caseName,
                metric.name(),
                metric.unit(),
                metric.value().applyAsDouble(sum(ours)),
                metric.value().applyAsDouble(sum(baseline)),
                byRound(metric, ours),
                byRound(metric, baseline),
                metric.target());
    }

    /** A figure that was measured once. */
    static Measurement single(String caseName, String metric, String unit, double ours, Target target) {
        return new Measurement(caseName, metric, unit, ours, Double.NaN, List.of(ours), List.of(), target);
    }

    /** {@return ours divided by the baseline; NaN where one is missing or the baseline is 0} */
    double ratio() {
        return baseline == 0 ? Double.NaN : ours / baseline;
    }

    /** {@return whether the target is reached, or there is none} */
    boolean isMet() {
        return target.isMet(ours, ratio());
    }

    /** {@return the ratio of one round} */
    double ratio(int round) {
        return baselineByRound.get(round) == 0 ? Double.NaN : oursByRound.get(round) / baselineByRound.get(round);
    }

    /** {@return how many rounds both sides have} */
    int roundCount() {
        return Math.min(oursByRound.size(), baselineByRound.size());
    }

    private static List<Double> byRound(Metric metric, List<Tally> rounds) {
        return rounds.stream().map(metric.value()::applyAsDouble).toList();
    }

    private static Tally sum(List<Tally> rounds) {
        final Tally sum = new Tally();
        rounds.forEach(sum::addLater);
        return sum;
    }
}
