// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Proves that every write has a known outcome, whatever dies. Threading: the main thread. */
@Command(
        name = "torture",
        description = {
            "Kill and suspend a coordinator and its clients at random, and prove that nothing was lost or done twice.",
            "",
            "Writers, transfers, snapshots, listeners and takers of exclusive access, each in a JVM of its own, note in a"
                    + " journal what they send and what they are told. Meanwhile processes are killed with -9 or suspended for"
                    + " 10 ms to 3 s, and started again. In the end the journals are compared with the database. Uses folders"
                    + " of its own, and removes them if every check was passed."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cleat torture",
            "  cleat torture --seconds 3600 --json torture.json",
            "  cleat torture --seed 42 --writers 4 --transfers 0",
            "",
            "The seed decides what is done to whom and when, and what the workers do; how the processes interleave, it does not."
        })
public final class TortureCommand implements Callable<Integer> {
    private static final int MAX_OF_A_KIND = 8;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "How long processes are killed. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Of what is done and when. Default: another one each time.")
    private @Nullable Long seed;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result there too.")
    private @Nullable Path json;

    @Option(
            names = "--database",
            paramLabel = "FILE",
            description = "The SQLite file; may not exist, and stays. Default: one in a folder of the run's own.")
    private @Nullable Path database;

    @Option(
            names = "--synchronous",
            paramLabel = "HOW",
            defaultValue = "NORMAL",
            description = "FULL or NORMAL, as of 'cleat serve'. Default: ${DEFAULT-VALUE}.")
    private String synchronous;

    @Option(
            names = "--writers",
            paramLabel = "N",
            defaultValue = "2",
            description = "JVMs with writes that commit by themselves. Default: ${DEFAULT-VALUE}.")
    private int writers;

    @Option(
            names = "--transfers",
            paramLabel = "N",
            defaultValue = "2",
            description = "JVMs with transactions. Default: ${DEFAULT-VALUE}.")
    private int transfers;

    @Option(
            names = "--readers",
            paramLabel = "N",
            defaultValue = "1",
            description = "JVMs with snapshots. Default: ${DEFAULT-VALUE}.")
    private int readers;

    @Option(
            names = "--listeners",
            paramLabel = "N",
            defaultValue = "2",
            description = "JVMs with update listeners and live queries, 1 or more. Default: ${DEFAULT-VALUE}.")
    private int listeners;

    @Option(
            names = "--exclusive",
            paramLabel = "N",
            defaultValue = "1",
            description = "JVMs that take exclusive access. Default: ${DEFAULT-VALUE}.")
    private int exclusive;

    @Option(names = "--keep", description = "Keep the folders even if every check was passed.")
    private boolean keep;

    /** Made by picocli. */
    public TortureCommand() {}

    @Override
    public Integer call() throws Exception {
        within("--seconds", seconds, 1, 864_000);
        final Map<WorkerKind, Integer> crew = new EnumMap<>(WorkerKind.class);
        crew.put(WorkerKind.WRITER, within("--writers", writers, 0, MAX_OF_A_KIND));
        crew.put(WorkerKind.TRANSFER, within("--transfers", transfers, 0, MAX_OF_A_KIND));
        crew.put(WorkerKind.READER, within("--readers", readers, 0, MAX_OF_A_KIND));
        crew.put(WorkerKind.LISTENER, within("--listeners", listeners, 1, MAX_OF_A_KIND));
        crew.put(WorkerKind.EXCLUSIVE, within("--exclusive", exclusive, 0, MAX_OF_A_KIND));
        if (database != null && Files.exists(database)) {
            throw new ParameterException(spec.commandLine(), "--database " + database + " exists already");
        }
        final long chosen = seed == null ? ThreadLocalRandom.current().nextLong(1_000_000_000_000L) : seed;
        final TorturePlan plan =
                new TorturePlan(seconds, chosen, crew, synchronous, options.directory(), database, json, keep);
        try (TortureRun run = new TortureRun(plan, spec.commandLine().getOut())) {
            return run.play() ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    private int within(String option, int value, int low, int high) {
        if (value < low || value > high) {
            throw new ParameterException(
                    spec.commandLine(), option + " is from " + low + " to " + high + ", not " + value);
        }
        return value;
    }
}
