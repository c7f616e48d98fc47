// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each right side was printed by SQLite 3.54.1's CAST. */
final class ConversionsTest {
    @ParameterizedTest
    @CsvSource({
        "0.30000000000000004, 0.30000000000000004",
        "1e15, 1000000000000000.0",
        "123456789012345678, 1.2345678901234568e+17",
        "0.0001, 0.0001",
        "0.00001, 1.0e-05",
        "-2.25e100, -2.25e+100",
        "0.3333333333333333, 0.33333333333333332",
        "-2.43829126329967, -2.4382912632996701",
        "9007199254740993, 9007199254740992.0",
        "0.1, 0.1",
        "100, 100.0",
        "-0.0, 0.0",
        "4.9e-324, 4.9406564584124654e-324"
    })
    void shouldPrintAsSqliteDoesWhenARealIsReadAsText(double value, String text) {
        assertThat(Conversions.doubleToText(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "'  12x', 12",
        "9999999999999999999, 9223372036854775807",
        "1e3, 1",
        "0x10, 0",
        "-9223372036854775808, -9223372036854775808",
        "9223372036854775808, 9223372036854775807",
        "-9999999999999999999, -9223372036854775808",
        "+5, 5",
        "'', 0",
        "abc, 0"
    })
    void shouldTakeTheLongestPrefixWhenTextIsReadAsInteger(String text, long value) {
        assertThat(Conversions.textToLong(text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({"' -1.5e2z', -150", ".5, 0.5", "5., 5", "1e, 1", "'', 0", "-, 0", "e5, 0"})
    void shouldTakeTheLongestPrefixWhenTextIsReadAsReal(String text, double value) {
        assertThat(Conversions.textToDouble(text)).isEqualTo(value);
    }
}
