// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.testing.ChildJvm;
import io.cleat.tools.Cleat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The torture as a user runs it, short. The long one is in the gate. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
final class TortureTest {
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir
    private Path temp;

    @Test
    void shouldFindEachWriteAsToldAndNoticeWhenOneIsTakenAway() throws Exception {
        final Path shared = temp.resolve("shared");
        final Path json = temp.resolve("torture.json");
        try (ChildJvm torture = start(
                "--seconds",
                "8",
                "--seed",
                "26",
                "--keep",
                "--json",
                json.toString(),
                "--directory",
                shared.toString(),
                "--transfers",
                "1",
                "--listeners",
                "1")) {
            final int code = torture.awaitExit(PATIENCE);
            final List<String> output = torture.output();
            assertThat(code).as("%s", String.join("\n", output)).isZero();
            assertThat(output).anyMatch(line -> line.startsWith("OK  ") && line.endsWith("seed 26"));
            assertThat(Files.readString(json))
                    .startsWith("{\"passed\":true,\"seed\":26,")
                    // Of this seed the first kill is the coordinator's, after 2.3 s.
                    .doesNotContain("\"coordinatorKills\":0,");
        }
        final Path disk = kept();
        final int workers = (int) journals(disk);
        assertThat(new Verifier(disk.resolve("torture.db"), disk, workers, Set.of()).run())
                .allMatch(Check::passed);
        // One acknowledged row, taken away behind everybody's back.
        try (Connection connection = Books.open(disk.resolve("torture.db"));
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(
                            "DELETE FROM facts WHERE id = (SELECT id FROM facts WHERE worker = 1 LIMIT 1)"))
                    .isEqualTo(1);
        }
        assertThat(new Verifier(disk.resolve("torture.db"), disk, workers, Set.of()).run())
                .filteredOn(check -> !check.passed())
                .extracting(Check::name)
                .contains("acknowledged");
    }

    @Test
    void shouldRefuseADatabaseThatExists() throws IOException {
        final Path file = Files.createFile(temp.resolve("precious.db"));
        try (ChildJvm torture = start("--database", file.toString())) {
            assertThat(torture.awaitExit(PATIENCE)).isEqualTo(2);
            assertThat(torture.output()).anyMatch(line -> line.contains("precious.db exists already"));
        }
    }

    private ChildJvm start(String... more) {
        final List<String> arguments = new ArrayList<>(List.of("torture"));
        arguments.addAll(List.of(more));
        return ChildJvm.start(
                Cleat.class, List.of("-Xmx256m", "-Djava.io.tmpdir=" + temp), arguments.toArray(String[]::new));
    }

    private Path kept() throws IOException {
        try (Stream<Path> folders = Files.list(temp)) {
            return folders.filter(folder -> String.valueOf(folder.getFileName()).startsWith("cleat-torture-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static long journals(Path disk) throws IOException {
        try (Stream<Path> files = Files.list(disk)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".journal"))
                    .mapToLong(name -> Long.parseLong(name.substring(0, name.indexOf('.'))))
                    .max()
                    .orElseThrow();
        }
    }
}
