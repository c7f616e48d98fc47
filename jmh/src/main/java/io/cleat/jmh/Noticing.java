// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.Session;
import io.cleat.SqlStatement;
import io.cleat.coordinator.CoordinatorContext;
import io.cleat.coordinator.sqlite.Synchronous;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.IdleStrategy;

/**
 * Commits one row at a time, and waits until a listener in another JVM has seen it: the time is from the commit's return to the sight, at
 * least 1 ns (it can be seen before the writer has its reply). The coordinator is stepped by the writer's thread, so that writer and
 * listener have a core each.
 *
 * <p>One thread.
 */
final class Noticing implements Work {
    private static final long SIGHT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(20);

    private final SteppedCoordinator coordinator;
    private final Database database;
    private final Session session;
    private final SqlStatement update;
    private final Sighting sighting;
    private final boolean byValue;
    private long number;

    Noticing(WorkerArguments arguments) throws java.io.IOException {
        sighting = Sighting.open(arguments.sighting());
        byValue = arguments.isLive();
        coordinator = new SteppedCoordinator(new CoordinatorContext(arguments.databaseName())
                .directory(arguments.cleatDirectory())
                .databaseFile(arguments.databaseFile())
                .synchronous(Synchronous.valueOf(arguments.synchronous()))
                .errorHandler(error -> System.err.println("coordinator: " + error)));
        database = Database.open(new ClientContext()
                .directory(arguments.cleatDirectory())
                .name(arguments.databaseName())
                .waitStrategy(() -> new Stepping(coordinator)));
        database.script(
                "CREATE TABLE seen(id INTEGER PRIMARY KEY, number INTEGER NOT NULL); INSERT INTO seen VALUES(1, 0)");
        session = database.openSession();
        update = session.prepare("UPDATE seen SET number = ? WHERE id = 1");
    }

    @Override
    public Tally round(double seconds) {
        final Tally tally = new Tally();
        final long roundNs = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        coordinator.take();
        try {
            final long beginNs = System.nanoTime();
            long nowNs = beginNs;
            while (nowNs - beginNs < roundNs) {
                number++;
                update.bindLong(1, number).update();
                final long returnedNs = System.nanoTime();
                final long wanted = byValue ? number : update.commitSequence();
                if (awaitSight(wanted, returnedNs)) {
                    tally.record(sighting.timeNs() - returnedNs, 1, true);
                } else {
                    tally.recordError(SIGHT_TIMEOUT_NS);
                    Worker.complain(new IllegalStateException("not seen: number=" + number), tally.errorCount());
                }
                nowNs = pause();
            }
            tally.end(roundNs, 0);
        } finally {
            coordinator.giveBack();
        }
        return tally;
    }

    private boolean awaitSight(long wanted, long returnedNs) {
        while (sighting.number() < wanted) {
            coordinator.step();
            if (System.nanoTime() - returnedNs > SIGHT_TIMEOUT_NS) {
                return false;
            }
        }
        return true;
    }

    /** So that one commit's work is over before the next begins. */
    private long pause() {
        final long fromNs = System.nanoTime();
        long nowNs = fromNs;
        while (nowNs - fromNs < PAUSE_NS) {
            coordinator.step();
            nowNs = System.nanoTime();
        }
        return nowNs;
    }

    @Override
    public void close() {
        session.close();
        database.close();
        coordinator.close();
    }

    /** Waits by working: steps the coordinator, when it is ours to step. */
    private record Stepping(SteppedCoordinator coordinator) implements IdleStrategy {
        @Override
        public void idle(int workCount) {
            if (workCount <= 0) {
                idle();
            }
        }

        @Override
        public void idle() {
            coordinator.stepIfTaken();
        }

        @Override
        public void reset() {}
    }
}
