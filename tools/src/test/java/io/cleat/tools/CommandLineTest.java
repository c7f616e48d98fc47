// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.PipeOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandLineTest {
    @TempDir
    private Path folder;

    @Test
    void shouldListAllCommandsAndExitCodesWhenAskedForHelp() {
        final Outcome help = Outcome.of("--help");
        assertThat(help.code()).isEqualTo(ExitCode.OK);
        assertThat(help.out())
                .contains("serve", "stop", "names", "sql", "queue", "stat", "demo", "bench")
                .contains("3   nobody serves the name")
                .doesNotContain("demo-telemetry");
    }

    @Test
    void shouldShowHelpWhenCalledWithNothing() {
        assertThat(Outcome.of()).isEqualTo(Outcome.of("--help"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve", "stop", "names", "sql", "queue", "stat", "demo", "bench"})
    void shouldExplainEachCommand(String command) {
        final Outcome help = Outcome.of(command, "--help");
        assertThat(help.code()).isEqualTo(ExitCode.OK);
        assertThat(help.out()).startsWith("Usage: cleat " + command);
        assertThat(help.err()).isEmpty();
        assertThat(help.out().lines()).allMatch(line -> line.length() <= 120);
    }

    @Test
    void shouldPrintVersions() {
        assertThat(Outcome.of("-V").out()).contains("cleat ", "protocol 1", "sqlite 3.", "java ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "serve",
                "serve shop",
                "serve shop --database x.db --synchronous OFF",
                "stop",
                "sql shop",
                "sql shop SELECT --script x.sql",
                "sql shop SELECT --timeout soon",
                "sql shop SELECT --format xml",
                "queue shop --last -2",
                "queue shop --replies me",
                "demo --seconds 1",
                "demo --telemetry 0",
                "names --bogus"
            })
    void shouldSayInShortWhatIsWrongWithTheCommandLine(String line) {
        final Outcome outcome = Outcome.of(line.split(" ", -1));
        assertThat(outcome.code()).isEqualTo(ExitCode.USAGE);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).startsWith("cleat: ").doesNotContain("\tat ");
        assertThat(outcome.err().lines().count()).isLessThanOrEqualTo(3);
    }

    @Test
    void shouldRefuseABadNameAsUsage() {
        final Outcome outcome = Outcome.of("stat", "Shop!", "--directory", folder.toString());
        assertThat(outcome.code()).isEqualTo(ExitCode.USAGE);
        assertThat(outcome.err()).contains("Shop!");
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop shop", "stat shop", "queue shop", "sql shop SELECT --wait 1ms"})
    void shouldTellANameThatNobodyServes(String line) {
        final Outcome outcome = Outcome.of((line + " --directory " + folder).split(" ", -1));
        assertThat(outcome.err()).startsWith("cleat: ").contains("'shop'").doesNotContain("\tat ");
        assertThat(outcome.err().lines().count()).isEqualTo(1);
        assertThat(outcome.code()).isEqualTo(ExitCode.NOT_REGISTERED);
    }

    @Test
    void shouldShowStackTraceWhenDebugging() {
        final Outcome outcome = Outcome.of("stop", "shop", "--debug", "--directory", folder.toString());
        assertThat(outcome.err()).contains("\tat io.cleat.tools.StopCommand");
    }

    @Test
    void shouldListNothingInAnEmptyDirectory() {
        final Outcome plain = Outcome.of("names", "--directory", folder.toString());
        assertThat(plain.code()).isEqualTo(ExitCode.OK);
        assertThat(plain.out()).startsWith("nothing is registered in ");
        assertThat(Outcome.of("names", "--json", "--directory", folder.toString())
                        .out())
                .isEqualTo("[]\n");
    }

    @Test
    void shouldTellADamagedNamesFile() throws IOException {
        Files.write(folder.resolve("names.dat"), new byte[100]);
        final Outcome outcome = Outcome.of("names", "--directory", folder.toString());
        assertThat(outcome.code()).isEqualTo(ExitCode.FAILED);
        assertThat(outcome.err()).contains("names.dat");
        assertThat(outcome.err().lines().count()).isEqualTo(1);
    }

    @Test
    void shouldEndQuietlyWhenNobodyReadsItsOutput() {
        final OutputStream closed = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        final StringWriter errors = new StringWriter();
        assertThat(Cleat.run(PipeOutput.writer(closed), new PrintWriter(errors, true), "--help"))
                .isEqualTo(ExitCode.OK);
        assertThat(Cleat.run(
                        PipeOutput.writer(closed),
                        new PrintWriter(errors, true),
                        "names",
                        "--directory",
                        folder.toString()))
                .isEqualTo(ExitCode.OK);
        assertThat(errors.toString()).isEmpty();
    }

    @Test
    void shouldNotTakeAnArgumentForAFileOfArguments() {
        final Outcome outcome =
                Outcome.of("sql", "shop", "SELECT ?", "@nowhere", "--wait", "1ms", "--directory", folder.toString());
        assertThat(outcome.code()).isEqualTo(ExitCode.NOT_REGISTERED);
    }
}
