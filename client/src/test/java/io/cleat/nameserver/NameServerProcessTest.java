// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ErrorCode;
import io.cleat.testing.ChildJvm;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names and JVMs that are killed. */
@Timeout(120)
class NameServerProcessTest {
    private static final int RACERS = 4;
    private static final int ROUNDS = 25;

    @TempDir
    Path folder;

    @Test
    void shouldTellACrashedOwnerAndTakeItsNameWithAGreaterEpoch() {
        final NameServer names = NameServer.open(folder);
        final long epoch;
        try (ChildJvm child = ChildJvm.start(NameOwnerMain.class, folder.toString())) {
            child.send("register orders");
            epoch = Long.parseLong(child.awaitLine("register"));
            child.send("ready");
            child.awaitLine("ready");
            assertThat(names.await("orders", TimeUnit.SECONDS.toNanos(10)).pid())
                    .isEqualTo(child.pid());
            NameServerTest.assertCode(
                    ErrorCode.NAME_IN_USE,
                    () -> names.register(NameServerTest.request("orders")),
                    "pid=" + child.pid(),
                    "/db/orders");
            child.kill();
        }
        final NameEntry stale = names.list().get(0);
        assertThat(stale.liveness()).isEqualTo(Liveness.STALE);
        assertThat(stale.state()).isEqualTo(NameState.READY);
        NameServerTest.assertCode(
                ErrorCode.NOT_REGISTERED, () -> names.await("orders", 20_000_000), "orders (READY, STALE");
        try (Registration other = names.register(NameServerTest.request("trades"))) {
            // Registering another name has cleaned the dead one's slot.
            assertThat(names.find("orders")).isEmpty();
            try (Registration again = names.register(NameServerTest.request("orders"))) {
                assertThat(again.epoch()).isGreaterThan(other.epoch()).isGreaterThan(epoch);
                assertThat(names.list()).hasSize(2).allMatch(entry -> entry.liveness() == Liveness.LIVE);
            }
        }
    }

    @Test
    void shouldCleanWhatDeadOwnersLeft() {
        final NameServer names = NameServer.open(folder);
        try (ChildJvm child = ChildJvm.start(NameOwnerMain.class, folder.toString());
                Registration live = names.register(NameServerTest.request("live"))) {
            child.send("register dead");
            child.awaitLine("register");
            assertThat(names.cleanStale()).isZero();
            child.kill();
            assertThat(names.cleanStale()).isEqualTo(1);
            assertThat(names.list()).extracting(NameEntry::name).containsExactly(live.name());
        }
    }

    @Test
    void shouldHaveOneWinnerWhenSeveralStartAtTheSameInstant() {
        final NameServer names = NameServer.open(folder);
        final List<ChildJvm> children = new ArrayList<>();
        try {
            for (int i = 0; i < RACERS; i++) {
                children.add(ChildJvm.start(NameOwnerMain.class, folder.toString()));
            }
            children.forEach(child -> child.awaitLine("up"));
            long lastEpoch = 0;
            for (int round = 0; round < ROUNDS; round++) {
                children.forEach(child -> child.send("register orders"));
                ChildJvm winner = null;
                for (final ChildJvm child : children) {
                    final String answer = child.awaitLine("register");
                    if (answer.startsWith("NAME_IN_USE")) {
                        continue;
                    }
                    assertThat(winner).as("second winner: " + answer).isNull();
                    winner = child;
                    assertThat(Long.parseLong(answer)).isGreaterThan(lastEpoch);
                    lastEpoch = Long.parseLong(answer);
                }
                assertThat(winner).as("winner of round " + round).isNotNull();
                // Listing at the same time probes the lock, and must not make anybody fail.
                assertThat(names.list()).hasSize(1);
                if (winner != null) {
                    winner.send("close");
                    winner.awaitLine("close");
                }
            }
        } finally {
            children.forEach(ChildJvm::close);
        }
    }

    @Test
    void shouldNeverFailAStarterWhenOthersProbe() {
        final NameServer names = NameServer.open(folder);
        final NameEntry stale;
        try (Registration registration = names.register(NameServerTest.request("orders"))) {
            stale = names.find(registration.name()).orElseThrow();
        }
        final NamesFile file = NamesFile.open(names.directory().namesFile(), MapMode.READ_WRITE);
        try (ChildJvm starter = ChildJvm.start(NameOwnerMain.class, folder.toString())) {
            starter.awaitLine("up");
            for (int round = 0; round < 200; round++) {
                // Until the starter has the lock there is an entry to be probed.
                file.write(200, stale);
                starter.send("register orders");
                for (int i = 0; i < 20; i++) {
                    names.list();
                }
                assertThat(starter.awaitLine("register")).matches("[0-9]+");
                starter.send("close");
                starter.awaitLine("close");
            }
        }
    }

    @Test
    void shouldListWithUnknownLivenessWhenNamesLockCannotBeHad() {
        final NameServer names = NameServer.open(folder);
        try (Registration live = names.register(NameServerTest.request("live"));
                ChildJvm child = ChildJvm.start(NameOwnerMain.class, folder.toString())) {
            live.ready();
            child.send("hold");
            assertThat(child.awaitLine("hold")).isEqualTo("held");
            assertThat(names.list()).extracting(NameEntry::liveness).containsExactly(Liveness.UNKNOWN);
            assertThat(names.find("live")).isPresent();
            child.kill();
            assertThat(names.list()).extracting(NameEntry::liveness).containsExactly(Liveness.LIVE);
        }
    }
}
