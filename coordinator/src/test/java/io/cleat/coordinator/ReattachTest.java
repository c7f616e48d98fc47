// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import io.cleat.CoordinatorLostException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.Rows;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Coordinators are killed and started again under clients that live on. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReattachTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    Path folder;

    @Test
    void shouldOnlyWaitWhenTheCoordinatorIsKilledAndStartedAgain() throws Exception {
        final Place place = Place.in(folder, "again");
        try (Database database = Survivor.of(place)) {
            final long clientId = database.clientId();
            final long epoch = database.epoch();
            try (ChildJvm second = place.serve()) {
                // Blocking calls, prepared texts that the first one knew.
                assertThat(database.update("INSERT INTO t VALUES(?, ?)", 1, "one")
                                .changeCount())
                        .isEqualTo(1);
                assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
                assertThat(database.clientId()).isEqualTo(clientId);
                assertThat(database.epoch()).isGreaterThan(epoch);
                assertThat(database.coordinatorPid()).isEqualTo(second.pid());
                assertThat(database.isOpen()).isTrue();
                second.kill();
            }
            try (ChildJvm third = place.serve()) {
                assertThat(database.update("INSERT INTO t VALUES(?, ?)", 2, "two")
                                .changeCount())
                        .isEqualTo(1);
                assertThat(database.query("SELECT a FROM t ORDER BY a", row -> row.getLong(0)))
                        .containsExactly(1L, 2L);
                assertThat(third.isAlive()).isTrue();
            }
        }
    }

    @Test
    void shouldGoOnInEveryThreadWhenTwoCoordinatorsDieInARow() throws Exception {
        final Place place = Place.in(folder, "many");
        final int threads = 8;
        final ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (ChildJvm first = place.serve();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
            final AtomicBoolean over = new AtomicBoolean();
            final AtomicInteger done = new AtomicInteger();
            final List<Future<Integer>> writers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                final int writer = i;
                writers.add(pool.submit(() -> {
                    int count = 0;
                    while (!over.get()) {
                        database.update("INSERT INTO t VALUES(?, ?)", writer + threads * count, writer);
                        count++;
                        done.incrementAndGet();
                        assertThat(database.queryLong("SELECT count(*) FROM t WHERE b = ?", writer))
                                .isEqualTo(count);
                    }
                    return count;
                }));
            }
            Survivor.awaitAtLeast(done, 100);
            first.kill();
            try (ChildJvm second = place.serve()) {
                Survivor.awaitAtLeast(done, done.get() + 100);
                second.kill();
            }
            try (ChildJvm third = place.serve()) {
                Survivor.awaitAtLeast(done, done.get() + 100);
                over.set(true);
                int total = 0;
                for (Future<Integer> writer : writers) {
                    total += writer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                }
                assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(total);
                assertThat(third.isAlive()).isTrue();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void shouldApplyEachUpdateOnceWhenAThousandAreInFlight() throws Exception {
        final Place place = Place.in(folder, "flight");
        final int count = 1_000;
        try (ChildJvm first = place.serve();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            final AtomicInteger done = new AtomicInteger();
            final List<CompletableFuture<?>> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(database.updateAsync("INSERT INTO t VALUES(?)", i).thenRun(done::incrementAndGet));
                if (i == count / 2) {
                    Survivor.awaitAtLeast(done, 10);
                    first.kill();
                }
            }
            try (ChildJvm second = place.serve()) {
                CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(database.queryLong("SELECT count(DISTINCT a) FROM t"))
                        .isEqualTo(count);
                assertThat(database.queryLong("SELECT count(*) FROM t"))
                        .as("none twice")
                        .isEqualTo(count);
                assertThat(second.isAlive()).isTrue();
            }
        }
    }

    @Test
    void shouldSendLongRequestsAgainWhenTheyWait() throws Exception {
        final Place place = Place.in(folder, "long");
        final byte[] value = new byte[3 << 20];
        try (Database database = Survivor.of(place)) {
            final List<CompletableFuture<?>> all = new ArrayList<>();
            try (ChildJvm second = place.serve()) {
                database.queryLong("SELECT 1");
                // It takes nothing more.
                second.suspend();
                for (int i = 0; i < 4; i++) {
                    final int key = i;
                    all.add(CompletableFuture.runAsync(
                            () -> database.update("INSERT INTO t VALUES(?, ?)", key, value)));
                }
                second.kill();
            }
            try (ChildJvm third = place.serve()) {
                CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(database.queryLong("SELECT sum(length(b)) FROM t")).isEqualTo(4L * value.length);
                assertThat(third.isAlive()).isTrue();
            }
        }
    }

    @Test
    void shouldSayWhatBecameOfItWhenRowsHadBegunToArrive() throws Exception {
        final Place place = Place.in(folder, "rows");
        final String many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)"
                + " SELECT i, 'some text that makes it long' FROM n";
        try (ChildJvm first = place.serve();
                Database database = Database.open(place.client().creditBytes(4096))) {
            database.update("CREATE TABLE t(a)");
            try (Rows reading = database.rows(many);
                    Rows writing = database.rows("INSERT INTO t " + many.replace(", 'some text that makes it long'", "")
                            + " RETURNING a, 'some text that makes it long'")) {
                assertThat(reading.next()).isTrue();
                assertThat(writing.next()).isTrue();
                first.kill();
                try (ChildJvm second = place.serve()) {
                    assertThat(outcomeOf(reading)).isEqualTo(Outcome.NOT_APPLIED);
                    assertThat(outcomeOf(writing)).isEqualTo(Outcome.APPLIED);
                    assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(100_000);
                    assertThat(second.isAlive()).isTrue();
                }
            }
        }
    }

    private static Outcome outcomeOf(Rows rows) {
        try {
            while (rows.next()) {}
        } catch (CoordinatorLostException e) {
            return e.outcome();
        }
        throw new AssertionError("the rows ended");
    }

    @Test
    void shouldRunLiveQueriesAgainAndTellListenersWhenAttachedAnew() throws Exception {
        final Place place = Place.in(folder, "live");
        try (ChildJvm first = place.serve();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            final List<Long> counts = Collections.synchronizedList(new ArrayList<>());
            final List<Boolean> updates = Collections.synchronizedList(new ArrayList<>());
            try (var live = database.watch("SELECT count(*) FROM t", row -> row.getLong(0))
                            .listen(result -> counts.add(result.get(0)));
                    var told = database.updates("t").listen(update -> updates.add(update.anything()))) {
                await().atMost(PATIENCE).untilAsserted(() -> assertThat(counts).containsExactly(0L));
                database.update("INSERT INTO t VALUES(1)");
                await().atMost(PATIENCE).untilAsserted(() -> assertThat(counts).containsExactly(0L, 1L));
                first.kill();
                try (ChildJvm second = place.serve();
                        Database other = place.open()) {
                    other.update("INSERT INTO t VALUES(2)");
                    await().atMost(PATIENCE)
                            .untilAsserted(() -> assertThat(updates).startsWith(false, true));
                    await().atMost(PATIENCE)
                            .untilAsserted(() -> assertThat(counts).containsExactly(0L, 1L, 2L));
                    other.update("INSERT INTO t VALUES(3)");
                    await().atMost(PATIENCE)
                            .untilAsserted(() -> assertThat(counts).containsExactly(0L, 1L, 2L, 3L));
                    await().atMost(PATIENCE)
                            .untilAsserted(() -> assertThat(updates).endsWith(false));
                    assertThat(live.isActive()).isTrue();
                    assertThat(told.isActive()).isTrue();
                    assertThat(second.isAlive()).isTrue();
                }
            }
        }
    }

    @Test
    void shouldFailEachCallAtItsDeadlineWhenNobodyTakesOver() throws Exception {
        final Place place = Place.in(folder, "nobody");
        try (ChildJvm first = place.serve();
                Database database = Database.open(place.client().reattachTimeout(Duration.ofSeconds(6)))) {
            database.update("CREATE TABLE t(a)");
            final CompletableFuture<?> sent = database.updateAsync("INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1"
                    + " UNION ALL SELECT i + 1 FROM n) SELECT i FROM n");
            database.queryLong("SELECT 1");
            first.kill();
            awaitLost(database);
            assertThatThrownBy(
                            () -> database.withTimeout(Duration.ofMillis(500)).update("INSERT INTO t VALUES(1)"))
                    .asInstanceOf(type(CoordinatorLostException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.COORDINATOR_LOST);
                        assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED);
                        assertThat(e).hasMessageContaining("pid=" + first.pid()).hasMessageContaining("since=");
                    });
            assertThat(database.isOpen()).isTrue();
            assertThatThrownBy(() -> sent.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .cause()
                    .asInstanceOf(type(CoordinatorLostException.class))
                    .extracting(RequestException::outcome)
                    .isEqualTo(Outcome.UNKNOWN);
            assertThat(database.isOpen()).as("6 s are over").isFalse();
            assertThatThrownBy(() -> database.queryLong("SELECT 1"))
                    .isInstanceOf(CoordinatorLostException.class)
                    .hasMessageContaining("reattachTimeoutMs=6000");
        }
        assertNoThreads();
    }

    private static void awaitLost(Database database) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThatThrownBy(
                        () -> database.withTimeout(Duration.ofMillis(100)).queryLong("SELECT 1"))
                .isInstanceOf(CoordinatorLostException.class)
                .hasMessageContaining("since="));
    }

    @Test
    void shouldCloseAtOnceWhenThereIsNoCoordinator() throws Exception {
        final Place place = Place.in(folder, "close");
        try (ChildJvm first = place.serve()) {
            final Database database = place.open();
            final CountDownLatch waits = new CountDownLatch(1);
            database.queryLong("SELECT 1");
            first.kill();
            awaitLost(database);
            final CompletableFuture<Long> waiting = CompletableFuture.supplyAsync(() -> {
                waits.countDown();
                return database.queryLong("SELECT 1");
            });
            waits.await();
            assertThat(place.clientLocks()).hasSize(1);
            final long startNs = System.nanoTime();
            database.close();
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs))
                    .isLessThan(5_000);
            assertThatThrownBy(() -> waiting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .hasMessageContaining("closed");
        }
        assertNoThreads();
        // Nothing is held that the next one needs.
        try (ChildJvm second = place.serve();
                Database database = place.open()) {
            assertThat(database.queryLong("SELECT 1")).isEqualTo(1);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(place.clientLocks()).hasSize(1));
            assertThat(second.isAlive()).isTrue();
        }
    }

    private static void assertNoThreads() {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("cleat-reattach")
                                || name.startsWith("cleat-client")));
    }
}
