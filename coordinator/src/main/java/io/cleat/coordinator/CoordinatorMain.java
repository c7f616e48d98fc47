// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.concurrent.TimeUnit;

/**
 * A coordinator as a process of its own: serves until it is told to stop, by a client or by SIGTERM, and finishes what it has begun.
 *
 * <p>Arguments: {@code name=NAME}, then options of the {@link CoordinatorContext} as {@code key=value}, such as {@code databaseFile=shop.db},
 * {@code synchronous=NORMAL}, {@code singleClient=true}.
 */
public final class CoordinatorMain {
    private static final long WAIT_NS = TimeUnit.HOURS.toNanos(1);

    private CoordinatorMain() {}

    /**
     * Serves.
     *
     * @param args see above.
     * @throws InterruptedException never: nobody interrupts the main thread.
     */
    public static void main(String[] args) throws InterruptedException {
        serve(Coordinator.launch(CoordinatorArguments.parse(args)));
    }

    /**
     * Serves until somebody asks the coordinator to stop, or the process gets SIGTERM or SIGINT; then closes it.
     *
     * @param coordinator running; closed at the end.
     * @throws InterruptedException when the thread is interrupted.
     */
    public static void serve(Coordinator coordinator) throws InterruptedException {
        final Thread onSignal =
                new Thread(() -> coordinator.close("the coordinator's process was told to end"), "cleat-stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        String reason = null;
        while (reason == null) {
            reason = coordinator.awaitStopRequest(WAIT_NS);
        }
        coordinator.close(reason);
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            // The process is ending already, and the hook has closed the coordinator.
            onSignal.join();
        }
    }
}
