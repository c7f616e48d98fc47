// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.nameserver.Liveness;
import io.cleat.nameserver.NameEntry;
import io.cleat.nameserver.NameServer;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.ConnectOptions;
import io.cleat.tools.shell.ExitCode;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks a coordinator to stop, and waits until it has. Threading: the main thread. */
@Command(
        name = "stop",
        description = "Ask the coordinator of a database to stop, and wait until the name is free.",
        footerHeading = "%nExample:%n",
        footer = {
            "  cleat stop shop",
            "",
            "What it has begun is finished; what it has not begun is answered 'not applied'. Its clients are told."
        })
final class StopCommand implements Callable<Integer> {
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(5);

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Mixin
    private ConnectOptions connect;

    @Parameters(paramLabel = "NAME", description = "The name of the database.")
    private String name;

    StopCommand() {}

    @Override
    public Integer call() {
        final NameServer names = NameServer.open(options.resolve());
        final NameEntry entry = names.probe(name)
                .filter(found -> found.liveness() != Liveness.STALE)
                .orElse(null);
        if (entry == null) {
            throw new CleatException(
                    ErrorCode.NOT_REGISTERED,
                    "no live coordinator serves '" + name + "' in " + names.directory()
                            + names.find(name)
                                    .map(stale -> "; a stale entry is left of pid=" + stale.pid())
                                    .orElse(""));
        }
        final long deadlineNs = System.nanoTime() + connect.timeout().toNanos();
        try (Database database = connect.open(name, "stop", options.directory())) {
            database.shutdownCoordinator();
        }
        while (isLive(names, entry)) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new CleatException(
                        ErrorCode.TIMEOUT,
                        "the coordinator of '" + name + "' has agreed to stop, but its process pid=" + entry.pid()
                                + " still holds the name after timeoutMs="
                                + connect.timeout().toMillis());
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
        spec.commandLine()
                .getOut()
                .println("cleat: stopped " + name + " epoch=" + entry.epoch() + " pid=" + entry.pid());
        return ExitCode.OK;
    }

    private boolean isLive(NameServer names, NameEntry stopped) {
        final Optional<NameEntry> now = names.probe(name);
        return now.isPresent()
                && now.get().epoch() == stopped.epoch()
                && now.get().liveness() != Liveness.STALE;
    }
}
