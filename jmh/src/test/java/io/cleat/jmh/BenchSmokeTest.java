// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs each case, small and short, in real processes, and looks at what is reported but not at the times. */
@Timeout(90)
final class BenchSmokeTest {
    @TempDir
    Path folder;

    private record Line(String caseName, String metric, String unit, double ours, boolean compared) {}

    /** There is nothing to compare them with. */
    private static final Set<String> ALONE = Set.of("idle", "event", "live");

    static Stream<String> caseNames() {
        return Cases.all().stream().map(BenchCase::name);
    }

    @ParameterizedTest
    @MethodSource("caseNames")
    void shouldReportEveryMetricWhenCaseRuns(String caseName) throws Exception {
        final Path json = folder.resolve("figures.json");
        final Path shared = Files.createDirectory(folder.resolve("shared"));
        final Path disk = Files.createDirectory(folder.resolve("disk"));
        final StringWriter printed = new StringWriter();

        final int exitCode = BenchMain.commandLine()
                .setOut(new PrintWriter(printed))
                .execute(
                        caseName,
                        "--seconds=0.2",
                        "--rounds=1",
                        "--warm-up=0.1",
                        "--writers=2",
                        "--scale=0.01",
                        "--directory=" + shared,
                        "--database-directory=" + disk,
                        "--json=" + json);

        assertThat(exitCode).as("%s", printed).isZero();
        final List<Line> lines = read(json);
        assertThat(lines).isNotEmpty().allSatisfy(line -> {
            assertThat(line.caseName()).isEqualTo(caseName);
            assertThat(line.metric()).isNotEmpty();
            assertThat(line.unit()).isNotEmpty();
            if (!ALONE.contains(caseName)) {
                assertThat(line.compared()).isEqualTo(!line.metric().equals("cost-p50"));
            }
        });
        assertThat(lines).extracting(Line::metric).doesNotHaveDuplicates();
        assertThat(lines)
                .filteredOn(line -> line.metric().equals("errors"))
                .as("%s", printed)
                .allSatisfy(line -> assertThat(line.ours()).isZero());
        assertThat(printed.toString()).contains("machine: ", "noise: ", caseName);
        assertEmpty(shared);
        assertEmpty(disk);
    }

    @Test
    void shouldNameTheCasesWhenOneIsUnknown() {
        final StringWriter printed = new StringWriter();

        final int exitCode =
                BenchMain.commandLine().setErr(new PrintWriter(printed)).execute("selct");

        assertThat(exitCode).isEqualTo(2);
        assertThat(printed.toString()).contains("unknown case 'selct'", "insert-normal", "writers-full-16");
    }

    @Test
    void shouldRefuseNumbersWhenTheyAreNotPositive() {
        final StringWriter printed = new StringWriter();

        final int exitCode =
                BenchMain.commandLine().setErr(new PrintWriter(printed)).execute("select", "--seconds=0");

        assertThat(exitCode).isEqualTo(2);
        assertThat(printed.toString()).contains("must be positive");
    }

    private static void assertEmpty(Path directory) throws IOException {
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    /** SQLite is the JSON parser at hand. */
    private static List<Line> read(Path json) throws IOException, SQLException {
        final List<Line> lines = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                PreparedStatement query = connection.prepareStatement("SELECT value ->> 'case', value ->> 'metric',"
                        + " value ->> 'unit', value ->> 'ours', value -> 'baseline' <> 'null',"
                        + " json_type(value, '$.ratio') FROM json_each(?)")) {
            query.setString(1, Files.readString(json));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    assertThat(row.getString(6)).isIn("real", "null");
                    lines.add(new Line(
                            row.getString(1), row.getString(2), row.getString(3), row.getDouble(4), row.getBoolean(5)));
                }
            }
        }
        return lines;
    }
}
