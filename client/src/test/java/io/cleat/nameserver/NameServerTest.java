// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NameServerTest {
    @TempDir
    Path folder;

    private NameServer names;

    @BeforeEach
    void open() {
        names = NameServer.open(folder);
    }

    static NameRequest request(final String name) {
        return new NameRequest(name, "/data/" + name + ".db", 7, "3.54.1");
    }

    static void assertCode(final ErrorCode code, final ThrowingCallable call, final String... parts) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CleatException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
                .hasMessageContainingAll(parts);
    }

    @Test
    void shouldFindNothingAndMakeNoFileWhenNobodyRegistered() throws IOException {
        assertThat(names.find("orders")).isEmpty();
        assertThat(names.probe("orders")).isEmpty();
        assertThat(names.list()).isEmpty();
        assertThat(names.cleanStale()).isZero();
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void shouldTellEverythingThatWasRegistered() {
        final long beforeMs = System.currentTimeMillis();
        try (Registration registration = names.register(request("orders"))) {
            registration.heartbeat(12_345);
            final NameEntry entry = names.list().get(0);
            assertThat(entry.name()).isEqualTo("orders");
            assertThat(entry.state()).isEqualTo(NameState.STARTING);
            assertThat(entry.epoch()).isEqualTo(registration.epoch()).isPositive();
            assertThat(entry.pid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(entry.processStartMs()).isPositive().isLessThanOrEqualTo(beforeMs);
            assertThat(entry.heartbeatMs()).isEqualTo(12_345);
            assertThat(entry.registeredAtMs()).isGreaterThanOrEqualTo(beforeMs);
            assertThat(entry.protocolVersion()).isEqualTo(7);
            assertThat(entry.databaseFile()).isEqualTo("/data/orders.db");
            assertThat(entry.user()).isEqualTo(System.getProperty("user.name"));
            assertThat(entry.sqliteVersion()).isEqualTo("3.54.1");
            assertThat(entry.dialect()).isEqualTo("sqlite");
            assertThat(entry.liveness()).isEqualTo(Liveness.LIVE);
            assertThat(names.find("orders").orElseThrow().liveness()).isEqualTo(Liveness.UNKNOWN);
        }
    }

    @Test
    void shouldGoThroughTheStatesInOrder() {
        final Registration registration = names.register(request("orders"));
        registration.ready();
        assertThat(names.find("orders").orElseThrow().state()).isEqualTo(NameState.READY);
        assertCode(ErrorCode.MISUSE, registration::ready, "READY");
        registration.closing();
        registration.closing();
        assertThat(names.find("orders").orElseThrow().state()).isEqualTo(NameState.CLOSING);
        registration.close();
        registration.close();
        assertThat(names.find("orders")).isEmpty();
        assertThat(FileLocks.isHeld(names.directory().ownerLock("orders"))).isFalse();
        assertCode(ErrorCode.CLOSED, registration::ready, "orders");
        registration.heartbeat(1);
        assertThat(names.list()).isEmpty();
    }

    @Test
    void shouldNameTheHolderWhenTheNameIsInUse() {
        try (Registration registration = names.register(request("orders"))) {
            assertCode(
                    ErrorCode.NAME_IN_USE,
                    () -> names.register(request("orders")),
                    "'orders'",
                    "pid=" + ProcessHandle.current().pid(),
                    "/data/orders.db",
                    "epoch=" + registration.epoch());
            assertThat(names.list()).hasSize(1);
        }
    }

    @Test
    void shouldGrowTheEpochWithEveryOwnerAlsoWhenNamesFileIsLost() throws IOException {
        long last = 0;
        for (int i = 0; i < 5; i++) {
            try (Registration registration = names.register(request(i % 2 == 0 ? "orders" : "trades"))) {
                assertThat(registration.epoch()).isGreaterThan(last);
                last = registration.epoch();
            }
        }
        Files.delete(names.directory().namesFile());
        Files.writeString(names.directory().epochFile("orders"), (last + 1_000_000_000L) + "\n");
        try (Registration registration = names.register(request("orders"))) {
            assertThat(registration.epoch()).isEqualTo(last + 1_000_000_001L);
            assertThat(names.find("orders")).isPresent();
        }
    }

    @Test
    void shouldRaiseTheEpochWhenTheDatabaseKnowsAGreaterOne() {
        try (Registration registration = names.register(request("orders"))) {
            final long epoch = registration.epoch();
            assertThat(registration.ensureEpochAbove(epoch - 1)).isEqualTo(epoch);
            assertThat(registration.ensureEpochAbove(epoch + 10)).isEqualTo(epoch + 11);
            assertThat(names.find("orders").orElseThrow().epoch()).isEqualTo(epoch + 11);
            registration.ready();
            assertCode(ErrorCode.MISUSE, () -> registration.ensureEpochAbove(1), "READY");
        }
    }

    @Test
    void shouldSayWhatIsRegisteredWhenTheNameNeverComes() {
        try (Registration registration = names.register(request("orders"))) {
            registration.ready();
            final Registration starting = names.register(request("trades"));
            assertCode(
                    ErrorCode.NOT_REGISTERED,
                    () -> names.await("trades", TimeUnit.MILLISECONDS.toNanos(30)),
                    "'trades'",
                    "waitedMs=3",
                    "orders (READY, LIVE",
                    "trades (STARTING, LIVE");
            starting.close();
        }
        assertCode(ErrorCode.NOT_REGISTERED, () -> names.await("orders", 0), "registered: nothing");
    }

    @Test
    void shouldReturnTheEntryWhenItBecomesReadyWhileWaiting() {
        final CompletableFuture<NameEntry> waiting =
                CompletableFuture.supplyAsync(() -> names.await("orders", TimeUnit.SECONDS.toNanos(30)));
        final Registration registration = names.register(request("orders"));
        assertThat(waiting).isNotDone();
        registration.ready();
        assertThat(waiting).succeedsWithin(Duration.ofSeconds(20)).satisfies(entry -> {
            assertThat(entry.epoch()).isEqualTo(registration.epoch());
            assertThat(entry.liveness()).isEqualTo(Liveness.LIVE);
        });
        registration.close();
    }

    @Test
    void shouldStopWaitingWhenInterrupted() {
        Thread.currentThread().interrupt();
        assertCode(ErrorCode.CANCELLED, () -> names.await("orders", TimeUnit.SECONDS.toNanos(30)), "'orders'");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void shouldRefuseWhenAllSlotsAreTakenAndGoOnWhenOneIsFreed() {
        final List<Registration> all = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            all.add(names.register(request("name" + i)));
        }
        assertCode(ErrorCode.LIMIT, () -> names.register(request("onemore")), "slots=256");
        assertThat(FileLocks.isHeld(names.directory().ownerLock("onemore"))).isFalse();
        assertThat(names.list()).hasSize(256).allMatch(entry -> entry.liveness() == Liveness.LIVE);
        all.remove(77).close();
        all.add(names.register(request("onemore")));
        assertThat(names.find("onemore")).isPresent();
        all.forEach(Registration::close);
        assertThat(names.list()).isEmpty();
    }

    @Test
    void shouldCleanAHalfWrittenSlotWhenItsWriterDied() throws IOException {
        names.register(request("orders")).close();
        final byte[] bytes = Files.readAllBytes(names.directory().namesFile());
        bytes[1024] = 3;
        bytes[1028] = 2;
        Files.write(names.directory().namesFile(), bytes);
        assertThat(names.list()).isEmpty();
        assertThat(names.damagedSlots()).containsExactly(0);
        assertThat(names.cleanStale()).isEqualTo(1);
        assertThat(names.damagedSlots()).isEmpty();
        try (Registration registration = names.register(request("trades"))) {
            assertThat(names.find("trades").orElseThrow().epoch()).isEqualTo(registration.epoch());
        }
    }

    @Test
    void shouldKeepTheEndOfAPathThatIsTooLong() {
        final String path = "/" + "\u00e4".repeat(400) + "/end.db";
        try (Registration registration = names.register(new NameRequest("orders", path, 1, "3.54.1"))) {
            assertThat(registration.name()).isEqualTo("orders");
            assertThat(names.find("orders").orElseThrow().databaseFile())
                    .startsWith(TextField.CUT + "\u00e4")
                    .endsWith("\u00e4/end.db");
        }
    }

    @Test
    void shouldNotChangeTheFileWhenListing() throws IOException {
        try (Registration registration = names.register(request("orders"))) {
            registration.ready();
            final byte[] before = Files.readAllBytes(names.directory().namesFile());
            names.list();
            names.probe("orders");
            names.damagedSlots();
            assertThat(Files.readAllBytes(names.directory().namesFile())).isEqualTo(before);
        }
    }

    @Test
    void shouldRefuseAFileThatIsDamagedTruncatedForeignOrOpenAndLeaveItAlone() throws IOException {
        final Path file = names.directory().namesFile();
        names.register(request("orders")).close();
        final byte[] good = Files.readAllBytes(file);
        expectRefusal(Arrays.copyOf(good, 100_000), ErrorCode.DAMAGED, "truncated");
        expectRefusal(new byte[0], ErrorCode.DAMAGED, "truncated");
        expectRefusal(Arrays.copyOf(good, good.length + 1), ErrorCode.DAMAGED, "lengthBytes=263169");
        expectRefusal(changed(good, 0, 'X'), ErrorCode.DAMAGED, "CLEATNMS");
        expectRefusal(changed(good, 8, 2), ErrorCode.INCOMPATIBLE, "layout=2");
        expectRefusal(changed(good, 17, 5), ErrorCode.DAMAGED, "header");
        Files.write(file, good);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
        assertCode(ErrorCode.PERMISSION, () -> NameServer.open(folder).list(), "open to other users");
        assertCode(ErrorCode.PERMISSION, () -> names.register(request("orders")), "open to other users");
    }

    private void expectRefusal(final byte[] content, final ErrorCode code, final String part) throws IOException {
        final Path file = names.directory().namesFile();
        // A new file, as a mapping of a truncated one would fault.
        Files.delete(file);
        Files.createFile(file, FileOwnership.forFile(file));
        Files.write(file, content);
        for (final NameServer server : List.of(names, NameServer.open(folder))) {
            assertCode(code, server::list, "names.dat", part);
            assertCode(code, () -> server.find("orders"), part);
            assertCode(code, () -> server.register(request("orders")), part);
            assertCode(code, server::cleanStale, part);
            assertCode(code, () -> server.await("orders", 1_000_000), part);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(FileLocks.isHeld(names.directory().ownerLock("orders"))).isFalse();
    }

    private static byte[] changed(final byte[] bytes, final int offset, final int value) {
        final byte[] copy = bytes.clone();
        copy[offset] = (byte) value;
        return copy;
    }
}
