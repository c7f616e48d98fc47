// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which descriptions are remembered. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
final class DescriptionsTest {
    private static final SchemaMark SCHEMA = new SchemaMark(3, 4);

    private final Descriptions descriptions = new Descriptions();

    private static StatementDescription description(String column) {
        return new StatementDescription(
                0, List.of(), true, List.of(new ColumnDescription(column, null, null, false, false, false)));
    }

    @Test
    void shouldForgetWhenSchemaOrCoordinatorIsAnother() {
        descriptions.keep("SELECT 1", SCHEMA, description("a"));
        assertThat(descriptions.find("SELECT 1", 3, 4)).isEqualTo(description("a"));
        assertThat(descriptions.find("SELECT 1", 3, 5)).isNull();
        assertThat(descriptions.find("SELECT 1", 3, 6)).isNull();
        assertThat(descriptions.find("SELECT 1", 4, 4)).isNull();
        assertThat(descriptions.find("SELECT 2", 3, 4)).isNull();
    }

    @Test
    void shouldKeepNothingWhenTheSchemaIsNotSettledOrNotKnown() {
        for (final long unsettled : new long[] {0, 1, 5, -1}) {
            descriptions.keep("SELECT 1", new SchemaMark(3, unsettled), description("a"));
            assertThat(descriptions.find("SELECT 1", 3, unsettled)).isNull();
        }
        assertThat(descriptions.size()).isZero();
    }

    @Test
    void shouldStayBoundedAndForgetTheLeastRecentlyUsed() {
        for (int i = 0; i < 5_000; i++) {
            descriptions.keep("SELECT " + i, SCHEMA, description("a"));
            assertThat(descriptions.find("SELECT 0", 3, 4)).isNotNull();
        }
        assertThat(descriptions.size()).isEqualTo(1_000);
        assertThat(descriptions.find("SELECT 1", 3, 4)).isNull();
        final String name = "n".repeat(10_000);
        for (int i = 0; i < 1_000; i++) {
            descriptions.keep("SELECT long " + i, SCHEMA, description(name));
        }
        assertThat(descriptions.size()).as("all texts together").isBetween(50, 105);
        descriptions.keep("SELECT too long", SCHEMA, description("n".repeat(20_000)));
        assertThat(descriptions.find("SELECT too long", 3, 4)).isNull();
        for (int i = 0; i < 3_000; i++) {
            descriptions.keep("SELECT " + i % 10, SCHEMA, description(name));
        }
        assertThat(descriptions.size()).as("one text is kept once").isBetween(10, 105);
    }
}
