// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.ClosedException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Schema;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The forms of opening: at once, at the first call, out of a future, by a handle. Acceptance: I9, I26 (the dialect is the
 * coordinator's, in transactions too), I27, R12, T10, E4; and of I25 that a lazily attached connection serves several threads.
 */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
final class OpeningTest {
    @TempDir
    Path folder;

    /** T10: a database that is closed still and lazy is opened by the transaction that starts on it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldOpenWhenATransactionIsTheFirstCall(boolean inOtherJvm) throws Exception {
        final Place place = Place.in(folder, "lazy");
        try (AutoCloseable coordinator = serve(place, inOtherJvm);
                Database database = Database.lazy(place.client())) {
            assertThat(coordinator).isNotNull();
            assertThat(database.isOpen()).isFalse();
            assertThat(database.isClosed()).isFalse();
            assertThat(database.name()).isEqualTo("lazy");
            database.inTransaction(transaction -> {
                transaction.update("CREATE TABLE t(a)");
                transaction.update("INSERT INTO t VALUES(1)");
            });
            assertThat(database.isOpen()).isTrue();
            assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
        }
    }

    @Test
    void shouldAttachNobodyWhenALazyDatabaseIsNeverCalled() {
        final Place place = Place.in(folder, "uncalled");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database eager = place.open()) {
            final Database lazy = Database.lazy(coordinator.clientContext());
            final Database later = Database.lazy(coordinator.clientContext());
            assertThat(later.clientId()).as("asking opens").isEqualTo(eager.clientId() + 1);
            assertThat(lazy.isOpen()).isFalse();
            later.close();
            lazy.close();
        }
    }

    @Test
    void shouldOpenOnceWhenManyThreadsMakeTheFirstCall() throws Exception {
        final Place place = Place.in(folder, "threads");
        final AtomicInteger opened = new AtomicInteger();
        final Schema counted = Schema.anyVersion().beforeOpen((database, details) -> opened.incrementAndGet());
        final ExecutorService threads = Executors.newFixedThreadPool(8);
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = Database.lazy(place.client().schema(counted))) {
            assertThat(coordinator.isClosed()).isFalse();
            final CountDownLatch gate = new CountDownLatch(1);
            final List<Future<Long>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                calls.add(threads.submit(() -> {
                    gate.await();
                    return database.queryLong("SELECT 7");
                }));
            }
            gate.countDown();
            for (Future<Long> call : calls) {
                assertThat(call.get()).isEqualTo(7);
            }
            assertThat(opened).hasValue(1);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void shouldTellAllWhoWaitedWhenOpeningFailsAndOpenAtTheNextCall() throws Exception {
        final Place place = Place.in(folder, "again");
        final CountDownLatch inHook = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final AtomicInteger tries = new AtomicInteger();
        final Schema schema = Schema.anyVersion().beforeOpen((database, details) -> {
            if (tries.incrementAndGet() == 1) {
                inHook.countDown();
                join(goOn);
                throw new IllegalStateException("not now");
            }
        });
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = Database.lazy(place.client().schema(schema))) {
            assertThat(coordinator.isClosed()).isFalse();
            final CompletableFuture<Long> opener = CompletableFuture.supplyAsync(() -> database.queryLong("SELECT 1"));
            join(inHook);
            final CompletableFuture<Thread> waiterThread = new CompletableFuture<>();
            final CompletableFuture<Long> waiter = new CompletableFuture<>();
            final Thread thread = new Thread(
                    () -> {
                        waiterThread.complete(Thread.currentThread());
                        try {
                            waiter.complete(database.queryLong("SELECT 1"));
                        } catch (RuntimeException e) {
                            waiter.completeExceptionally(e);
                        }
                    },
                    "waiter");
            thread.start();
            org.awaitility.Awaitility.await().until(() -> waiterThread.join().getState() == Thread.State.TIMED_WAITING);
            goOn.countDown();
            assertThatThrownBy(opener::join)
                    .hasCauseExactlyInstanceOf(IllegalStateException.class)
                    .hasRootCauseMessage("not now");
            assertThatThrownBy(waiter::join)
                    .cause()
                    .asInstanceOf(type(CleatException.class))
                    .satisfies(e -> {
                        assertThat(e).hasMessageContaining("could not open database 'again'");
                        assertThat(e).hasRootCauseMessage("not now");
                        assertThat(e.getStackTrace()).as("its own call").anyMatch(f -> f.getClassName()
                                .startsWith(OpeningTest.class.getName()));
                    });
            assertThat(database.isOpen()).isFalse();
            assertThat(database.queryLong("SELECT 5")).isEqualTo(5);
            assertThat(tries).hasValue(2);
        }
    }

    @Test
    void shouldTryAgainWhenNobodyServedAtTheFirstCall() {
        final Place place = Place.in(folder, "late");
        try (Database database = Database.lazy(place.client().connectTimeout(Duration.ofMillis(200)))) {
            assertThatThrownBy(() -> database.queryLong("SELECT 1"))
                    .asInstanceOf(type(CleatException.class))
                    .extracting(CleatException::code)
                    .isEqualTo(ErrorCode.NOT_REGISTERED);
            try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
                assertThat(coordinator.isClosed()).isFalse();
                org.awaitility.Awaitility.await().ignoreExceptions().until(() -> database.queryLong("SELECT 1") == 1);
            }
        }
    }

    /** I27: 100 ms are 100 ms, and not more than what a busy machine adds. */
    @Test
    void shouldFailSoonWhenNobodyServesTheName() {
        final Place place = Place.in(folder, "nobody");
        final long startNs = System.nanoTime();
        assertThatThrownBy(() -> Database.open(place.client().connectTimeout(Duration.ofMillis(100))))
                .asInstanceOf(type(CleatException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.NOT_REGISTERED);
                    assertThat(e).hasMessageContaining("nobody");
                });
        assertThat((System.nanoTime() - startNs) / 1_000_000).isBetween(100L, 5_000L);
    }

    /** E4 and I9. */
    @Test
    void shouldOpenNothingWhenClosedBefore() {
        final Place place = Place.in(folder, "closed");
        final Database lazy = Database.lazy(place.client());
        lazy.close();
        lazy.close();
        assertThat(lazy.isClosed()).isTrue();
        assertThat(lazy.isOpen()).isFalse();
        final long startNs = System.nanoTime();
        assertThatThrownBy(() -> lazy.update("SELECT 1")).isInstanceOf(ClosedException.class);
        assertThatThrownBy(lazy::openSession).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> lazy.updateAsync("SELECT 1")).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> lazy.inTransaction(transaction -> {})).isInstanceOf(ClosedException.class);
        assertThat((System.nanoTime() - startNs) / 1_000_000).isLessThan(5_000);
        assertThat(place.directory()).doesNotExist();
    }

    @Test
    void shouldEndTheOpeningWhenClosedMeanwhile() throws Exception {
        final Place place = Place.in(folder, "meanwhile");
        final CountDownLatch inHook = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final Schema schema = Schema.anyVersion().beforeOpen((database, details) -> {
            inHook.countDown();
            join(goOn);
            database.queryLong("SELECT 1");
        });
        try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
            assertThat(coordinator.isClosed()).isFalse();
            final Database database = Database.lazy(place.client().schema(schema));
            final CompletableFuture<Long> opener = CompletableFuture.supplyAsync(() -> database.queryLong("SELECT 1"));
            join(inHook);
            database.close();
            goOn.countDown();
            assertThatThrownBy(opener::join).hasCauseInstanceOf(ClosedException.class);
            assertThat(database.isClosed()).isTrue();
            assertThatThrownBy(() -> database.queryLong("SELECT 1")).isInstanceOf(ClosedException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @SuppressWarnings("try") // closed early, and again at the end
    void shouldWaitForTheDatabaseWhenItIsStillToCome(boolean inOtherJvm) throws Exception {
        final Place place = Place.in(folder, "delayed");
        final CompletableFuture<Database> promise = new CompletableFuture<>();
        try (AutoCloseable coordinator = serve(place, inOtherJvm);
                Database database = Database.of(promise, Duration.ofSeconds(30))) {
            assertThat(coordinator).isNotNull();
            assertThat(database.isOpen()).isFalse();
            final CompletableFuture<Long> early = CompletableFuture.supplyAsync(() -> database.queryLong("SELECT 3"));
            final Database real = place.open();
            promise.complete(real);
            assertThat(early.get()).isEqualTo(3);
            assertThat(database.clientId()).isEqualTo(real.clientId());
            final long joined = database.transaction(transaction -> database.queryLong("SELECT 4"));
            assertThat(joined).isEqualTo(4);
            database.close();
            assertThat(real.isClosed()).isTrue();
        }
    }

    /** E4: used before it is open, which it never is. */
    @Test
    void shouldFailEachCallWhenTheDatabaseDoesNotCome() {
        final Database late = Database.of(new CompletableFuture<>(), Duration.ofMillis(100));
        assertThatThrownBy(() -> late.queryLong("SELECT 1"))
                .asInstanceOf(type(CleatException.class))
                .extracting(CleatException::code)
                .isEqualTo(ErrorCode.TIMEOUT);
        final Database failed =
                Database.of(CompletableFuture.failedFuture(new CleatException(ErrorCode.LIMIT, "no slot")));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> failed.queryLong("SELECT 1"))
                    .asInstanceOf(type(CleatException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.LIMIT);
                        assertThat(e).hasRootCauseMessage("no slot");
                    });
        }
        failed.close();
        late.close();
        assertThatThrownBy(() -> late.queryLong("SELECT 1")).isInstanceOf(ClosedException.class);
    }

    @Test
    void shouldCloseWhatComesWhenClosedBeforeItCame() {
        final Place place = Place.in(folder, "toolate");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
            assertThat(coordinator.isClosed()).isFalse();
            final CompletableFuture<Database> promise = new CompletableFuture<>();
            final Database delayed = Database.of(promise);
            delayed.close();
            assertThat(delayed.isClosed()).isTrue();
            final Database real = place.open();
            promise.complete(real);
            assertThat(real.isClosed()).isTrue();
        }
    }

    /** R12 and I26. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @SuppressWarnings("try") // closed early, and again at the end
    void shouldTellTheDialectAlsoAfterTheCoordinatorHasStopped(boolean inOtherJvm) throws Exception {
        final Place place = Place.in(folder, "dialect");
        try (AutoCloseable coordinator = serve(place, inOtherJvm);
                Database database = Database.lazy(place.client())) {
            assertThat(database.dialect()).isEqualTo("sqlite");
            final String inside = database.transaction(transaction -> database.dialect());
            assertThat(inside).isEqualTo("sqlite");
            coordinator.close();
            assertThat(database.dialect()).isEqualTo("sqlite");
            assertThat(database.sqliteVersion()).startsWith("3.");
            database.close();
            assertThat(database.dialect()).isEqualTo("sqlite");
        }
    }

    @Test
    void shouldOpenByTheHandleWhenTheCoordinatorIsHostedHere() {
        final Place place = Place.in(folder, "hosted");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database here = Database.open(coordinator.clientContext());
                Database byHandle = Database.open(ClientContext.ofHandle(coordinator.handle()))) {
            here.update("CREATE TABLE t(a)");
            assertThat(byHandle.queryLong("SELECT count(*) FROM t")).isZero();
        }
    }

    private static AutoCloseable serve(Place place, boolean inOtherJvm) {
        if (!inOtherJvm) {
            return Coordinator.launch(place.coordinator());
        }
        final ChildJvm child = place.serve();
        return () -> {
            child.terminate();
            child.awaitExit(Duration.ofSeconds(20));
            child.close();
        };
    }

    private static void join(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
