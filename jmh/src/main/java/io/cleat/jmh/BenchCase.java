// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.util.List;

/** One comparison that can be asked for by name. Runs on the main thread. */
interface BenchCase {
    /** {@return the name on the command line and in the report} */
    String name();

    /** {@return what it does, in one line} */
    String description();

    /**
     * Runs it. Processes that it forks end after it, whatever happens.
     *
     * @param bench forks, and knows the options.
     * @return its lines of the report.
     */
    List<Measurement> run(Bench bench) throws Exception;

    /**
     * The usual case: workers of both sides under the same load.
     *
     * @param name of the case.
     * @param description in one line.
     * @param load of both sides.
     * @param metrics to report.
     */
    record UnderLoad(String name, String description, Load load, List<Metric> metrics) implements BenchCase {
        @Override
        public List<Measurement> run(Bench bench) throws Exception {
            final Duel.Result result = new Duel(bench, name, load).run();
            return metrics.stream()
                    .map(metric -> Measurement.of(name, metric, result.ours(), result.baseline()))
                    .toList();
        }
    }
}
