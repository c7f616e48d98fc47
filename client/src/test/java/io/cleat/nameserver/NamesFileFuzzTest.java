// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.CleatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names files that are truncated or flipped give a clear error or a result, and are left alone by readers. */
@Timeout(120)
class NamesFileFuzzTest {
    private static final int CASES = Integer.getInteger("cleat.fuzz.cases", 20_000) / 2;

    @TempDir
    Path folder;

    @Test
    void shouldGiveClearErrorsOrResultsWhenTheFileIsDamaged() throws IOException {
        final NameServer names = NameServer.open(folder);
        final List<Registration> registrations = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            registrations.add(names.register(NameServerTest.request("name" + i)));
        }
        final Path path = names.directory().namesFile();
        final DamagedFiles damaged = DamagedFiles.of(Files.readAllBytes(path), path, DamagedFiles.seed());
        int refused = 0;
        for (int i = 0; i < CASES; i++) {
            final byte[] content = damaged.next();
            try {
                final List<NameEntry> entries = names.list();
                assertThat(entries).as(damaged.toString()).hasSizeBetween(4, 8).allSatisfy(entry -> assertThat(
                                entry.databaseFile())
                        .isEqualTo("/data/" + entry.name() + ".db"));
                assertThat(names.damagedSlots()).as(damaged.toString()).hasSizeLessThanOrEqualTo(4 + 4);
                names.find("name3");
            } catch (final CleatException e) {
                refused++;
                assertThat(e).as(damaged.toString()).hasMessageContaining("names.dat");
            } catch (final RuntimeException e) {
                throw new AssertionError(damaged.toString(), e);
            }
            damaged.assertUnchanged(content);
            if (i % 50 == 0) {
                registerOver(names, damaged);
            }
        }
        assertThat(refused).as(damaged.toString()).isBetween(CASES / 20, CASES - CASES / 20);
        registrations.forEach(Registration::close);
    }

    /** A damaged file is written to only where that is right, and a live owner's name is never given away. */
    private static void registerOver(final NameServer names, final DamagedFiles damaged) {
        try (Registration registration = names.register(NameServerTest.request("newcomer"))) {
            assertThat(names.find("newcomer").orElseThrow().epoch()).isEqualTo(registration.epoch());
        } catch (final CleatException e) {
            assertThat(e).as(damaged.toString()).hasMessageContaining("names.dat");
        }
        try {
            names.register(NameServerTest.request("name1"));
            throw new AssertionError("name1 was given away: " + damaged);
        } catch (final CleatException e) {
            assertThat(e.getMessage()).as(damaged.toString()).containsAnyOf("name1", "names.dat");
        }
    }
}
