// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import io.cleat.CallTimeoutException;
import io.cleat.CleatException;
import io.cleat.ClosedException;
import io.cleat.CoordinatorLostException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.RequestException;
import io.cleat.nameserver.NameEntry;
import io.cleat.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes come, stop, hang and are killed. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class LifeAndDeathTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    /** Far more than the liveness bound of a second, far less than the calls' own timeout of 60. */
    private static final long SOON_MS = 20_000;

    /** Longer than any test takes: it ends because somebody ends it. */
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    @TempDir
    Path folder;

    @Test
    void shouldForgetAClientWhenItIsKilledInsideATransaction() throws Exception {
        final Place place = Place.in(folder, "life");
        // A lease that nobody outlives: the turn comes back because the lock is free, not because the holder is idle.
        final CoordinatorContext context = place.coordinator().transactionLeaseNs(TimeUnit.HOURS.toNanos(1));
        try (Coordinator coordinator = Coordinator.launch(context);
                Database database = place.open();
                ChildJvm client = place.attach()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            CommandMain.tell(client, "begin", "INSERT INTO t VALUES(1)");
            assertThat(place.clientLocks()).hasSize(2);
            assertThat(place.replyQueues()).hasSize(2);
            client.kill();
            // Waits for the turn, which the dead client holds.
            database.update("INSERT INTO t VALUES(2)");
            assertThat(database.query("SELECT a FROM t", row -> row.getLong(0))).containsExactly(2L);
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(place.replyQueues()).hasSize(1);
                assertThat(place.clientLocks()).hasSize(1);
            });
        }
    }

    @Test
    void shouldStopALongWriteWhenItsClientIsKilled() throws Exception {
        final Place place = Place.in(folder, "life");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open();
                ChildJvm client = place.attach()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            client.send("slow-update 600000 INSERT INTO t SELECT i FROM "
                    + "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)");
            await().atMost(PATIENCE)
                    .until(() -> isLate(
                            () -> database.withTimeout(Duration.ofMillis(200)).update("INSERT INTO t VALUES(1)")));
            client.kill();
            database.update("DELETE FROM t");
            database.update("INSERT INTO t VALUES(2)");
            assertThat(database.query("SELECT a FROM t", row -> row.getLong(0))).containsExactly(2L);
        }
    }

    private static boolean isLate(Runnable call) {
        try {
            call.run();
            return false;
        } catch (CallTimeoutException e) {
            return true;
        }
    }

    @Test
    void shouldFreeSlotsWhenMoreClientsDieThanThereAreSlots() throws Exception {
        final Place place = Place.in(folder, "slots");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
            assertThat(coordinator.isClosed()).isFalse();
            for (int round = 0; round < 3; round++) {
                // 60 clients of one JVM: three such would not fit in the table together.
                try (ChildJvm crowd = place.start(Crowd.class, "256m")) {
                    crowd.awaitLine(PATIENCE, line -> line.equals("ATTACHED 60"));
                    assertThat(place.clientLocks()).hasSize(60);
                    crowd.kill();
                }
                await().atMost(PATIENCE).untilAsserted(() -> {
                    assertThat(place.clientLocks()).isEmpty();
                    assertThat(place.replyQueues()).isEmpty();
                });
            }
        }
    }

    /** Attaches 60 times, and waits to be killed. */
    static final class Crowd {
        private Crowd() {}

        public static void main(String[] args) throws Exception {
            final List<Database> all = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                all.add(Place.of(args).open());
            }
            System.out.println("ATTACHED " + all.size());
            System.in.read();
        }
    }

    @Test
    void shouldFailWaitingCallsSoonWhenTheCoordinatorIsKilledAndNoOtherIsWaitedFor() throws Exception {
        final Place place = Place.in(folder, "kill");
        final long epoch;
        try (ChildJvm coordinator = place.serve();
                Database database = Database.open(place.client().reattachTimeout(Duration.ZERO))) {
            epoch = database.epoch();
            database.update("CREATE TABLE t(a)");
            database.update("INSERT INTO t VALUES(1)");
            final CompletableFuture<List<Long>> waiting = database.queryAsync(ENDLESS, row -> row.getLong(0));
            final CompletableFuture<Throwable> blocked = CompletableFuture.supplyAsync(() -> {
                try {
                    return new AssertionError("gave " + database.queryLong(ENDLESS));
                } catch (CleatException e) {
                    return e;
                }
            });
            database.queryLong("SELECT a FROM t");
            coordinator.kill();
            final long startNs = System.nanoTime();
            final Throwable failure = blocked.get(SOON_MS, TimeUnit.MILLISECONDS);
            assertThat(failure)
                    .isInstanceOf(CoordinatorLostException.class)
                    .hasMessageContaining("pid=" + coordinator.pid());
            assertThatThrownBy(() -> waiting.get(SOON_MS, TimeUnit.MILLISECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(CoordinatorLostException.class);
            assertThatThrownBy(() -> database.update("INSERT INTO t VALUES(2)"))
                    .asInstanceOf(type(CoordinatorLostException.class))
                    .extracting(CleatException::code)
                    .isEqualTo(ErrorCode.COORDINATOR_LOST);
            assertThat((System.nanoTime() - startNs) / 1_000_000).isLessThan(SOON_MS);
            assertThat(database.isClosed()).isTrue();
        }
        try (ChildJvm successor = place.serve();
                Database database = place.open()) {
            assertThat(database.coordinatorPid()).isEqualTo(successor.pid());
            assertThat(database.epoch()).isGreaterThan(epoch);
            assertThat(database.query("SELECT a FROM t", row -> row.getLong(0))).containsExactly(1L);
            database.update("INSERT INTO t VALUES(3)");
        }
    }

    @Test
    void shouldTellItsClientsWhenTheCoordinatorStopsCleanly() throws Exception {
        final Place place = Place.in(folder, "stop");
        try (ChildJvm coordinator = place.serve();
                ChildJvm holder = place.attach();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            CommandMain.tell(holder, "begin", "INSERT INTO t VALUES(1)");
            // Waits for the write turn when the end comes.
            final CompletableFuture<?> pending = database.updateAsync("INSERT INTO t VALUES(2)");
            final CompletableFuture<?> reading = database.queryAsync(ENDLESS, row -> row.getLong(0));
            database.queryLong("SELECT count(*) FROM t");
            coordinator.terminate();
            for (CompletableFuture<?> future : List.of(pending, reading)) {
                assertThatThrownBy(() -> future.get(SOON_MS, TimeUnit.MILLISECONDS))
                        .cause()
                        .asInstanceOf(type(RequestException.class))
                        .extracting(CleatException::code)
                        .isEqualTo(ErrorCode.SHUTDOWN);
            }
            assertThat(coordinator.awaitExit(PATIENCE)).isEqualTo(143);
            assertThat(coordinator.output()).noneMatch(line -> line.startsWith("ERROR"));
            assertThatThrownBy(() -> database.update("INSERT INTO t VALUES(3)"))
                    .isInstanceOf(ClosedException.class)
                    .hasMessageContaining("stopped");
            holder.send("commit");
            assertThat(holder.awaitLine("ERR")).contains("SHUTDOWN").contains("stopped");
            assertThat(place.folder().resolve("replies")).doesNotExist();
            assertThat(place.folder().resolve("requests")).doesNotExist();
        }
        try (ChildJvm successor = place.serve();
                Database database = place.open()) {
            assertThat(successor.isAlive()).isTrue();
            assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
        }
    }

    @Test
    void shouldRefuseASecondCoordinatorWhenTheNameIsHeld() throws Exception {
        final Place place = Place.in(folder, "held");
        try (ChildJvm coordinator = place.serve();
                ChildJvm second = place.startServing()) {
            assertThat(second.awaitLine("REFUSED")).startsWith("NAME_IN_USE").contains("pid=" + coordinator.pid());
            assertThatThrownBy(() -> Coordinator.launch(place.coordinator()))
                    .isInstanceOf(CleatException.class)
                    .hasMessageContaining("pid=" + coordinator.pid());
            try (Database database = place.open()) {
                assertThat(database.queryLong("SELECT 7")).isEqualTo(7);
            }
        }
    }

    @Test
    void shouldHaveOneWinnerWhenTwoCoordinatorsStartTogether() throws Exception {
        final Place place = Place.in(folder, "race");
        for (int round = 0; round < 2; round++) {
            try (ChildJvm one = place.startServing("gate");
                    ChildJvm other = place.startServing("gate")) {
                one.awaitLine("WAITING");
                other.awaitLine("WAITING");
                one.send("go");
                other.send("go");
                final List<String> results = new ArrayList<>();
                for (ChildJvm child : List.of(one, other)) {
                    results.add(child.awaitLine(
                            PATIENCE, line -> line.startsWith("READY") || line.startsWith("REFUSED NAME_IN_USE")));
                }
                assertThat(results).filteredOn(line -> line.startsWith("READY")).hasSize(1);
                final ChildJvm winner = results.get(0).startsWith("READY") ? one : other;
                try (Database database = place.open()) {
                    assertThat(database.coordinatorPid()).isEqualTo(winner.pid());
                }
                winner.kill();
            }
        }
    }

    @Test
    void shouldSayWhatIsRegisteredWhenANameIsUnknown() {
        final Place place = Place.in(folder, "known");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
            assertThat(coordinator.isClosed()).isFalse();
            final long startNs = System.nanoTime();
            assertThatThrownBy(
                            () -> Database.open(place.client().name("unknown").connectTimeout(Duration.ofMillis(700))))
                    .isInstanceOf(CleatException.class)
                    .hasMessageContaining("unknown")
                    .hasMessageContaining("known")
                    .extracting(e -> ((CleatException) e).code())
                    .isEqualTo(ErrorCode.NOT_REGISTERED);
            assertThat((System.nanoTime() - startNs) / 1_000_000).isBetween(700L, SOON_MS);
        }
    }

    @Test
    void shouldEndCallsByTheirDeadlineWhenTheCoordinatorIsSuspended() throws Exception {
        final Place place = Place.in(folder, "hang");
        try (ChildJvm coordinator = place.serve();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            coordinator.suspend();
            try {
                final long startNs = System.nanoTime();
                assertThatThrownBy(() ->
                                database.withTimeout(Duration.ofSeconds(3)).update("INSERT INTO t VALUES(1)"))
                        .isInstanceOf(CallTimeoutException.class)
                        .hasMessageContaining("pid=" + coordinator.pid())
                        .hasMessageContaining("heartbeatAgeMs=");
                assertThat((System.nanoTime() - startNs) / 1_000_000).isBetween(3_000L, SOON_MS);
                assertThat(database.isClosed()).as("it lives, as its lock says").isFalse();
            } finally {
                coordinator.resume();
            }
            database.update("INSERT INTO t VALUES(2)");
            // The first was past its deadline when the coordinator woke up.
            assertThat(database.query("SELECT a FROM t", row -> row.getLong(0))).containsExactly(2L);
        }
    }

    @Test
    void shouldAttachWhenTheCoordinatorComesWithinTheConnectTimeout() throws Exception {
        final Place place = Place.in(folder, "late");
        final CompletableFuture<Long> early = CompletableFuture.supplyAsync(() -> {
            try (Database database = place.open()) {
                return database.queryLong("SELECT 7");
            }
        });
        try (ChildJvm coordinator = place.serve()) {
            assertThat(early.get(SOON_MS, TimeUnit.MILLISECONDS)).isEqualTo(7);
            assertThat(coordinator.isAlive()).isTrue();
        }
    }

    @Test
    void shouldCloseTwiceWhenAskedTwice() throws Exception {
        final Place place = Place.in(folder, "twice");
        final Coordinator coordinator = Coordinator.launch(place.coordinator());
        final Database closed = place.open();
        final Database open = place.open();
        closed.close();
        closed.close();
        assertThat(closed.isClosed()).isTrue();
        assertThatThrownBy(() -> closed.queryLong("SELECT 1"))
                .isInstanceOf(ClosedException.class)
                .hasMessageContaining("closed");
        assertThat(open.queryLong("SELECT 1")).isEqualTo(1);
        coordinator.close();
        coordinator.close();
        assertThat(coordinator.isClosed()).isTrue();
        open.close();
        open.close();
        // All is given back: the next one finds nothing in its way.
        try (Coordinator next = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            assertThat(database.epoch()).isEqualTo(next.epoch());
        }
        assertThat(Files.exists(place.folder().resolve("requests"))).isFalse();
    }

    @Test
    void shouldServeEachWhenOneJvmAttachesTenTimes() {
        final Place place = Place.in(folder, "ten");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
            final List<Database> clients = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                clients.add(place.open());
            }
            clients.get(0).update("CREATE TABLE t(a)");
            for (int i = 0; i < 10; i++) {
                clients.get(i).update("INSERT INTO t VALUES(?)", i);
            }
            for (Database client : clients) {
                assertThat(client.queryLong("SELECT sum(a) FROM t")).isEqualTo(45);
            }
            assertThat(clients.stream().map(Database::clientId).distinct()).hasSize(10);
            clients.forEach(Database::close);
            assertThat(coordinator.isClosed()).isFalse();
        }
    }

    @Test
    void shouldKeepDatabasesApartWhenOneJvmOpensTen() {
        final List<Coordinator> coordinators = new ArrayList<>();
        final List<Database> databases = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                final Place place = Place.in(folder, "db" + i);
                coordinators.add(Coordinator.launch(place.coordinator()));
                databases.add(place.open());
                databases.get(i).update("CREATE TABLE t(a)");
            }
            for (int i = 0; i < 10; i++) {
                databases.get(i).update("INSERT INTO t VALUES(?)", i);
            }
            for (int i = 0; i < 10; i++) {
                assertThat(databases.get(i).query("SELECT a FROM t", row -> row.getLong(0)))
                        .containsExactly((long) i);
            }
        } finally {
            databases.forEach(Database::close);
            coordinators.forEach(Coordinator::close);
        }
    }

    @Test
    void shouldOutliveItsStarterWhenSpawned() throws Exception {
        final Place place = Place.in(folder, "spawned");
        final NameEntry entry = CoordinatorProcess.spawn(place.coordinator(), PATIENCE.toNanos());
        final ProcessHandle process = ProcessHandle.of(entry.pid()).orElseThrow();
        try (Database database = place.open()) {
            assertThat(database.coordinatorPid()).isEqualTo(entry.pid());
            database.shutdownCoordinator();
            process.onExit().get(SOON_MS, TimeUnit.MILLISECONDS);
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.isAlive()).isFalse();
    }
}
