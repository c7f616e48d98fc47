// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.jmh.WorkerArguments.Side;
import java.util.List;

/**
 * What waiting costs: processor time of a coordinator with the default idle strategy that nobody asks anything, alone and with a
 * client attached, in percent of a core. There is nothing to compare it with. Main thread.
 */
final class IdleCase implements BenchCase {
    @Override
    public String name() {
        return "idle";
    }

    @Override
    public String description() {
        return "processor time of a coordinator, and of a client, that have nothing to do";
    }

    @Override
    public List<Measurement> run(Bench bench) throws Exception {
        final Duel duel =
                new Duel(bench, name(), Load.one("select", "FULL", false).withRowCount(100));
        final WorkerProcess coordinator = duel.coordinator();
        final double alone = percentOfCore(coordinator, coordinator, bench.options())[0];
        final WorkerProcess client = bench.forkReady(duel.arguments(Side.OURS));
        client.send(Worker.GO + 0.2);
        client.await(Worker.TALLY, Bench.START_TIMEOUT_S);
        final double[] attached = percentOfCore(coordinator, client, bench.options());
        return List.of(
                Measurement.single(name(), "coordinator", "%", alone, Target.oursAtMost(3)),
                Measurement.single(name(), "with-client", "%", attached[0], Target.NONE),
                Measurement.single(name(), "client", "%", attached[1], Target.NONE));
    }

    /** Of two processes in the same stretch of time. */
    private static double[] percentOfCore(WorkerProcess first, WorkerProcess second, BenchOptions options)
            throws InterruptedException {
        // What started must have been compiled, and back-off must have reached its end.
        Thread.sleep((long) (options.warmUpSeconds() * 1000));
        final long startNs = System.nanoTime();
        final long firstCpuNs = first.cpuNs();
        final long secondCpuNs = second.cpuNs();
        Thread.sleep((long) (options.seconds() * options.rounds() * 1000));
        final long tookNs = System.nanoTime() - startNs;
        return new double[] {
            100.0 * (first.cpuNs() - firstCpuNs) / tookNs, 100.0 * (second.cpuNs() - secondCpuNs) / tookNs
        };
    }
}
