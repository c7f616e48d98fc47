// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.jmh.WorkerArguments.Side;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Both sides of a load: a coordinator and its clients, and the JVMs that open a file of their own. All are started and warmed up
 * first; then they work in turns, so that what disturbs the machine for a while disturbs both. Main thread.
 */
final class Duel {
    /** A round may end late by the longest wait of an operation. */
    private static final double ROUND_GRACE_S = 60;

    private final Bench bench;
    private final Load load;
    private final Path folder;
    private final WorkerArguments common;
    private final List<WorkerProcess> ours = new ArrayList<>();
    private final List<WorkerProcess> baseline = new ArrayList<>();
    private final WorkerProcess coordinator;

    /** What the sides did, round by round. */
    record Result(List<Tally> ours, List<Tally> baseline) {}

    Duel(Bench bench, String caseName, Load load) throws IOException, InterruptedException, SQLException {
        this.bench = bench;
        this.load = load;
        this.folder = bench.site().caseFolder(caseName);
        this.common = load.arguments(bench.options())
                .with("cleatDirectory", bench.site().shared())
                .with("databaseName", caseName);
        SampleDatabase.create(folder, bench.options().scaled(load.rowCount()));
        this.coordinator =
                bench.forkReady(common.with("role", "coordinator").with("databaseFile", SampleDatabase.ours(folder)));
    }

    /** The arguments of a worker of one side, in case it is to be started by itself. */
    WorkerArguments arguments(Side side) {
        return common.with("side", side)
                .with(
                        "databaseFile",
                        side == Side.OURS ? SampleDatabase.ours(folder) : SampleDatabase.baseline(folder));
    }

    /** The process of the coordinator. */
    WorkerProcess coordinator() {
        return coordinator;
    }

    /** Starts the workers, warms them up, and lets them work in turns. */
    Result run() throws IOException, InterruptedException {
        spin();
        start(Side.OURS, ours);
        start(Side.BASELINE, baseline);
        final double warmUpSeconds = load.warmUpSeconds(bench.options());
        round(ours, warmUpSeconds);
        rest();
        round(baseline, warmUpSeconds);
        final Result result = new Result(new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < bench.options().rounds(); i++) {
            if (i % 2 == 0) {
                oursRound(result);
                baselineRound(result);
            } else {
                baselineRound(result);
                oursRound(result);
            }
        }
        return result;
    }

    private void oursRound(Result result) throws InterruptedException {
        spin();
        result.ours().add(round(ours, bench.options().seconds()));
        rest();
    }

    private void baselineRound(Result result) throws InterruptedException {
        result.baseline().add(round(baseline, bench.options().seconds()));
    }

    private void start(Side side, List<WorkerProcess> workers) throws IOException, InterruptedException {
        for (int i = 0; i < load.workerCount(bench.options()); i++) {
            workers.add(bench.fork(arguments(side)));
        }
        for (WorkerProcess worker : workers) {
            worker.await(Worker.READY, Bench.START_TIMEOUT_S);
        }
    }

    private static Tally round(List<WorkerProcess> workers, double seconds) throws InterruptedException {
        workers.forEach(worker -> worker.send(Worker.GO + seconds));
        final Tally together = new Tally();
        for (WorkerProcess worker : workers) {
            together.addBeside(Tally.decode(worker.await(Worker.TALLY, seconds + ROUND_GRACE_S)));
        }
        if (together.errorCount() == together.operationCount()) {
            throw new IllegalStateException(
                    "nothing succeeded: errors=" + together.errorCount() + " on side of " + workers.get(0));
        }
        return together;
    }

    private void spin() throws InterruptedException {
        tell(CoordinatorWorker.SPIN);
    }

    private void rest() throws InterruptedException {
        tell(CoordinatorWorker.REST);
    }

    private void tell(String command) throws InterruptedException {
        coordinator.send(command);
        coordinator.await(Worker.OK, ROUND_GRACE_S);
    }
}
