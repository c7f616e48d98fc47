// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.jmh.WorkerArguments.Side;
import java.util.ArrayList;
import java.util.List;

/**
 * How soon another JVM knows of a commit. Writer and listener spin on a core each; the coordinator is stepped by the writer's thread
 * while that waits. There is nothing to compare it with.
 *
 * @param name of the case.
 * @param description in one line.
 * @param live whether the listener has a live query, or listens to table updates.
 * @param targetUs what the median should be at most, in microseconds.
 */
record NoticeCase(String name, String description, boolean live, double targetUs) implements BenchCase {
    @Override
    public List<Measurement> run(Bench bench) throws Exception {
        final WorkerArguments arguments = Load.one("notice", "NORMAL", true)
                .arguments(bench.options())
                .with("side", Side.OURS)
                .with("cleatDirectory", bench.site().shared())
                .with("databaseName", name)
                .with("databaseFile", bench.site().caseFolder(name).resolve("ours.db"))
                .with("sighting", bench.site().shared().resolve(name + ".sighting"))
                .with("live", live);
        final WorkerProcess writer = bench.forkReady(arguments);
        bench.forkReady(arguments.with("role", "listener"));
        round(writer, 2 * bench.options().warmUpSeconds());
        final List<Tally> rounds = new ArrayList<>();
        for (int i = 0; i < bench.options().rounds(); i++) {
            rounds.add(round(writer, bench.options().seconds()));
        }
        return List.of(
                Measurement.of(name, microseconds("p50", 50, Target.oursAtMost(targetUs)), rounds, List.of()),
                Measurement.of(name, microseconds("p99", 99, Target.NONE), rounds, List.of()),
                Measurement.of(name, Metric.errors(Target.oursAtMost(0)), rounds, List.of()));
    }

    private static Tally round(WorkerProcess writer, double seconds) throws InterruptedException {
        writer.send(Worker.GO + seconds);
        return Tally.decode(writer.await(Worker.TALLY, seconds + Bench.START_TIMEOUT_S));
    }

    private static Metric microseconds(String metric, double percentile, Target target) {
        return new Metric(metric, "us", tally -> tally.percentileNs(percentile) / 1e3, target);
    }
}
