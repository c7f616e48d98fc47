// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.Hosting;
import io.cleat.client.CoordinatorHost;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Starts coordinators for clients with {@code hostIfAbsent}. Made by {@link java.util.ServiceLoader}.
 *
 * <p>Thread-safe: no state.
 */
public final class ClientHost implements CoordinatorHost {
    /** How long one in a JVM of its own waits for another client after its last one. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** For the service loader. */
    public ClientHost() {}

    @Override
    public AutoCloseable host(String name, Path directory, Path databaseFile, Hosting hosting, long timeoutNs) {
        final CoordinatorContext context =
                new CoordinatorContext(name).directory(directory).databaseFile(databaseFile);
        if (hosting == Hosting.IN_ITS_OWN_JVM) {
            CoordinatorProcess.spawn(context.stopAfterLastClient(GRACE), timeoutNs);
            return () -> {};
        }
        final Coordinator coordinator = Coordinator.launch(context);
        return () -> coordinator.close("the client that hosted it has closed the database");
    }
}
