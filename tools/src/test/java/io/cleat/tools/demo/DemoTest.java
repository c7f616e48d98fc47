// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cleat.testing.ChildJvm;
import io.cleat.tools.Cleat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a user runs it, in a pipe. */
@Timeout(180)
final class DemoTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern CHILD =
            Pattern.compile("(coordinator|telemetry-\\d+|reader) +(\\d+)  (serves|writes|reads).*");
    private static final Pattern SHARED = Pattern.compile("  shared  (.*)");

    @TempDir
    private Path temp;

    @Test
    void shouldKillAWriterAndLoseNothing() throws IOException {
        try (ChildJvm demo = start("--seconds", "6", "--rate", "200")) {
            final int code = demo.awaitExit(PATIENCE);
            final List<String> output = demo.output();
            assertThat(code).as("%s", output).isZero();
            assertThat(output).anyMatch(line -> line.startsWith("OK  "));
            assertThat(output).anyMatch(line -> line.contains("telemetry-2 is dead; the others go on"));
            assertThat(output).filteredOn(line -> line.startsWith("    ok  ")).hasSize(7);
            assertThat(output).noneMatch(line -> line.contains("\u001b"));
            assertThat(children(output)).hasSize(5).noneMatch(DemoTest::isAlive);
            assertThat(shared(output)).doesNotExist();
            assertThatTempIsEmpty();
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenTerminated() throws IOException {
        try (ChildJvm demo = start("--seconds", "600", "--telemetry", "1", "--rate", "100")) {
            demo.awaitLine(PATIENCE, line -> line.contains("  all  "));
            final List<Long> children = children(demo.output());
            assertThat(children).hasSize(3).allMatch(DemoTest::isAlive);
            demo.terminate();
            assertThat(demo.awaitExit(PATIENCE)).isEqualTo(143);
            assertThat(children).noneMatch(DemoTest::isAlive);
            assertThat(shared(demo.output())).doesNotExist();
            assertThatTempIsEmpty();
        }
    }

    @Test
    void shouldNotLeaveProcessesWhenKilled() {
        try (ChildJvm demo = start(
                // Nobody is left to remove folders: with this one they are all in the test's.
                "--directory",
                temp.resolve("shared").toString(),
                "--seconds",
                "600",
                "--telemetry",
                "1",
                "--rate",
                "100")) {
            demo.awaitLine(PATIENCE, line -> line.contains("  all  "));
            final List<Long> children = children(demo.output());
            demo.kill();
            // Each of them notices that its input has ended.
            await().atMost(PATIENCE).until(() -> children.stream().noneMatch(DemoTest::isAlive));
        }
    }

    private ChildJvm start(String... more) {
        final List<String> arguments = new ArrayList<>(List.of("demo"));
        arguments.addAll(List.of(more));
        return ChildJvm.start(
                Cleat.class,
                List.of("-Xmx128m", "-Djava.io.tmpdir=" + temp, "-Dcleat.terminal=false"),
                arguments.toArray(String[]::new));
    }

    private static List<Long> children(List<String> output) {
        final List<Long> pids = new ArrayList<>();
        for (String line : output) {
            final Matcher child = CHILD.matcher(line.replaceFirst("^ *[0-9.]+s  ", ""));
            if (child.matches()) {
                pids.add(Long.valueOf(child.group(2)));
            }
        }
        return pids;
    }

    private static Path shared(List<String> output) {
        return output.stream()
                .map(SHARED::matcher)
                .filter(Matcher::matches)
                .map(matcher -> Path.of(matcher.group(1)))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    private void assertThatTempIsEmpty() throws IOException {
        try (Stream<Path> files = Files.list(temp)) {
            assertThat(files.filter(path -> path.toString().contains("cleat-demo")))
                    .isEmpty();
        }
    }
}
