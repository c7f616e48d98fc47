// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import io.cleat.ClientContext;
import io.cleat.Database;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that attach to a coordinator. Threading: filled by the command line, then read by its thread. */
public final class ConnectOptions {
    @Option(
            names = "--wait",
            paramLabel = "TIME",
            defaultValue = "2s",
            converter = DurationConverter.class,
            description = "How long to wait for somebody to serve the name. Default: ${DEFAULT-VALUE}.")
    private Duration wait;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "How long the request may take. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    /** Made by picocli. */
    public ConnectOptions() {}

    /** {@return how long a request may take} */
    public Duration timeout() {
        return timeout;
    }

    /**
     * Attaches.
     *
     * @param name of the database.
     * @param command what operators see us as.
     * @param directory that the processes agree on, or null for the default.
     * @return to be closed.
     */
    public Database open(String name, String command, @Nullable Path directory) {
        final ClientContext context = new ClientContext()
                .name(name)
                .clientName("cleat " + command + " " + ProcessHandle.current().pid())
                .connectTimeout(wait)
                .requestTimeout(timeout);
        if (directory != null) {
            context.directory(directory);
        }
        return Database.open(context);
    }
}
