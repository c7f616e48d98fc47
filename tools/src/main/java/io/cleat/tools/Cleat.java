// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.tools.demo.DemoCommand;
import io.cleat.tools.demo.ReaderCommand;
import io.cleat.tools.demo.TelemetryCommand;
import io.cleat.tools.shell.ClosedPipeException;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.FailureReport;
import io.cleat.tools.shell.PipeOutput;
import io.cleat.tools.shell.Versions;
import io.cleat.tools.torture.TortureCommand;
import io.cleat.tools.torture.WorkerCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.Spec;

/** The command that holds the others. Threading: the main thread. */
@Command(
        name = "cleat",
        versionProvider = Versions.class,
        description = {
            "JVMs that know nothing of each other share one SQLite database through shared memory.",
            "One process, the coordinator, owns the file; the others find it by its name.",
            ""
        },
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        exitCodeListHeading = "%nExit codes of all commands:%n",
        exitCodeList = {
            " 0:it went as asked",
            " 1:it failed; the line on the standard error says why",
            " 2:the command line is wrong",
            " 3:nobody serves the name",
            " 4:somebody else serves the name",
            " 5:a deadline passed; nothing was applied",
            " 6:a write may or may not have been applied"
        },
        footerHeading = "%nA first look:%n",
        footer = {
            "  cleat demo                                    what it is about, in 20 seconds",
            "  cleat serve shop --database /tmp/shop.db &    own a database",
            "  cleat sql shop \"SELECT sqlite_version()\"      use it, from any process",
            "  cleat COMMAND --help                          more of a command"
        },
        subcommands = {
            ServeCommand.class,
            StopCommand.class,
            NamesCommand.class,
            SqlCommand.class,
            WatchCommand.class,
            QueueCommand.class,
            StatCommand.class,
            DemoCommand.class,
            TortureCommand.class,
            BenchCommand.class,
            TelemetryCommand.class,
            ReaderCommand.class,
            WorkerCommand.class
        })
public final class Cleat implements Runnable {
    @Spec
    private CommandSpec spec;

    @SuppressWarnings("UnusedVariable") // picocli looks at it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and end.")
    private boolean help;

    @SuppressWarnings("UnusedVariable") // picocli looks at it
    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the versions and end.")
    private boolean version;

    /** Made by picocli. */
    public Cleat() {}

    /**
     * Runs a command and ends the JVM with its exit code.
     *
     * @param args the command and its arguments.
     */
    public static void main(String[] args) {
        System.setProperty("chronicle.analytics.disable", "true");
        System.exit(run(PipeOutput.standardOutput(), PipeOutput.standardError(), args));
    }

    /**
     * Runs a command.
     *
     * @param out where its results go.
     * @param err where errors go.
     * @param args the command and its arguments.
     * @return an {@link ExitCode}.
     */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        final FailureReport report = new FailureReport();
        final CommandLine command = new CommandLine(new Cleat())
                .setOut(out)
                .setErr(err)
                .setExpandAtFiles(false)
                .setUsageHelpWidth(110)
                .setUsageHelpAutoWidth(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(Cleat::execute)
                .setExecutionExceptionHandler(report)
                .setParameterExceptionHandler(report);
        try {
            final int code = command.execute(args);
            out.flush();
            return code;
        } catch (ClosedPipeException e) {
            // Whoever read our output has seen enough.
            return ExitCode.OK;
        }
    }

    /** Help is printed before any handler of exceptions is asked. */
    private static int execute(ParseResult parsed) {
        try {
            return new RunLast().execute(parsed);
        } catch (ClosedPipeException e) {
            return ExitCode.OK;
        }
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
