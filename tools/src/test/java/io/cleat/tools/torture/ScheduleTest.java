// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.tools.torture.Schedule.Blow;
import io.cleat.tools.torture.Schedule.Moment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is done and when. */
final class ScheduleTest {
    @Test
    void shouldBeTheSameWhenTheSeedIs() {
        assertThat(moments(42)).isEqualTo(moments(42)).isNotEqualTo(moments(43));
    }

    @Test
    void shouldStrikeInAllWays() {
        final List<Moment> moments = moments(7);
        final List<Blow> blows =
                moments.stream().flatMap(moment -> moment.blows().stream()).toList();
        assertThat(moments.stream().mapToInt(Moment::delayMs).average().orElseThrow())
                .isBetween(1_200.0, 1_600.0);
        assertThat(moments).anyMatch(moment -> moment.blows().size() == 2);
        assertThat(share(blows.stream(), Blow::coordinator)).isBetween(0.4, 0.5);
        assertThat(share(blows.stream(), Blow::kills)).isBetween(0.55, 0.65);
        assertThat(blows)
                .filteredOn(blow -> !blow.kills())
                .allMatch(blow -> blow.stopMs() >= 10 && blow.stopMs() <= 3_000);
        assertThat(share(blows.stream(), Blow::early)).isBetween(0.2, 0.3);
        assertThat(blows).allMatch(blow -> blow.choice() >= 0 && blow.choice() < 1);
    }

    private static double share(Stream<Blow> blows, java.util.function.Predicate<Blow> which) {
        return blows.mapToInt(blow -> which.test(blow) ? 1 : 0).average().orElseThrow();
    }

    private static List<Moment> moments(long seed) {
        final Schedule schedule = new Schedule(seed);
        return Stream.generate(schedule::next).limit(2_000).toList();
    }
}
