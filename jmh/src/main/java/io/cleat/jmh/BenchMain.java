// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.queue.JvmFlags;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code cleat bench}: compares work through a coordinator with the same work by plain sqlite-jdbc. {@code cleat bench jmh …} runs
 * JMH instead. Main thread.
 */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Compares work through a coordinator with the same work by plain sqlite-jdbc, in one run.",
            "@|bold bench jmh [ARGUMENT...]|@ runs the JMH benchmarks of codec, queue and round trip."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:All cases ran, whether targets were reached or not.", "1:A case failed.", "2:Wrong usage."})
final class BenchMain implements Callable<Integer> {
    private static final int MAX_COMPLAINTS = 10;

    @Parameters(paramLabel = "CASE", arity = "0..*", description = "Cases to run; all when none is named.")
    private List<String> caseNames = new ArrayList<>();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Time of each round of each side (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "4",
            description = "Rounds in which the sides alternate (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "4",
            description = "Seconds before the first round of each side (default: ${DEFAULT-VALUE}).")
    private double warmUpSeconds;

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the figures there.")
    private @Nullable Path json;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Shared memory for the queues (default: /dev/shm).")
    private @Nullable Path directory;

    @Option(
            names = "--database-directory",
            paramLabel = "DIR",
            description =
                    "Disk for the databases (default: the temporary folder, or the working folder if that is in memory).")
    private @Nullable Path databaseDirectory;

    @Option(
            names = "--writers",
            paramLabel = "N",
            defaultValue = "8",
            description = "JVMs of the cases with many writers (default: ${DEFAULT-VALUE}).")
    private int writerCount;

    @Option(
            names = "--scale",
            paramLabel = "X",
            defaultValue = "1",
            description = "Part of their usual rows that tables get (default: ${DEFAULT-VALUE}).")
    private double scale;

    @Option(names = "--profile", paramLabel = "DIR", description = "Every forked JVM leaves a flight recording there.")
    private @Nullable Path profileDirectory;

    @Option(names = "--list", description = "Lists the cases, and ends.")
    private boolean list;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli fills it in
    BenchMain() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0 && arguments[0].equals("jmh")) {
            // JMH forks JVMs by class path, which takes no options from the manifest.
            org.openjdk.jmh.Main.main(
                    Stream.concat(Stream.of(arguments).skip(1), Stream.of("-jvmArgsAppend", JvmFlags.line()))
                            .toArray(String[]::new));
            return;
        }
        System.exit(commandLine().execute(arguments));
    }

    /** The command, also for tests. */
    static CommandLine commandLine() {
        return new CommandLine(new BenchMain());
    }

    @Override
    public Integer call() throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        if (list) {
            Cases.all()
                    .forEach(each ->
                            out.println(String.format(Locale.ROOT, "%-16s %s", each.name(), each.description())));
            return CommandLine.ExitCode.OK;
        }
        final List<BenchCase> cases;
        try {
            cases = Cases.named(caseNames);
            check(seconds > 0 && warmUpSeconds > 0 && rounds > 0 && writerCount > 0 && scale > 0);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        return run(cases, out);
    }

    private static void complain(PrintWriter out, List<String> complaints) {
        complaints.stream().limit(MAX_COMPLAINTS).forEach(line -> out.println("    " + line));
        if (complaints.size() > MAX_COMPLAINTS) {
            out.println("    and " + (complaints.size() - MAX_COMPLAINTS) + " lines more");
        }
        out.flush();
    }

    private static void check(boolean positive) {
        if (!positive) {
            throw new IllegalArgumentException("numbers must be positive");
        }
    }

    private int run(List<BenchCase> cases, PrintWriter out) throws IOException {
        final Machine machine = new Machine();
        final List<Measurement> measurements = new ArrayList<>();
        int failed = 0;
        try (Bench bench = new Bench(new BenchOptions(
                seconds, warmUpSeconds, rounds, writerCount, scale, directory, databaseDirectory, profileDirectory))) {
            machine.describe(bench.site()).forEach(out::println);
            out.printf(Locale.ROOT, "rounds: %d of %s s a side, alternating%n%n", rounds, seconds);
            final TableReport table = new TableReport(out);
            table.header();
            for (BenchCase each : cases) {
                try {
                    final List<Measurement> lines = each.run(bench);
                    lines.forEach(table::line);
                    measurements.addAll(lines);
                } catch (Exception e) {
                    failed++;
                    out.println(each.name() + " FAILED: " + e);
                    out.flush();
                } finally {
                    bench.endAll();
                    complain(out, bench.takeComplaints());
                    Site.delete(bench.site().databases().resolve(each.name()));
                }
            }
        }
        final long missed = measurements.stream().filter(line -> !line.isMet()).count();
        out.println();
        out.println(machine.noise());
        out.printf(Locale.ROOT, "%d targets missed, %d cases failed%n", missed, failed);
        out.flush();
        if (json != null) {
            Files.writeString(json, JsonReport.of(measurements));
        }
        return failed == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
}
