// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.Liveness;
import io.cleat.nameserver.NameEntry;
import io.cleat.nameserver.NameServer;
import io.cleat.status.StatusFile;
import io.cleat.status.StatusSnapshot;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.DurationConverter;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.JsonText;
import io.cleat.tools.shell.Terminal;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a coordinator says about itself in {@code status.dat}. Changes nothing. Threading: the main thread. */
@Command(
        name = "stat",
        description = {
            "Show the counters, clients and errors of a coordinator.",
            "",
            "Asks nobody: what is shown is in a file in shared memory, also after the coordinator was killed."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  cleat stat shop", "  cleat stat shop --json", "  cleat stat shop --watch --interval 500ms"})
final class StatCommand implements Callable<Integer> {
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Parameters(paramLabel = "NAME", description = "The name of the database.")
    private String name;

    @Option(names = "--json", description = "Print one object in one line.")
    private boolean json;

    @Option(names = "--watch", description = "Show it again and again, with what was counted a second, until Ctrl-C.")
    private boolean watch;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = DurationConverter.class,
            description = "With --watch: how often. Default: ${DEFAULT-VALUE}.")
    private Duration interval;

    @Option(names = "--all", description = "Show counters that are 0 too.")
    private boolean all;

    StatCommand() {}

    @Override
    public Integer call() {
        final CleatDirectory directory = options.resolve();
        final PrintWriter out = spec.commandLine().getOut();
        final boolean redraw = watch && !json && Terminal.isInteractive();
        Map<String, Long> before = Map.of();
        long beforeNs = 0;
        do {
            // Opened anew each time: another coordinator may have taken the name.
            final StatusSnapshot snapshot =
                    StatusFile.openReadOnly(file(directory)).snapshot();
            final long nowNs = System.nanoTime();
            final Liveness liveness = liveness(directory, snapshot);
            out.print(redraw ? CLEAR_SCREEN : "");
            if (json) {
                out.println(JsonText.of(StatReport.json(snapshot, liveness)));
            } else {
                new StatReport(snapshot, liveness, all).print(out, before, nowNs - beforeNs);
            }
            out.flush();
            before = snapshot.counters();
            beforeNs = nowNs;
            if (watch) {
                LockSupport.parkNanos(interval.toNanos());
            }
        } while (watch);
        return ExitCode.OK;
    }

    private Path file(CleatDirectory directory) {
        final Path file = directory.statusFile(name);
        if (!Files.exists(file)) {
            throw new CleatException(
                    ErrorCode.NOT_REGISTERED,
                    "nothing is known of '" + name + "' in " + directory.path()
                            + ": nobody serves it, or its coordinator stopped cleanly");
        }
        return file;
    }

    private Liveness liveness(CleatDirectory directory, StatusSnapshot snapshot) {
        final @Nullable NameEntry entry = NameServer.open(directory).probe(name).orElse(null);
        return entry == null || entry.epoch() != snapshot.epoch() ? Liveness.STALE : entry.liveness();
    }
}
