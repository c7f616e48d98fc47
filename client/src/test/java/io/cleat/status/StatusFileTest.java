// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.MappedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.agrona.BitUtil;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StatusFileTest {
    static final StatusIdentity IDENTITY =
            new StatusIdentity("orders", 1_700_000_000L, 1, 3, "/data/orders.db", "3.54.1", "sqlite");

    @TempDir
    Path folder;

    private Path path;

    @BeforeEach
    void name() {
        path = folder.resolve("status.dat");
    }

    static void assertCode(final ErrorCode code, final ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(CleatException.class, e -> assertThat(e.code())
                .as(e.getMessage())
                .isEqualTo(code));
    }

    @Test
    void shouldShowToOthersWhatTheCoordinatorWrites() {
        final StatusFile coordinator = StatusFile.create(path, IDENTITY);
        final StatusHeader seen = StatusFile.open(path).header();
        assertThat(seen.databaseName()).isEqualTo("orders");
        assertThat(seen.databaseFile()).isEqualTo("/data/orders.db");
        assertThat(seen.sqliteVersion()).isEqualTo("3.54.1");
        assertThat(seen.dialect()).isEqualTo("sqlite");
        assertThat(seen.epoch()).isEqualTo(1_700_000_000L);
        assertThat(seen.coordinatorPid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(seen.processStartMs()).isPositive();
        assertThat(seen.protocolMin()).isEqualTo(1);
        assertThat(seen.protocolMax()).isEqualTo(3);
        assertThat(seen.stateAcquire()).isEqualTo(CoordinatorState.STARTING);
        coordinator.header().stateRelease(CoordinatorState.READY);
        coordinator.header().heartbeatNsRelease(77);
        coordinator.header().commitSequenceRelease(99);
        assertThat(coordinator.header().advanceRequestCycle(5)).isEqualTo(5);
        assertThat(coordinator.header().advanceRequestCycle(4)).isEqualTo(5);
        assertThat(seen.stateAcquire()).isEqualTo(CoordinatorState.READY);
        assertThat(seen.heartbeatNsAcquire()).isEqualTo(77);
        assertThat(seen.commitSequenceAcquire()).isEqualTo(99);
        assertThat(seen.requestCycleAcquire()).isEqualTo(5);
        seen.ringAttachDoorbell();
        assertThat(coordinator.header().attachDoorbellAcquire()).isEqualTo(1);
    }

    @Test
    void shouldGiveEveryClientAnIdOfItsOwnThatTellsTheEpoch() {
        final StatusHeader header = StatusFile.create(path, IDENTITY).header();
        final long first = header.nextClientIdAcquire();
        assertThat(first).isEqualTo((1_700_000_000L << 20) + 1);
        final Set<Long> ids = ConcurrentHashMap.newKeySet();
        IntStream.range(0, 1000).parallel().forEach(i -> ids.add(header.takeClientId()));
        assertThat(ids).hasSize(1000).contains(first, first + 999);
    }

    @Test
    void shouldKeepTheOldMappingWhenANewCoordinatorMakesTheFileAnew() {
        final StatusFile old = StatusFile.create(path, IDENTITY);
        old.header().commitSequenceRelease(5);
        final StatusFile client = StatusFile.open(path);
        final StatusFile next =
                StatusFile.create(path, new StatusIdentity("orders", 1_700_000_001L, 1, 3, "/d", "3.54.1", "sqlite"));
        next.header().commitSequenceRelease(6);
        assertThat(client.header().epoch()).isEqualTo(1_700_000_000L);
        assertThat(client.header().commitSequenceAcquire()).isEqualTo(5);
        assertThat(StatusFile.open(path).header().commitSequenceAcquire()).isEqualTo(6);
        assertThat(folder.toFile().list()).containsExactly("status.dat");
    }

    @Test
    void shouldCleanUpWhatAKilledCreatorLeft() throws IOException {
        Files.writeString(folder.resolve(".status.dat-1-1"), "half");
        StatusFile.create(path, IDENTITY);
        assertThat(folder.toFile().list()).containsExactly("status.dat");
    }

    @Test
    void shouldRefuseToWriteWhenOpenedToBeReadOnly() {
        StatusFile.create(path, IDENTITY);
        final StatusFile tool = StatusFile.openReadOnly(path);
        assertThat(tool.path()).isEqualTo(path);
        assertCode(ErrorCode.MISUSE, () -> tool.header().takeClientId());
        assertCode(ErrorCode.MISUSE, () -> tool.header().stateRelease(CoordinatorState.CLOSED));
        assertCode(ErrorCode.MISUSE, () -> tool.header().ringAttachDoorbell());
        assertCode(ErrorCode.MISUSE, () -> tool.header().advanceRequestCycle(1));
        assertCode(ErrorCode.MISUSE, () -> tool.clients().claim(5));
        assertCode(ErrorCode.MISUSE, () -> tool.clients().slot(0).replyConsumedBytesRelease(1));
        assertCode(ErrorCode.MISUSE, () -> tool.counters().counter(SystemCounter.COMMITS));
        assertCode(ErrorCode.MISUSE, () -> tool.errorLog(System::currentTimeMillis));
        assertThat(tool.snapshot().clients()).isEmpty();
    }

    @Test
    void shouldCountAndTellErrorsInASnapshot() {
        final StatusFile coordinator = StatusFile.create(path, IDENTITY);
        coordinator.header().stateRelease(CoordinatorState.CLOSING);
        coordinator.counters().counter(SystemCounter.COMMITS).increment();
        coordinator.counters().counter(SystemCounter.COMMITS).increment();
        coordinator.counters().counter(SystemCounter.MALFORMED_RECORDS).set(7);
        final DistinctErrorLog log = coordinator.errorLog(() -> 1234);
        for (int i = 0; i < 3; i++) {
            log.record(new IllegalStateException("first"));
        }
        log.record(new IllegalArgumentException("second"));
        final StatusFile tool = StatusFile.openReadOnly(path);
        assertThat(tool.counters().value(SystemCounter.COMMITS)).isEqualTo(2);
        final StatusSnapshot snapshot = tool.snapshot();
        assertThat(snapshot.databaseName()).isEqualTo("orders");
        assertThat(snapshot.state()).isEqualTo(CoordinatorState.CLOSING);
        assertThat(snapshot.heartbeatAgeNs()).isPositive();
        assertThat(snapshot.counters())
                .hasSize(SystemCounter.values().length)
                .containsEntry("commits", 2L)
                .containsEntry("malformed records", 7L)
                .containsEntry("requests received", 0L);
        assertThat(snapshot.errors()).hasSize(2);
        assertThat(snapshot.errors().get(0).count()).isEqualTo(3);
        assertThat(snapshot.errors().get(0).firstMs()).isEqualTo(1234);
        assertThat(snapshot.errors().get(0).text()).contains("IllegalStateException: first");
        assertThat(snapshot.errors().get(1).text()).contains("second");
    }

    @Test
    void shouldShowTheErrorsBeforeTheDamageWhenALengthIsWrong() throws IOException {
        final DistinctErrorLog log = StatusFile.create(path, IDENTITY).errorLog(() -> 1234);
        log.record(new IllegalStateException("first"));
        log.record(new IllegalArgumentException("second"));
        final byte[] good = Files.readAllBytes(path);
        final int errors = StatusFileDescriptor.ERRORS_OFFSET;
        final ByteBuffer bytes = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN);
        final int second = errors + BitUtil.align(bytes.getInt(errors), DistinctErrorLog.RECORD_ALIGNMENT);
        for (final int length : new int[] {-1, Integer.MIN_VALUE, -5, 1, 23, 70_000, Integer.MAX_VALUE}) {
            bytes.putInt(second, length);
            Files.delete(path);
            MappedFile.create(path, good);
            assertThat(StatusFile.openReadOnly(path).snapshot().errors())
                    .as("length=" + length)
                    .singleElement()
                    .satisfies(error -> assertThat(error.text()).contains("first"));
        }
    }

    @Test
    void shouldRefuseAFileThatIsMissingDamagedTruncatedOrForeign() throws IOException {
        assertCode(ErrorCode.IO, () -> StatusFile.open(path));
        StatusFile.create(path, IDENTITY);
        final byte[] good = Files.readAllBytes(path);
        expectRefusal(new byte[0], ErrorCode.DAMAGED);
        expectRefusal(Arrays.copyOf(good, 700), ErrorCode.DAMAGED);
        expectRefusal(Arrays.copyOf(good, good.length - 1), ErrorCode.DAMAGED);
        expectRefusal(new byte[good.length], ErrorCode.DAMAGED);
        final byte[] foreign = good.clone();
        foreign[8] = 9;
        expectRefusal(foreign, ErrorCode.INCOMPATIBLE);
        final byte[] flipped = good.clone();
        flipped[300] ^= 1;
        expectRefusal(flipped, ErrorCode.DAMAGED);
    }

    private void expectRefusal(final byte[] content, final ErrorCode code) throws IOException {
        Files.write(path, content);
        assertCode(code, () -> StatusFile.open(path));
        assertCode(code, () -> StatusFile.openReadOnly(path));
        assertThat(Files.readAllBytes(path)).isEqualTo(content);
    }
}
