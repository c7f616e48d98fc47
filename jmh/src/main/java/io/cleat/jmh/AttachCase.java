// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.jmh.WorkerArguments.Side;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What beginning costs: opening a database and reading one row, in a JVM that has done so before, and from the start of a new JVM.
 * The baseline opens its file with sqlite-jdbc. Main thread.
 */
final class AttachCase implements BenchCase {
    @Override
    public String name() {
        return "attach";
    }

    @Override
    public String description() {
        return "opening and reading one row, in a warm JVM, and from the start of a new one";
    }

    @Override
    public List<Measurement> run(Bench bench) throws Exception {
        final Duel duel =
                new Duel(bench, name(), Load.one("attach", "NORMAL", false).withRowCount(1000));
        final Duel.Result opened = duel.run();
        final List<Tally> oursStarts = new ArrayList<>();
        final List<Tally> baselineStarts = new ArrayList<>();
        for (int i = 0; i < bench.options().rounds(); i++) {
            oursStarts.add(firstReply(bench, duel.arguments(Side.OURS)));
            baselineStarts.add(firstReply(bench, duel.arguments(Side.BASELINE)));
        }
        return List.of(
                Measurement.of(
                        name(),
                        Metric.milliseconds("open-p50", 50, Target.oursAtMost(5)),
                        opened.ours(),
                        opened.baseline()),
                Measurement.of(
                        name(), Metric.milliseconds("open-p99", 99, Target.NONE), opened.ours(), opened.baseline()),
                Measurement.of(
                        name(), Metric.milliseconds("jvm-start-p50", 50, Target.NONE), oursStarts, baselineStarts));
    }

    private static Tally firstReply(Bench bench, WorkerArguments arguments) throws IOException, InterruptedException {
        final Tally tally = new Tally();
        final long startNs = System.nanoTime();
        final WorkerProcess worker = bench.forkReady(arguments.with("role", "first-reply"));
        final long tookNs = System.nanoTime() - startNs;
        tally.record(tookNs, 1, true);
        tally.end(tookNs, 0);
        bench.end(worker);
        return tally;
    }
}
