// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingIdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * The conductor's thread and the housekeeper's.
 *
 * <p>Thread-safe. The threads are never interrupted: an interrupt closes channels that others use.
 */
final class CoordinatorThreads {
    private static final long HOUSEKEEPER_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int CLOSE_TIMEOUT_MS = (int) TimeUnit.MINUTES.toMillis(10);

    private final CoordinatorContext context;
    private final ErrorSink errors;
    private volatile @Nullable Thread conductorThread;
    private volatile @Nullable Thread housekeeperThread;
    private @Nullable AgentRunner conductorRunner;
    private @Nullable AgentRunner housekeeperRunner;

    CoordinatorThreads(CoordinatorContext context, ErrorSink errors) {
        this.context = context;
        this.errors = errors;
    }

    void start(Conductor conductor, Housekeeper housekeeper) {
        final IdleStrategy idle = context.idleStrategy().get();
        conductorRunner = new AgentRunner(idle, e -> errors.onError("the conductor failed", e), null, conductor);
        housekeeperRunner = new AgentRunner(
                new SleepingIdleStrategy(HOUSEKEEPER_SLEEP_NS),
                e -> errors.onError("the housekeeper failed", e),
                null,
                housekeeper);
        conductorThread = AgentRunner.startOnThread(conductorRunner, CoordinatorThreads::daemon);
        housekeeperThread = AgentRunner.startOnThread(housekeeperRunner, CoordinatorThreads::daemon);
    }

    /** Whether the calling thread is the conductor's or the housekeeper's. */
    boolean isOneOfThem() {
        final Thread me = Thread.currentThread();
        return me == conductorThread || me == housekeeperThread;
    }

    void wakeConductor() {
        LockSupport.unpark(conductorThread);
    }

    void wakeHousekeeper() {
        LockSupport.unpark(housekeeperThread);
    }

    void stopConductor() {
        stop(conductorRunner);
    }

    void stopHousekeeper() {
        stop(housekeeperRunner);
    }

    private static void stop(@Nullable AgentRunner runner) {
        if (runner != null) {
            runner.close(CLOSE_TIMEOUT_MS, thread -> {});
        }
    }

    private static Thread daemon(Runnable task) {
        final Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }
}
