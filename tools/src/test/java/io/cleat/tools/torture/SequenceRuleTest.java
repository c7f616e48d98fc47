// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.TableUpdates;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a listener may be told. */
final class SequenceRuleTest {
    private final SequenceRule rule = new SequenceRule();

    @Test
    void shouldAcceptEachCommitOnce() {
        assertThat(rule.take(commit(41))).isNull();
        assertThat(rule.take(commit(42))).isNull();
        assertThat(rule.take(commit(42))).isEqualTo("told commit 42 after commit 42");
        assertThat(rule.take(commit(41))).isEqualTo("told commit 41 after commit 42");
        assertThat(rule.take(commit(43))).isNull();
    }

    @Test
    void shouldAcceptAGapWhenToldOfAnythingOnly() {
        assertThat(rule.take(commit(1))).isNull();
        assertThat(rule.take(commit(3))).isEqualTo("told commit 3 right after commit 1 and of nothing in between");
        assertThat(rule.take(anything(3))).isNull();
        assertThat(rule.take(commit(9))).isNull();
        assertThat(rule.take(commit(11))).isNotNull();
        assertThat(rule.take(anything(5))).isEqualTo("told anything at commit 5 after commit 11");
    }

    @Test
    void shouldNotGoBackWhenListeningAnew() {
        assertThat(rule.take(commit(5))).isNull();
        rule.restart();
        assertThat(rule.take(commit(8))).isNull();
        rule.restart();
        assertThat(rule.take(commit(8))).isNotNull();
    }

    private static TableUpdates commit(long sequence) {
        return new TableUpdates(sequence, Set.of(), false, false, false, false);
    }

    private static TableUpdates anything(long sequence) {
        return new TableUpdates(sequence, Set.of(), true, false, false, false);
    }
}
