// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A coordinator as a process of its own: serves until it is told to stop, by a client or by SIGTERM, and finishes what it has begun.
 *
 * <p>Arguments: {@code name=NAME}, then options of the {@link CoordinatorContext} as {@code key=value}, such as {@code databaseFile=shop.db},
 * {@code synchronous=NORMAL}, {@code singleClient=true}.
 */
public final class CoordinatorMain {
    private static final long LAUNCH_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long WAIT_NS = TimeUnit.HOURS.toNanos(1);

    private CoordinatorMain() {}

    /**
     * Serves.
     *
     * @param args see above.
     * @throws InterruptedException never: nobody interrupts the main thread.
     */
    public static void main(String[] args) throws InterruptedException {
        serve(CoordinatorArguments.parse(args), coordinator -> {});
    }

    /**
     * Launches a coordinator and serves until somebody asks it to stop, or the process gets SIGTERM or SIGINT, be it while it is being
     * launched; then closes it.
     *
     * @param context the options.
     * @param launched told of the coordinator, once it runs.
     * @throws InterruptedException when the thread is interrupted.
     * @throws io.cleat.CleatException when it cannot be launched.
     */
    public static void serve(CoordinatorContext context, Consumer<Coordinator> launched) throws InterruptedException {
        final CompletableFuture<Coordinator> running = new CompletableFuture<>();
        final Thread onSignal = new Thread(() -> closeAfterSignal(running), "cleat-signal");
        Runtime.getRuntime().addShutdownHook(onSignal);
        try (Coordinator coordinator = Coordinator.launch(context)) {
            running.complete(coordinator);
            launched.accept(coordinator);
            while (coordinator.awaitStopRequest(WAIT_NS) == null) {
                // Once an hour.
            }
        } finally {
            running.cancel(false);
            remove(onSignal);
        }
    }

    private static void closeAfterSignal(CompletableFuture<Coordinator> running) {
        try {
            running.get(LAUNCH_TIMEOUT_NS, TimeUnit.NANOSECONDS).close("the coordinator's process was told to end");
        } catch (CancellationException | ExecutionException | TimeoutException | InterruptedException e) {
            // There is none to close.
        }
    }

    private static void remove(Thread onSignal) throws InterruptedException {
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            // The process is ending already, and the hook has closed the coordinator.
            onSignal.join();
        }
    }
}
