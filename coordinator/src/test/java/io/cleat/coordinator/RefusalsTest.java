// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What refused.dat says to the next coordinator. */
@Timeout(20)
class RefusalsTest {
    @TempDir
    Path folder;

    private final List<String> errors = new ArrayList<>();

    private Refusals open() {
        return new Refusals(folder.resolve("refused.dat"), true, (what, error) -> errors.add(what));
    }

    @Test
    void shouldTellSessionsWithSettingsFromClientsThatWereLetGoOf() throws Exception {
        final long lastOfAll = Long.MAX_VALUE - (1L << 32);
        try (Refusals refusals = open()) {
            refusals.addSettings(5, 0);
            refusals.addSettings(5, Integer.MAX_VALUE);
            refusals.addSettings(5, -1);
            refusals.addThrough(6, lastOfAll);
            assertThat(refusals.hadSettings(5, 0))
                    .as("this is for the next one")
                    .isFalse();
        }
        try (Refusals refusals = open()) {
            assertThat(refusals.hadSettings(5, 0)).isTrue();
            assertThat(refusals.hadSettings(5, Integer.MAX_VALUE)).isTrue();
            assertThat(refusals.hadSettings(5, -1)).isTrue();
            assertThat(refusals.hadSettings(5, 1)).isFalse();
            assertThat(refusals.contains(5, 1)).as("of no settings").isFalse();
            assertThat(refusals.contains(6, lastOfAll)).isTrue();
            assertThat(refusals.contains(6, lastOfAll + 1)).isFalse();
            assertThat(refusals.hadSettings(6, 0)).isFalse();
            refusals.clear();
            assertThat(refusals.hadSettings(5, 0)).isFalse();
        }
        assertThat(errors).isEmpty();
    }

    @Test
    void shouldRefuseWhatWasAnsweredAndAllOfWhoWasLetGoOf() throws Exception {
        try (Refusals refusals = open()) {
            refusals.add(5, 10);
            refusals.addThrough(6, 100);
            refusals.addThrough(6, 90);
            refusals.addThrough(7, 100);
            refusals.add(7, 50);
            refusals.lift(7);
            assertThat(refusals.contains(5, 10)).as("this is for the next one").isFalse();
        }
        assertThat(folder.resolve("refused.dat")).hasSize(6 * 16);
        // Cut in an entry.
        Files.write(folder.resolve("refused.dat"), new byte[7], StandardOpenOption.APPEND);
        try (Refusals refusals = open()) {
            assertThat(refusals.contains(5, 10)).isTrue();
            assertThat(refusals.contains(5, 9)).isFalse();
            assertThat(refusals.contains(6, 1)).isTrue();
            assertThat(refusals.contains(6, 100)).isTrue();
            assertThat(refusals.contains(6, 101)).isFalse();
            assertThat(refusals.contains(7, 51)).as("it came back").isFalse();
            assertThat(refusals.contains(7, 50)).isTrue();
            refusals.clear();
            assertThat(refusals.contains(6, 1)).isFalse();
            assertThat(refusals.contains(5, 10)).isFalse();
        }
        assertThat(folder.resolve("refused.dat")).isEmptyFile();
        assertThat(errors).isEmpty();
    }

    @Test
    void shouldSayWhenARefusalCouldNotBeWrittenDown() throws Exception {
        final Refusals refusals = open();
        refusals.close();
        assertThat(refusals.add(5, 10)).isFalse();
        assertThat(refusals.addThrough(5, 10)).isFalse();
        assertThat(errors).hasSize(2);
    }

    @Test
    void shouldKeepItsFilePrivateAndFollowNoLink() throws Exception {
        open().close();
        final Path file = folder.resolve("refused.dat");
        assertThat(Files.getPosixFilePermissions(file))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        final Path other = Files.createFile(folder.resolve("other"));
        Files.delete(file);
        Files.createSymbolicLink(file, other);
        assertThatThrownBy(this::open).isInstanceOf(CleatException.class);
        assertThat(other).isEmptyFile();
    }
}
