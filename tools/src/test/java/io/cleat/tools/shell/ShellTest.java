// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CallTimeoutException;
import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.Stage;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

final class ShellTest {
    @Test
    void shouldReadArgumentsInSqliteNotation() {
        assertThat(SqlArgument.parse("NULL")).isNull();
        assertThat(SqlArgument.parse("null")).isNull();
        assertThat(SqlArgument.parse("42")).isEqualTo(42L);
        assertThat(SqlArgument.parse("-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
        assertThat(SqlArgument.parse("9223372036854775808")).isEqualTo(9.223372036854776E18);
        assertThat(SqlArgument.parse("-2e3")).isEqualTo(-2000.0);
        assertThat(SqlArgument.parse(".5")).isEqualTo(0.5);
        assertThat(SqlArgument.parse("1.")).isEqualTo(1.0);
        assertThat(SqlArgument.parse("x'00fF'")).isEqualTo(new byte[] {0, -1});
        assertThat(SqlArgument.parse("x''")).isEqualTo(new byte[0]);
        assertThat(SqlArgument.parse("x'0'")).isEqualTo("x'0'");
        assertThat(SqlArgument.parse("'42'")).isEqualTo("42");
        assertThat(SqlArgument.parse("'it''s'")).isEqualTo("it's");
        assertThat(SqlArgument.parse("''")).isEqualTo("");
        assertThat(SqlArgument.parse("1d")).isEqualTo("1d");
        assertThat(SqlArgument.parse("NaN")).isEqualTo("NaN");
        assertThat(SqlArgument.parse("grün 🚲")).isEqualTo("grün 🚲");
    }

    @Test
    void shouldReadTimeSpans() {
        final DurationConverter converter = new DurationConverter();
        assertThat(converter.convert("500ms")).isEqualTo(Duration.ofMillis(500));
        assertThat(converter.convert("10")).isEqualTo(Duration.ofSeconds(10));
        assertThat(converter.convert("2m")).isEqualTo(Duration.ofMinutes(2));
        for (String wrong : new String[] {"", "0", "-1s", "1.5s", "soon", "99999999999s"}) {
            assertThatThrownBy(() -> converter.convert(wrong)).isInstanceOf(TypeConversionException.class);
        }
    }

    @Test
    void shouldShowTimesForPeople() {
        assertThat(Durations.span(-5)).isEqualTo("0s");
        assertThat(Durations.span(200_000)).isEqualTo("3m20s");
        assertThat(Durations.span(90_000_000)).isEqualTo("1d1h");
        assertThat(Durations.latency(850)).isEqualTo("850 ns");
        assertThat(Durations.latency(12_345)).isEqualTo("12.3 µs");
        assertThat(Durations.latency(1_204_000_000)).isEqualTo("1.20 s");
    }

    @Test
    void shouldTellShellsHowItWent() {
        assertThat(ExitCode.of(new CleatException(ErrorCode.NAME_IN_USE, "x"))).isEqualTo(4);
        assertThat(ExitCode.of(new CleatException(ErrorCode.DAMAGED, "x"))).isEqualTo(1);
        assertThat(ExitCode.of(new IllegalStateException("x"))).isEqualTo(1);
        assertThat(ExitCode.of(timeout(Outcome.NOT_APPLIED))).isEqualTo(5);
        assertThat(ExitCode.of(timeout(Outcome.APPLIED))).isEqualTo(7);
        assertThat(ExitCode.of(timeout(Outcome.UNKNOWN))).isEqualTo(6);
        assertThat(FailureReport.describe(timeout(Outcome.UNKNOWN)))
                .isEqualTo("waited\\nlong (it may or may not have been applied)");
    }

    @Test
    void shouldNotTearCharactersApart() {
        assertThat(Terminal.cut("ab🚲cd", 4)).isEqualTo("ab…");
        assertThat(Terminal.cut("abcd", 4)).isEqualTo("abcd");
        assertThat(Terminal.oneLine("a\tb\u0007")).isEqualTo("a\\tb\\u0007");
    }

    private static CleatException timeout(Outcome outcome) {
        return new CallTimeoutException(ErrorCode.TIMEOUT, "waited\nlong", outcome, Stage.UNKNOWN, null, null, null);
    }
}
