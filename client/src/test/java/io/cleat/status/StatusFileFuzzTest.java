// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.CleatException;
import io.cleat.nameserver.DamagedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Status files that are truncated or flipped give a clear error or a result, and are left alone. */
@Timeout(120)
class StatusFileFuzzTest {
    private static final int CASES = Integer.getInteger("cleat.fuzz.cases", 20_000) / 2;

    @TempDir
    Path folder;

    @Test
    void shouldGiveClearErrorsOrResultsWhenTheFileIsDamaged() throws IOException {
        final Path path = folder.resolve("status.dat");
        final byte[] good = image(path);
        final DamagedFiles damaged = DamagedFiles.of(good, path, DamagedFiles.seed());
        int refused = 0;
        for (int i = 0; i < CASES; i++) {
            final byte[] content = damaged.next();
            try {
                final StatusSnapshot snapshot = StatusFile.openReadOnly(path).snapshot();
                assertThat(snapshot.clients()).hasSizeLessThanOrEqualTo(256);
                assertThat(snapshot.databaseName()).isEqualTo("orders");
            } catch (final CleatException e) {
                refused++;
                assertThat(e).as(damaged.toString()).hasMessageContaining("status.dat");
            } catch (final RuntimeException e) {
                throw new AssertionError(damaged.toString(), e);
            }
            damaged.assertUnchanged(content);
        }
        assertThat(refused).as(damaged.toString()).isBetween(CASES / 20, CASES - CASES / 20);
    }

    private static byte[] image(final Path path) throws IOException {
        final StatusFile file = StatusFile.create(path, StatusFileTest.IDENTITY);
        for (int i = 0; i < 40; i++) {
            final long id = file.header().takeClientId();
            final ClientSlot slot = file.clients().claim(id).orElseThrow();
            slot.identify(1, 2, "client " + i, 1);
            slot.request(id);
        }
        final var log = file.errorLog(System::currentTimeMillis);
        log.record(new IllegalStateException("one"));
        log.record(new IllegalArgumentException("two"));
        return Files.readAllBytes(path);
    }
}
