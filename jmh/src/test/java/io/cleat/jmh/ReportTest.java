// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.cleat.queue.JvmFlags;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How figures are added up, compared and printed; without any measuring. */
@Timeout(10)
final class ReportTest {
    private static final Metric RATE = Metric.rate("commits", Target.ratioAtLeast(1.3));

    private static Tally tally(long seconds, int inTime, int late) {
        final Tally tally = new Tally();
        for (int i = 0; i < inTime + late; i++) {
            tally.record(1000 + i, 1, i < inTime);
        }
        tally.end(seconds * 1_000_000_000, 4096);
        return tally;
    }

    @Test
    void shouldArriveUnchangedWhenTallyTravels() {
        final Tally sent = tally(2, 100, 3);
        sent.recordError(5_000_000_000L);

        final Tally arrived = Tally.decode(sent.encode());

        assertThat(arrived.encode()).isEqualTo(sent.encode());
        assertThat(arrived.unitsPerSecond()).isEqualTo(50);
        assertThat(arrived.errorCount()).isEqualTo(1);
        assertThat(arrived.operationCount()).isEqualTo(104);
        assertThat(arrived.worstMs()).isCloseTo(5000, within(5.0));
        assertThat(arrived.percentileNs(50)).isCloseTo(1051, within(2.0));
    }

    @Test
    void shouldSayWhatIsWrongWhenTallyIsDamaged() {
        assertThatThrownBy(() -> Tally.decode("1 2 3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fields=3");
    }

    @Test
    void shouldAddRatesOfWorkersAndMeanThemOverRounds() {
        final Tally beside = tally(2, 100, 0);
        beside.addBeside(tally(2, 60, 0));
        final Tally later = tally(2, 100, 0);
        later.addLater(tally(2, 60, 0));

        assertThat(beside.unitsPerSecond()).isEqualTo(80);
        assertThat(later.unitsPerSecond()).isEqualTo(40);
    }

    @Test
    void shouldCompareBothSidesWhenMeasured() {
        final Measurement line = Measurement.of(
                "writers",
                RATE,
                List.of(tally(1, 300, 0), tally(1, 100, 0)),
                List.of(tally(1, 100, 0), tally(1, 100, 0)));

        assertThat(line.ours()).isEqualTo(200);
        assertThat(line.baseline()).isEqualTo(100);
        assertThat(line.ratio()).isEqualTo(2);
        assertThat(line.ratio(1)).isEqualTo(1);
        assertThat(line.isMet()).isTrue();
        assertThat(JsonReport.of(List.of(line)))
                .contains("{\"case\": \"writers\", \"metric\": \"commits\", \"unit\": \"1/s\", \"ours\": 200.0,"
                        + " \"baseline\": 100.0, \"ratio\": 2.0, \"target\": \"ratio >= 1.3\", \"met\": true,"
                        + " \"oursByRound\": [300.0, 100.0], \"baselineByRound\": [100.0, 100.0]}");
    }

    @Test
    void shouldPrintNoRatioWhenThereIsNoBaseline() {
        final Measurement line = Measurement.single("idle", "coordinator", "%", 4, Target.oursAtMost(3));
        final StringWriter printed = new StringWriter();

        new TableReport(new PrintWriter(printed)).line(line);

        assertThat(printed.toString()).contains("4.00", "-", "<= 3", "MISSED");
        assertThat(JsonReport.of(List.of(line))).contains("\"baseline\": null, \"ratio\": null");
    }

    @Test
    void shouldMissTargetsWhenNothingWasMeasured() {
        assertThat(Target.ratioAtMost(1).isMet(1, Double.NaN)).isFalse();
        assertThat(Target.oursAtMost(1).isMet(Double.NaN, 1)).isFalse();
        assertThat(Target.NONE.isMet(Double.NaN, Double.NaN)).isTrue();
    }

    /** Forked JVMs get the line from the code; users get the file. */
    @Test
    void shouldForkWithTheOptionsOfTheArgumentFile() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("../cleat.args"))) {
            assertThat(lines.filter(line -> !line.startsWith("#"))).containsExactlyElementsOf(Bench.jvmOptions());
        }
        assertThat(String.join(" ", Bench.jvmOptions())).startsWith(JvmFlags.line());
    }
}
