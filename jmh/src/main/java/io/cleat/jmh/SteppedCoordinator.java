// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.coordinator.Coordinator;
import io.cleat.coordinator.CoordinatorContext;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A coordinator without threads of its own, for machines with fewer cores than spinning threads: a worker's thread steps it while it waits
 * itself, and a thread of this class does so the rest of the time.
 *
 * <p>{@link #step} by the worker's thread between {@link #take} and {@link #giveBack}.
 */
final class SteppedCoordinator implements AutoCloseable {
    private static final long REST_NS = TimeUnit.MICROSECONDS.toNanos(200);

    private final Coordinator coordinator;
    private final Thread stepper = new Thread(this::run, "stepper");
    private volatile boolean wanted;
    private volatile boolean taken;
    private volatile boolean stopped;

    SteppedCoordinator(CoordinatorContext context) {
        coordinator = Coordinator.invoked(context);
        stepper.setDaemon(true);
        stepper.start();
    }

    private void run() {
        while (!stopped) {
            if (wanted) {
                taken = true;
                LockSupport.parkNanos(REST_NS);
            } else {
                taken = false;
                if (coordinator.doWork() == 0) {
                    LockSupport.parkNanos(REST_NS);
                }
            }
        }
    }

    /** From now on the calling thread steps. */
    void take() {
        wanted = true;
        while (!taken) {
            Thread.onSpinWait();
        }
    }

    /** The stepper's thread steps again. */
    void giveBack() {
        wanted = false;
        while (taken) {
            Thread.onSpinWait();
        }
    }

    /** One duty cycle. */
    void step() {
        coordinator.doWork();
    }

    /** One duty cycle, if the calling thread has taken the coordinator; else a breath. */
    void stepIfTaken() {
        if (taken) {
            coordinator.doWork();
        } else {
            LockSupport.parkNanos(REST_NS);
        }
    }

    @Override
    public void close() {
        stopped = true;
        boolean interrupted = false;
        while (stepper.isAlive()) {
            try {
                stepper.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        coordinator.close();
    }
}
