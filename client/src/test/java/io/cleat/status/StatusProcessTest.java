// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.FileLocks;
import io.cleat.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Status files and JVMs that are killed. */
@Timeout(60)
class StatusProcessTest {
    @TempDir
    Path folder;

    @Test
    void shouldReadEverythingWhenTheCoordinatorIsDead() throws IOException {
        final CleatDirectory directory = CleatDirectory.resolve(folder);
        directory.createDatabase("orders");
        final long pid;
        try (ChildJvm child = ChildJvm.start(StatusMain.class, "serve", folder.toString())) {
            child.awaitLine("serving");
            pid = child.pid();
            child.kill();
        }
        final Path path = directory.statusFile("orders");
        final byte[] before = Files.readAllBytes(path);
        final StatusSnapshot snapshot = StatusFile.openReadOnly(path).snapshot();
        assertThat(snapshot.coordinatorPid()).isEqualTo(pid);
        assertThat(snapshot.state()).isEqualTo(CoordinatorState.READY);
        assertThat(snapshot.commitSequence()).isEqualTo(42);
        assertThat(snapshot.counters()).containsEntry("replies written", 43L);
        assertThat(snapshot.errors()).singleElement().satisfies(error -> assertThat(error.text())
                .contains("the disk hums"));
        assertThat(Files.readAllBytes(path)).isEqualTo(before);
    }

    @Test
    void shouldNoticeTheDeathOfAClientByItsLockAndReuseItsSlot() {
        final CleatDirectory directory = CleatDirectory.resolve(folder);
        directory.createDatabase("orders");
        final StatusFile file = StatusFile.create(directory.statusFile("orders"), StatusFileTest.IDENTITY);
        try (ChildJvm child = ChildJvm.start(StatusMain.class, "attach", folder.toString())) {
            final ClientSlot slot = file.clients().slot(Integer.parseInt(child.awaitLine("slot")));
            assertThat(file.header().attachDoorbellAcquire()).isEqualTo(1);
            assertThat(slot.stateAcquire()).isEqualTo(ClientSlotState.REQUESTED);
            assertThat(slot.claimantPidAcquire()).isEqualTo(child.pid());
            assertThat(slot.name()).isEqualTo("child");
            final Path lock = directory.clientLock("orders", slot.clientId());
            assertThat(FileLocks.isHeld(lock)).isTrue();
            assertThat(slot.attach(3)).isTrue();
            child.kill();
            assertThat(FileLocks.isHeld(lock)).isFalse();
            assertThat(slot.dead()).isTrue();
            FileLocks.tryAcquire(lock).orElseThrow().closeAndDelete();
            assertThat(slot.free()).isTrue();
            assertThat(lock).doesNotExist();
            assertThat(slot.claim(file.header().takeClientId())).isTrue();
        }
    }
}
