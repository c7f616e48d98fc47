// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows in real processes what Cleat is for. Threading: the main thread. */
@Command(
        name = "demo",
        description = {
            "Show what it is about, in real processes, and check that nothing was lost.",
            "",
            "A coordinator, writers that sample their own and the machine's figures, and a reader, each in a JVM of its own;"
                    + " they know nothing of each other but a name. Half way one writer is killed with -9. In the end the"
                    + " database is compared with what the writers were told. Uses a folder of its own and removes it."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  cleat demo", "  cleat demo --seconds 60 --telemetry 6 --rate 500", "  cleat demo | tee demo.txt"})
public final class DemoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "20",
            description = "How long they write. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--telemetry",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many JVMs write, 1 to 16. With one of them nobody is killed. Default: ${DEFAULT-VALUE}.")
    private int writers;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Rows a second each of them writes, at most. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @Option(
            names = "--synchronous",
            paramLabel = "HOW",
            defaultValue = "FULL",
            description =
                    "FULL: a row that was answered survives a loss of power. NORMAL: it survives the death of every"
                            + " process. Default: ${DEFAULT-VALUE}.")
    private String synchronous;

    /** Made by picocli. */
    public DemoCommand() {}

    @Override
    public Integer call() throws Exception {
        within("--seconds", seconds, 2, 86_400);
        within("--telemetry", writers, 1, 16);
        within("--rate", rate, 1, 100_000);
        final Screen screen = new Screen(spec.commandLine().getOut(), Terminal.isInteractive());
        final Plan plan = new Plan(seconds, writers, rate, synchronous, options.directory());
        try (DemoRun run = new DemoRun(plan, screen)) {
            return run.play() ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    private void within(String option, int value, int low, int high) {
        if (value < low || value > high) {
            throw new ParameterException(
                    spec.commandLine(), option + " is from " + low + " to " + high + ", not " + value);
        }
    }
}
