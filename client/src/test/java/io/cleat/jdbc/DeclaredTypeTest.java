// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Types;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
final class DeclaredTypeTest {
    @Test
    void shouldAddDigitsToSizeWhenThereAreTwoArguments() {
        assertThat(DeclaredType.of("decimal( 10 , 2 )")).isEqualTo(new DeclaredType("DECIMAL", Types.FLOAT, 12, 2));
        assertThat(DeclaredType.of("varchar (7)")).isEqualTo(new DeclaredType("VARCHAR", Types.VARCHAR, 7, 0));
    }

    @Test
    void shouldBeUnlimitedWhenArgumentsAreNoNumbers() {
        assertThat(DeclaredType.of("real(a)")).isEqualTo(new DeclaredType("REAL", Types.FLOAT, 2_000_000_000, 10));
        assertThat(DeclaredType.of("int(5")).isEqualTo(new DeclaredType("INT", Types.INTEGER, 2_000_000_000, 0));
        assertThat(DeclaredType.of("x()")).isEqualTo(new DeclaredType("X", Types.VARCHAR, 2_000_000_000, 10));
        assertThat(DeclaredType.of("x(1,2,3)")).isEqualTo(new DeclaredType("X", Types.VARCHAR, 2_000_000_000, 10));
    }

    @Test
    void shouldLookIntoFirstParenthesesOnlyWhenThereAreMore() {
        assertThat(DeclaredType.of("x(1) y(2,3)")).isEqualTo(new DeclaredType("X", Types.VARCHAR, 1, 0));
    }

    @Test
    void shouldBeTextWhenThereIsNoType() {
        assertThat(DeclaredType.of(null)).isEqualTo(new DeclaredType("TEXT", Types.VARCHAR, 2_000_000_000, 0));
        assertThat(DeclaredType.of("")).isEqualTo(new DeclaredType("", Types.VARCHAR, 2_000_000_000, 10));
    }
}
