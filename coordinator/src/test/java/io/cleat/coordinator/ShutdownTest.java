// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.cleat.CleatException;
import io.cleat.ClosedException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Session;
import io.cleat.coordinator.sqlite.Synchronous;
import io.cleat.nameserver.NameEntry;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a coordinator comes to its end. Acceptance: I16, I19, I20, I21, I28, R1, R2. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class ShutdownTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    Path folder;

    private final AtomicInteger hookRuns = new AtomicInteger();

    /** I28: ten clients come and go. */
    @Test
    void shouldStopWithItsHookRunOnceWhenTheLastOfTenClientsLeaves() throws Exception {
        final Place place = Place.in(folder, "ten");
        final Coordinator coordinator = Coordinator.launch(
                place.coordinator().stopAfterLastClient(Duration.ZERO).beforeShutdown(hookRuns::incrementAndGet));
        final List<Database> clients = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            clients.add(Database.open(coordinator.clientContext()));
        }
        for (Database client : clients) {
            assertThat(client.queryLong("SELECT 1")).isEqualTo(1);
        }
        for (Database client : clients) {
            assertThat(coordinator.isClosed()).isFalse();
            client.close();
        }
        assertThat(coordinator.awaitClosed(PATIENCE.toNanos())).isTrue();
        assertThat(coordinator.awaitStopRequest(1)).startsWith("its last client has left");
        coordinator.close();
        assertThat(hookRuns).hasValue(1);
        assertOwnedByNobody(place);
    }

    /** I28 in a process of its own, which ends with it. */
    @Test
    void shouldEndItsProcessWhenTheLastOfTenClientsLeaves() {
        final Place place = Place.in(folder, "tenapart");
        try (ChildJvm process = place.serve("stopAfterLastClientMs=0", "hook")) {
            final List<Database> clients = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                clients.add(place.open());
            }
            for (Database client : clients) {
                assertThat(client.queryLong("SELECT 1")).isEqualTo(1);
            }
            clients.forEach(Database::close);
            assertThat(process.awaitExit(PATIENCE)).isZero();
            assertThat(process.output().stream().filter("HOOK"::equals)).hasSize(1);
            assertThat(process.output()).contains("STOPPED");
        }
    }

    @Test
    void shouldServeOnWhenAnotherClientComesWithinTheGrace() throws Exception {
        final Place place = Place.in(folder, "grace");
        final Coordinator coordinator =
                Coordinator.launch(place.coordinator().stopAfterLastClient(Duration.ofSeconds(2)));
        for (int i = 0; i < 3; i++) {
            try (Database database = place.open()) {
                assertThat(database.queryLong("SELECT 1")).isEqualTo(1);
                // Longer than the grace after the one before has left.
                assertThat(coordinator.awaitClosed(TimeUnit.MILLISECONDS.toNanos(2_500)))
                        .isFalse();
            }
        }
        assertThat(coordinator.awaitClosed(PATIENCE.toNanos())).isTrue();
    }

    @Test
    void shouldServeOnWhenNobodyHasComeYet() throws Exception {
        final Place place = Place.in(folder, "first");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator().stopAfterLastClient(Duration.ZERO))) {
            assertThat(coordinator.awaitClosed(TimeUnit.MILLISECONDS.toNanos(500)))
                    .isFalse();
        }
    }

    /** R2: when the only client closes, the coordinator reports done. A second one is refused meanwhile. */
    @Test
    void shouldServeOneClientWhenItIsToServeASingleOne() throws Exception {
        final Place place = Place.in(folder, "single");
        final Coordinator coordinator =
                Coordinator.launch(place.coordinator().singleClient(true).beforeShutdown(hookRuns::incrementAndGet));
        final Database only = place.open();
        assertThatThrownBy(place::open).asInstanceOf(type(CleatException.class)).satisfies(e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.LIMIT);
            assertThat(e).hasMessageContaining("serves a single client");
            assertThat(e).hasMessageContaining("pid=" + ProcessHandle.current().pid());
        });
        assertThat(only.queryLong("SELECT 1")).isEqualTo(1);
        only.close();
        assertThat(coordinator.awaitClosed(PATIENCE.toNanos())).isTrue();
        assertThat(hookRuns).hasValue(1);
    }

    /** I20: the coordinator's process ends when its client closes, and when it is killed. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldEndItsProcessWhenItsOnlyClientLeavesOrDies(boolean killed) throws Exception {
        final Place place = Place.in(folder, "only");
        final NameEntry entry = CoordinatorProcess.spawn(place.coordinator().singleClient(true), PATIENCE.toNanos());
        final ProcessHandle process = ProcessHandle.of(entry.pid()).orElseThrow();
        try (ChildJvm client = place.attach()) {
            client.send("CREATE TABLE t(a)");
            client.awaitLine("OK");
            if (killed) {
                client.kill();
            } else {
                client.send("bye");
            }
            process.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            process.destroyForcibly();
        }
        assertOwnedByNobody(place);
    }

    /** I16, I21 and R1: who waits is told, the file is free, and nobody had to close the coordinator. */
    @Test
    void shouldEndByItselfWhenAClientAsksForIt() throws Exception {
        final Place place = Place.in(folder, "asked");
        final Coordinator coordinator =
                Coordinator.launch(place.coordinator().beforeShutdown(hookRuns::incrementAndGet));
        try (Database database = place.open();
                Database waiting = place.open();
                Session holder = database.openSession()) {
            holder.begin();
            final CompletableFuture<?> pending = CompletableFuture.runAsync(() -> waiting.update("CREATE TABLE t(a)"));
            database.shutdownCoordinator();
            assertThatThrownBy(() -> pending.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                    .hasCauseInstanceOf(ClosedException.class);
            assertThat(coordinator.awaitClosed(PATIENCE.toNanos())).isTrue();
            assertThatThrownBy(() -> database.queryLong("SELECT 1"))
                    .isInstanceOf(ClosedException.class)
                    .hasMessageContaining("stopped by client=");
            assertThat(waiting.isClosed()).isTrue();
        }
        assertThat(hookRuns).hasValue(1);
        assertOwnedByNobody(place);
    }

    /** I16, I21 and R1, by another process. */
    @Test
    void shouldFailWhatWaitsWhenItsProcessIsAskedToStop() {
        final Place place = Place.in(folder, "pendingapart");
        try (ChildJvm process = place.serve();
                Database database = place.open();
                Database waiting = place.open();
                Session holder = database.openSession()) {
            holder.begin(PATIENCE);
            final CompletableFuture<?> pending = waiting.updateAsync("CREATE TABLE t(a)");
            database.shutdownCoordinator();
            assertThatThrownBy(() -> pending.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                    .hasCauseInstanceOf(ClosedException.class);
            assertThat(process.awaitExit(PATIENCE)).isZero();
            assertThatThrownBy(() -> waiting.queryLong("SELECT 1")).isInstanceOf(ClosedException.class);
            assertThat(waiting.isClosed()).isTrue();
        }
        assertOwnedByNobody(place);
    }

    /** I19. */
    @Test
    void shouldEndItsProcessWhenAClientAsksForIt() {
        final Place place = Place.in(folder, "askedapart");
        try (ChildJvm process = place.serve("hook");
                Database database = place.open()) {
            database.shutdownCoordinator();
            assertThat(process.awaitExit(PATIENCE)).isZero();
            assertThat(process.output().stream().filter("HOOK"::equals)).hasSize(1);
        }
    }

    /** I28's hook, when the process is told to end. */
    @Test
    void shouldRunItsHookWhenItsProcessIsTerminated() throws Exception {
        final Place place = Place.in(folder, "sigterm");
        try (ChildJvm process = place.serve("hook")) {
            // Not by the Process, which would close the pipe that the hook's word comes through.
            assertThat(ProcessHandle.of(process.pid()).orElseThrow().destroy()).isTrue();
            assertThat(process.awaitExit(PATIENCE)).isEqualTo(143);
            assertThat(process.output().stream().filter("HOOK"::equals)).hasSize(1);
        }
        assertOwnedByNobody(place);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldServeOnWhenClientsMayNotStopIt(boolean spawned) throws Exception {
        final Place place = Place.in(folder, "firm");
        final CoordinatorContext context = place.coordinator().allowRemoteShutdown(false);
        final ProcessHandle process;
        final AutoCloseable coordinator;
        if (spawned) {
            process = ProcessHandle.of(CoordinatorProcess.spawn(context, PATIENCE.toNanos())
                            .pid())
                    .orElseThrow();
            coordinator = () -> {
                process.destroy();
                process.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            };
        } else {
            coordinator = Coordinator.launch(context);
        }
        try (coordinator;
                Database database = Database.open(context.clientContext())) {
            assertThatThrownBy(database::shutdownCoordinator)
                    .asInstanceOf(type(CleatException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.REFUSED);
                        assertThat(e).hasMessageContaining("allowRemoteShutdown=false");
                    });
            assertThat(database.queryLong("SELECT 1")).isEqualTo(1);
        }
    }

    /** The hook is before the end: it still has the database; and what fails in it does not keep the coordinator. */
    @Test
    void shouldServeTheHookWhenItUsesTheDatabase() throws Exception {
        final Place place = Place.in(folder, "last");
        final List<Throwable> errors = new ArrayList<>();
        final Coordinator coordinator =
                Coordinator.launch(place.coordinator().errorHandler(errors::add).beforeShutdown(() -> {
                    try (Database database = place.open()) {
                        database.script("CREATE TABLE t(a); INSERT INTO t VALUES(42)");
                    }
                    throw new IllegalStateException("after its work");
                }));
        coordinator.close();
        assertThat(errors).singleElement().satisfies(e -> assertThat(e).hasMessage("after its work"));
        assertThat(read(place, "SELECT a FROM t")).isEqualTo(42);
    }

    @Test
    void shouldWaitForTheEndWhenAnotherThreadCloses() throws Exception {
        final Place place = Place.in(folder, "both");
        final CompletableFuture<Void> inHook = new CompletableFuture<>();
        final CompletableFuture<Void> goOn = new CompletableFuture<>();
        final Coordinator coordinator = Coordinator.launch(place.coordinator().beforeShutdown(() -> {
            hookRuns.incrementAndGet();
            inHook.complete(null);
            goOn.join();
        }));
        final CompletableFuture<Void> first = CompletableFuture.runAsync(coordinator::close);
        inHook.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        final Thread second = new Thread(coordinator::close, "second");
        second.start();
        org.awaitility.Awaitility.await().until(() -> second.getState() == Thread.State.TIMED_WAITING);
        assertThat(coordinator.isClosed()).isFalse();
        goOn.complete(null);
        second.join(PATIENCE.toMillis());
        assertThat(coordinator.isClosed()).isTrue();
        first.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(hookRuns).hasValue(1);
    }

    @Test
    void shouldPassAllValuesWhenSpawnedAndRefuseCode() {
        final CoordinatorContext context = new CoordinatorContext("all")
                .directory(folder.resolve("dir"))
                .databaseFile(folder.resolve("all=1.db"))
                .synchronous(Synchronous.NORMAL)
                .foreignKeys(true)
                .singleClient(true)
                .stopAfterLastClient(Duration.ofSeconds(3))
                .allowRemoteShutdown(false)
                .maxReaders(3)
                .maxGroup(7)
                .patienceNs(11)
                .transactionLeaseNs(13);
        final List<String> arguments = CoordinatorArguments.of(context);
        final CoordinatorContext parsed = CoordinatorArguments.parse(arguments.toArray(String[]::new));
        assertThat(CoordinatorArguments.of(parsed)).isEqualTo(arguments);
        assertThat(parsed.databaseFile()).isEqualTo(context.databaseFile());
        assertThat(parsed.stopAfterLastClientNs()).isEqualTo(3_000_000_000L);
        assertThat(parsed.allowsRemoteShutdown()).isFalse();
        assertThatThrownBy(() -> CoordinatorArguments.parse(new String[] {"name=a", "colour=red"}))
                .hasMessageContaining("colour=red");
        assertThatThrownBy(() -> CoordinatorArguments.parse(new String[] {"name=a", "maxGroup=many"}))
                .hasMessageContaining("maxGroup=many");
        assertThatThrownBy(() -> CoordinatorArguments.of(context.beforeShutdown(() -> {})))
                .asInstanceOf(type(CleatException.class))
                .extracting(CleatException::code)
                .isEqualTo(ErrorCode.MISUSE);
    }

    /** I21: another process gets the name, and the file for itself alone. */
    private static void assertOwnedByNobody(Place place) {
        place.serve().close();
    }

    private static long read(Place place, String sql) {
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = Database.open(coordinator.clientContext())) {
            return database.queryLong(sql);
        }
    }
}
