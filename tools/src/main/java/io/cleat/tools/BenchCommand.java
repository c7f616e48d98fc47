// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.tools.shell.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/**
 * Stands for the benchmarks in the help. They are in a jar of their own, since they drag JMH along: the launcher {@code ./cleat}
 * runs that jar, and nobody gets here. Threading: the main thread.
 */
@Command(
        name = "bench",
        description = {
            "Measure round trips and throughput, with plain sqlite-jdbc in the same run.",
            "",
            "The launcher ./cleat runs it from jmh/target/cleat-bench.jar; ./cleat bench --help says more."
        })
final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @SuppressWarnings("UnusedVariable") // picocli looks at it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and end.")
    private boolean help;

    @Unmatched
    private List<String> others = new ArrayList<>();

    BenchCommand() {}

    @Override
    public Integer call() {
        spec.commandLine()
                .getErr()
                .println("cleat: the benchmarks are in a jar of their own: run './cleat "
                        + String.join(" ", arguments()) + "' in the project's folder");
        return ExitCode.USAGE;
    }

    private List<String> arguments() {
        final List<String> arguments = new ArrayList<>(List.of("bench"));
        arguments.addAll(others);
        return arguments;
    }
}
