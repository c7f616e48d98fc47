// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ErrorCode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ClientSlotTest {
    @TempDir
    Path folder;

    private StatusFile coordinator;
    private StatusFile client;

    @BeforeEach
    void open() {
        coordinator = StatusFile.create(folder.resolve("status.dat"), StatusFileTest.IDENTITY);
        client = StatusFile.open(coordinator.path());
    }

    private ClientSlot requested(final long clientId) {
        final ClientSlot slot = client.clients().claim(clientId).orElseThrow();
        slot.identify(1, 2, "telemetry", 555);
        assertThat(slot.request(clientId)).isTrue();
        return slot;
    }

    private ClientSlot seen(final ClientSlot slot) {
        return coordinator.clients().slot(slot.index());
    }

    @Test
    void shouldAttachAndDetachAClient() {
        final long id = client.header().takeClientId();
        final ClientSlot mine = requested(id);
        final ClientSlot seen = seen(mine);
        assertThat(seen.stateAcquire()).isEqualTo(ClientSlotState.REQUESTED);
        assertThat(seen.isConsistent()).isTrue();
        assertThat(seen.clientId()).isEqualTo(id);
        assertThat(seen.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(seen.claimantPidAcquire()).isEqualTo(seen.pid());
        assertThat(seen.processStartMs()).isPositive();
        assertThat(seen.name()).isEqualTo("telemetry");
        assertThat(seen.protocolMin()).isEqualTo(1);
        assertThat(seen.protocolMax()).isEqualTo(2);
        assertThat(seen.attachedAtMs()).isEqualTo(555);
        assertThat(seen.attach(2)).isTrue();
        assertThat(seen.attach(2)).isFalse();
        assertThat(mine.stateAcquire()).isEqualTo(ClientSlotState.ATTACHED);
        assertThat(mine.negotiatedVersion()).isEqualTo(2);
        assertThat(mine.detach(id + 1)).isFalse();
        assertThat(mine.detach(id)).isTrue();
        assertThat(seen.stateAcquire()).isEqualTo(ClientSlotState.DETACHING);
        assertThat(seen.free()).isTrue();
        assertThat(seen.free()).isFalse();
        assertThat(mine.stateAcquire()).isEqualTo(ClientSlotState.FREE);
        assertThat(mine.detach(id)).isFalse();
    }

    @Test
    void shouldShowTheCountsOfBothSides() {
        final ClientSlot mine = requested(client.header().takeClientId());
        final ClientSlot seen = seen(mine);
        seen.attach(1);
        mine.replyConsumedBytesRelease(11);
        mine.replyReadCycleRelease(12);
        mine.heartbeatNsRelease(13);
        seen.requestConsumedBytesRelease(14);
        seen.requestCountRelease(15);
        seen.replyWrittenBytesRelease(16);
        seen.openSessionsRelease(17);
        seen.openCursorsRelease(18);
        final ClientSnapshot shown = client.snapshot().clients().get(0);
        assertThat(shown.replyConsumedBytes()).isEqualTo(11).isEqualTo(seen.replyConsumedBytesAcquire());
        assertThat(shown.replyReadCycle()).isEqualTo(12).isEqualTo(seen.replyReadCycleAcquire());
        assertThat(shown.heartbeatNs()).isEqualTo(13).isEqualTo(seen.heartbeatNsAcquire());
        assertThat(shown.requestConsumedBytes()).isEqualTo(14).isEqualTo(mine.requestConsumedBytesAcquire());
        assertThat(shown.requestCount()).isEqualTo(15).isEqualTo(mine.requestCountAcquire());
        assertThat(shown.replyWrittenBytes()).isEqualTo(16).isEqualTo(mine.replyWrittenBytesAcquire());
        assertThat(shown.openSessions()).isEqualTo(17).isEqualTo(mine.openSessionsAcquire());
        assertThat(shown.openCursors()).isEqualTo(18).isEqualTo(mine.openCursorsAcquire());
        assertThat(shown.state()).isEqualTo(ClientSlotState.ATTACHED);
        assertThat(shown.name()).isEqualTo("telemetry");
    }

    @Test
    void shouldTellWhyAClientIsRefused() {
        final long id = client.header().takeClientId();
        final ClientSlot mine = requested(id);
        assertThat(seen(mine).refuse(ErrorCode.INCOMPATIBLE, "versions 5 to 6 are not 1 to 3"))
                .isTrue();
        assertThat(mine.stateAcquire()).isEqualTo(ClientSlotState.REFUSED);
        assertThat(mine.refusalCode()).isEqualTo(ErrorCode.INCOMPATIBLE);
        assertThat(mine.refusalText()).isEqualTo("versions 5 to 6 are not 1 to 3");
        assertThat(client.snapshot().clients().get(0).refusal()).startsWith("INCOMPATIBLE: versions 5");
        assertThat(mine.withdraw(id)).isTrue();
        assertThat(client.snapshot().clients()).isEmpty();
    }

    @Test
    void shouldBuryADeadClientFromEveryStateThatHasALock() {
        final long id = client.header().takeClientId();
        final ClientSlot inRequested = requested(id);
        final ClientSlot inAttached = requested(id + 1);
        inAttached.attach(1);
        final ClientSlot inDetaching = requested(id + 2);
        inDetaching.detach(id + 2);
        for (final ClientSlot slot : new ClientSlot[] {inRequested, inAttached, inDetaching}) {
            assertThat(seen(slot).dead()).isTrue();
            assertThat(slot.stateAcquire()).isEqualTo(ClientSlotState.DEAD);
            assertThat(seen(slot).dead()).isFalse();
            assertThat(seen(slot).free()).isTrue();
        }
        final ClientSlot claimed = client.clients().claim(id + 3).orElseThrow();
        assertThat(seen(claimed).dead()).isFalse();
    }

    @Test
    void shouldForgetTheFormerClientWhenASlotIsClaimedAgain() {
        final long id = client.header().takeClientId();
        final ClientSlot slot = requested(id);
        seen(slot).attach(3);
        slot.replyConsumedBytesRelease(100);
        seen(slot).requestCountRelease(100);
        slot.detach(id);
        seen(slot).free();
        assertThat(slot.claim(id + 256)).isTrue();
        assertThat(slot.replyConsumedBytesAcquire()).isZero();
        assertThat(slot.requestCountAcquire()).isZero();
        assertThat(slot.negotiatedVersion()).isZero();
        assertThat(slot.name()).isEmpty();
        assertThat(slot.clientId()).isEqualTo(id + 256);
        // Whoever had it before moves nothing any more.
        assertThat(slot.request(id)).isFalse();
        assertThat(slot.withdraw(id)).isFalse();
    }

    @Test
    void shouldGiveEverySlotToOneClientWhenManyClaimAtOnce() {
        final Set<Integer> slots = ConcurrentHashMap.newKeySet();
        final long refused = IntStream.range(0, 300)
                .parallel()
                .filter(i -> client.clients()
                        .claim(client.header().takeClientId())
                        .map(slot -> !slots.add(slot.index()))
                        .orElse(true))
                .count();
        assertThat(slots).hasSize(256);
        assertThat(refused).isEqualTo(44);
    }

    @Test
    void shouldSeeThatASlotWasWrittenToByAStranger() {
        final long id = client.header().takeClientId();
        final ClientSlot slot = client.clients().claim(id).orElseThrow();
        assertThat(seen(slot).freeFrom(seen(slot).controlAcquire())).isTrue();
        assertThat(slot.claim(id + 1)).isTrue();
        assertThat(seen(slot).isConsistent()).isTrue();
        // The first claimant goes on late: it fails, at the latest when it asks.
        assertThat(slot.request(id)).isFalse();
        assertThat(slot.request(id + 1)).isTrue();
    }

    @Test
    void shouldFreeAbandonedClaimsAndRefusalsOnly() {
        final Set<Long> alive = new HashSet<>();
        final long pid = ProcessHandle.current().pid();
        final ClaimWatch watch = new ClaimWatch(coordinator.clients(), 1000, alive::contains);
        final long id = client.header().takeClientId();
        final ClientSlot claimed = client.clients().claim(id).orElseThrow();
        final ClientSlot refused = requested(id + 1);
        seen(refused).refuse(ErrorCode.LIMIT, "full");
        final ClientSlot attached = requested(id + 2);
        seen(attached).attach(1);
        assertThat(watch.poll(5000)).isZero();
        assertThat(watch.poll(5999)).isZero();
        alive.add(pid);
        assertThat(watch.poll(9000)).isZero();
        alive.clear();
        assertThat(watch.poll(9001)).isEqualTo(2);
        assertThat(claimed.stateAcquire()).isEqualTo(ClientSlotState.FREE);
        assertThat(refused.stateAcquire()).isEqualTo(ClientSlotState.FREE);
        assertThat(attached.stateAcquire()).isEqualTo(ClientSlotState.ATTACHED);
        assertThat(claimed.request(id)).isFalse();
    }

    @Test
    void shouldNotFreeAClaimOfALivingProcess() {
        final ClaimWatch watch = new ClaimWatch(coordinator.clients(), 0);
        assertThat(client.clients().claim(client.header().takeClientId())).isPresent();
        assertThat(watch.poll(1)).isZero();
        assertThat(watch.poll(2)).isZero();
    }
}
