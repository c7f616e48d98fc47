// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class StableIdentityTest {
    private final AtomicLong ids = new AtomicLong(100);

    private final CleatDirectory directory;

    StableIdentityTest(@TempDir Path made) {
        directory = CleatDirectory.resolve(made.resolve("dir"));
    }

    @BeforeEach
    void createDatabase() {
        directory.createDatabase("shop");
    }

    private StableIdentity take(String identity) {
        return StableIdentity.take(directory, "shop", identity, ids::incrementAndGet, 0);
    }

    @Test
    void shouldBeTheSameClientWithNewSequencesWhenItComesBack() {
        final long id;
        final long first;
        try (StableIdentity identity = take("pricer")) {
            id = identity.clientId();
            first = identity.firstSequence();
            assertThat(id).isEqualTo(101);
        }
        try (StableIdentity identity = take("pricer");
                StableIdentity other = take("pricer.lock")) {
            assertThat(identity.clientId()).isEqualTo(id);
            assertThat(identity.firstSequence())
                    .as("room for four billion requests")
                    .isGreaterThanOrEqualTo(first + (1L << 32));
            assertThat(StableIdentity.firstOfLife(identity.firstSequence() + 5))
                    .isEqualTo(identity.firstSequence() - 1);
            assertThat(StableIdentity.clientIds(directory.identities("shop"))).containsExactlyInAnyOrder(id, 102L);
            assertThat(other.clientId()).isNotEqualTo(id);
        }
        assertThat(StableIdentity.firstOfLife(4_000_000_000L)).isZero();
    }

    @Test
    void shouldRefuseWhenAnotherHasIt() {
        try (StableIdentity identity = take("pricer")) {
            assertThat(identity.clientId()).isPositive();
            assertThatThrownBy(() -> take("pricer"))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT))
                    .hasMessageContaining("pricer.lock");
        }
    }

    @Test
    void shouldRefuseWhenTheFileIsDamagedAndLetGoOfTheLock() throws IOException {
        take("pricer").close();
        final Path file = directory.identities("shop").resolve("pricer.id");
        final byte[] right = Files.readAllBytes(file);
        Files.writeString(file, "rubbish");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> take("pricer"))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DAMAGED))
                    .hasMessageContaining(file.toString());
        }
        Files.write(file, right);
        take("pricer").close();
    }

    @Test
    void shouldRefuseWhenTheNameIsNone() {
        assertThatThrownBy(() -> take("../escape")).isInstanceOf(CleatException.class);
        assertThatThrownBy(() -> take("")).isInstanceOf(CleatException.class);
    }
}
