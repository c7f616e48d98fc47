// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.jmh.WorkerArguments.Side;
import java.util.ArrayList;
import java.util.List;

/**
 * What those who listen cost a writer: the same INSERTs with clients that listen to a table, and with the same clients when they do not, in
 * turns. The listeners look every 10 ms, so that they take no core from writer and coordinator.
 *
 * @param name of the case.
 * @param description in one line.
 * @param clientCount how many clients listen, all in one JVM.
 * @param table to which they listen.
 * @param targetNs what they may cost at the median, in nanoseconds.
 */
record CrowdCase(String name, String description, int clientCount, String table, double targetNs) implements BenchCase {
    @Override
    public List<Measurement> run(Bench bench) throws Exception {
        final Duel duel = new Duel(bench, name, Load.one("insert", "NORMAL", true));
        final WorkerArguments arguments = duel.arguments(Side.OURS);
        final WorkerProcess crowd = bench.forkReady(
                arguments.with("role", "crowd").with("clientCount", clientCount).with("table", table));
        final WorkerProcess writer = bench.forkReady(arguments);
        tell(duel.coordinator(), CoordinatorWorker.SPIN);
        round(writer, bench.options().warmUpSeconds());
        final List<Tally> with = new ArrayList<>();
        final List<Tally> without = new ArrayList<>();
        for (int i = 0; i < 2 * bench.options().rounds(); i++) {
            // With, without, without, with: what drifts meets both.
            final boolean listening = (i & 3) == 0 || (i & 3) == 3;
            tell(crowd, listening ? CoordinatorWorker.SPIN : CoordinatorWorker.REST);
            (listening ? with : without).add(round(writer, bench.options().seconds()));
        }
        tell(duel.coordinator(), CoordinatorWorker.REST);
        final Metric median = Metric.percentile("p50", 50, Target.NONE);
        final Measurement p50 = Measurement.of(name, median, with, without);
        return List.of(
                p50,
                Measurement.of(name, Metric.percentile("p99", 99, Target.NONE), with, without),
                Measurement.single(name, "cost-p50", "ns", p50.ours() - p50.baseline(), Target.oursAtMost(targetNs)),
                Measurement.of(name, Metric.errors(Target.oursAtMost(0)), with, without));
    }

    private static void tell(WorkerProcess worker, String command) throws InterruptedException {
        worker.send(command);
        worker.await(Worker.OK, Bench.START_TIMEOUT_S);
    }

    private static Tally round(WorkerProcess writer, double seconds) throws InterruptedException {
        writer.send(Worker.GO + seconds);
        return Tally.decode(writer.await(Worker.TALLY, seconds + Bench.START_TIMEOUT_S));
    }
}
