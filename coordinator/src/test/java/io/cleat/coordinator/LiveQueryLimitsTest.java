// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.LiveQuery;
import io.cleat.LiveResult;
import io.cleat.LiveResults;
import io.cleat.LiveSubscription;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlStatement;
import io.cleat.status.SystemCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Live queries inside transactions, together, under load, cancelled, and at their bounds. */
final class LiveQueryLimitsTest extends LiveQueryFixture {
    /** T2, and what the block itself sees. */
    @Test
    void shouldCompleteWhenTheTransactionThrows() {
        final CollectingSubscriber<List<String>> subscriber = new CollectingSubscriber<>(Long.MAX_VALUE);
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    transaction
                            .watch("SELECT name FROM users", row -> row.getText(0))
                            .subscribe(subscriber);
                    awaitSize(subscriber.items(), 1);
                    transaction.update("INSERT INTO users VALUES(1, 'undone')");
                    awaitSize(subscriber.items(), 2);
                    assertThat(subscriber.isCompleted()).isFalse();
                    throw new IllegalStateException("undone");
                }))
                .hasMessage("undone");
        await().atMost(SOON).until(subscriber::isCompleted);
        assertThat(subscriber.values()).containsExactly(List.of(), List.of("undone"));
        assertThat(database.queryLong("SELECT count(*) FROM users")).isZero();
    }

    @Test
    void shouldRunAgainWhenAPreparedStatementWritesInTheTransaction() {
        final List<List<String>> results = synchronizedList();
        try (Session session = database.openSession();
                SqlStatement insert = session.prepare("INSERT INTO users(name) VALUES(?)");
                SqlStatement returning = session.prepare("INSERT INTO users(name) VALUES('b') RETURNING id")) {
            session.inTransaction(transaction -> {
                transaction
                        .watch("SELECT name FROM users ORDER BY id", row -> row.getText(0))
                        .listen(results::add);
                awaitSize(results, 1);
                insert.bindText(1, "a").update();
                awaitSize(results, 2);
                try (Rows rows = returning.rows()) {
                    assertThat(rows.next()).isTrue();
                }
                awaitSize(results, 3);
            });
        }
        assertThat(results).containsExactly(List.of(), List.of("a"), List.of("a", "b"));
    }

    /** T2, T7: the database object joins the transaction, and a savepoint ends what it began. */
    @Test
    void shouldCompleteWithTheSavepointWhenWatchedInOne() {
        final CollectingSubscriber<List<String>> outer = new CollectingSubscriber<>(Long.MAX_VALUE);
        final CollectingSubscriber<List<String>> inner = new CollectingSubscriber<>(Long.MAX_VALUE);
        database.inTransaction(transaction -> {
            names().subscribe(outer);
            awaitSize(outer.items(), 1);
            assertThatThrownBy(() -> transaction.inTransaction(savepoint -> {
                        savepoint
                                .watch("SELECT name FROM users", row -> row.getText(0))
                                .subscribe(inner);
                        savepoint.update("INSERT INTO users VALUES(1, 'inner')");
                        await().atMost(SOON).until(() -> outer.values().contains(List.of("inner")));
                        await().atMost(SOON).until(() -> inner.values().contains(List.of("inner")));
                        throw new IllegalStateException("undone");
                    }))
                    .hasMessage("undone");
            await().atMost(SOON).until(inner::isCompleted);
            awaitSize(outer.items(), 3);
            assertThat(outer.isCompleted()).isFalse();
        });
        await().atMost(SOON).until(outer::isCompleted);
        assertThat(outer.values()).containsExactly(List.of(), List.of("inner"), List.of());
    }

    /** E5: cancellation reaches the coordinator. */
    @Test
    void shouldNotRunAllWhenSlowQueriesAreCancelledAtOnce() {
        final String slow = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000000)"
                + " SELECT count(*) + ? FROM c";
        final long before = counter(SystemCounter.READS_MOVED_TO_POOL) + counter(SystemCounter.READS_ON_POOL);
        final List<LiveSubscription> subscriptions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            subscriptions.add(database.watch(slow, row -> row.getLong(0), i).listen(result -> {}));
        }
        await().atMost(SOON)
                .until(() -> counter(SystemCounter.READS_MOVED_TO_POOL) + counter(SystemCounter.READS_ON_POOL)
                        >= before + 2);
        final long startNs = System.nanoTime();
        subscriptions.forEach(LiveSubscription::close);
        // The readers are free again: reads that need one get through long before a slow one would.
        for (int i = 0; i < 8; i++) {
            assertThat(
                            database.queryLong(
                                    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT count(*) FROM c"))
                    .isEqualTo(20_000);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isLessThan(Duration.ofSeconds(5));
        assertThat(counter(SystemCounter.CANCELLED)).isEqualTo(4);
    }

    /** E5, switched: each new argument instead of the one before, while it runs. */
    @Test
    void shouldCancelTheRunWhenTheListenerIsReplaced() {
        final String slow = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?)"
                + " SELECT count(*) FROM c";
        final List<List<Long>> results = synchronizedList();
        LiveSubscription current =
                database.watch(slow, row -> row.getLong(0), 2_000_000_000L).listen(results::add);
        for (int i = 0; i < 3; i++) {
            current.close();
            current = database.watch(slow, row -> row.getLong(0), 2_000_000_001L + i)
                    .listen(results::add);
        }
        current.close();
        current = database.watch(slow, row -> row.getLong(0), 1000).listen(results::add);
        awaitSize(results, 1);
        assertThat(results).containsExactly(List.of(1000L));
        current.close();
    }

    @Test
    void shouldSeeOneCommitWhenWatchedTogether() {
        database.script("INSERT INTO users VALUES(1, '0'); INSERT INTO todos VALUES(1, '0')");
        final LiveQuery<Optional<Long>> users = database.watchFirst("SELECT name FROM users", row -> row.getLong(0));
        final LiveQuery<Optional<Long>> todos = database.watchFirst("SELECT title FROM todos", row -> row.getLong(0));
        final List<LiveResults> results = synchronizedList();
        final List<CleatException> failures = synchronizedList();
        database.watchTogether(users, todos).listen(results::add, failures::add);
        awaitSize(results, 1);
        try (Database writer = place.open()) {
            for (int i = 1; i <= 300; i++) {
                final int value = i;
                writer.inTransaction(transaction -> {
                    transaction.update("UPDATE users SET name=?", value);
                    transaction.update("UPDATE todos SET title=?", value);
                });
            }
        }
        await().atMost(SOON)
                .until(() -> results.get(results.size() - 1).of(users).orElse(0L) == 300);
        assertThat(failures).isEmpty();
        assertThat(List.copyOf(results))
                .allSatisfy(result -> assertThat(result.of(users)).isEqualTo(result.of(todos)))
                .extracting(LiveResults::commitSequence)
                .isSorted();
        assertThatThrownBy(() -> database.watchTogether()).isInstanceOf(CleatException.class);
    }

    @Test
    void shouldConvergeWithoutGoingBackWhenOthersWriteAllTheTime() throws InterruptedException {
        final CollectingSubscriber<Optional<Long>> subscriber = new CollectingSubscriber<>(Long.MAX_VALUE);
        database.watchFirst("SELECT count(*) FROM users", row -> row.getLong(0)).subscribe(subscriber);
        final List<Thread> writers = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            final Thread writer = new Thread(() -> {
                try (Database other = place.open()) {
                    for (int i = 0; i < 2000; i++) {
                        other.update("INSERT INTO users(name) VALUES('x')");
                    }
                }
            });
            writers.add(writer);
            writer.start();
        }
        for (Thread writer : writers) {
            writer.join();
        }
        await().atMost(SOON).until(() -> {
            final List<Optional<Long>> values = subscriber.values();
            return !values.isEmpty() && values.get(values.size() - 1).orElse(0L) == 4000;
        });
        assertThat(subscriber.values()).extracting(Optional::get).isSorted().doesNotHaveDuplicates();
        assertThat(subscriber.items()).extracting(LiveResult::commitSequence).isSorted();
    }

    @Test
    void shouldDelayNobodyWhenAListenerIsSlow() throws InterruptedException {
        final CountDownLatch held = new CountDownLatch(1);
        final var executor = java.util.concurrent.Executors.newCachedThreadPool();
        try (Database own = Database.open(place.client().completionExecutor(executor))) {
            final LiveQuery<Optional<Long>> query = own.watchFirst("SELECT count(*) FROM users", row -> row.getLong(0));
            final List<Optional<Long>> slow = synchronizedList();
            final List<Optional<Long>> fast = synchronizedList();
            query.listen(value -> {
                slow.add(value);
                awaitUninterrupted(held);
            });
            query.listen(fast::add);
            awaitSize(slow, 1);
            for (int i = 1; i <= 20; i++) {
                own.update("INSERT INTO users(name) VALUES('x')");
                final long count = i;
                await().atMost(SOON).until(() -> fast.contains(Optional.of(count)));
            }
            assertThat(slow).hasSize(1);
            held.countDown();
            awaitSize(slow, 2);
            assertThat(slow).containsExactly(Optional.of(0L), Optional.of(20L));
        } finally {
            executor.shutdown();
        }
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldGoOnWhenMapperAndListenerThrow() {
        final List<Throwable> errors = synchronizedList();
        try (Database own = Database.open(place.client().errorHandler(errors::add))) {
            final List<CleatException> failures = synchronizedList();
            final List<List<Long>> results = synchronizedList();
            own.watch("SELECT count(*) FROM users", row -> {
                        if (row.getLong(0) == 0) {
                            throw new IllegalArgumentException("mapper");
                        }
                        return row.getLong(0);
                    })
                    .listen(
                            value -> {
                                results.add(value);
                                throw new IllegalStateException("listener");
                            },
                            failures::add);
            awaitSize(failures, 1);
            assertThat(failures.get(0)).hasRootCauseMessage("mapper");
            own.update("INSERT INTO users(name) VALUES('x')");
            awaitSize(results, 1);
            own.update("INSERT INTO users(name) VALUES('x')");
            awaitSize(results, 2);
            await().atMost(SOON).untilAsserted(() -> assertThat(errors).hasSize(2));
            assertThat(errors).allSatisfy(error -> assertThat(error).hasMessage("listener"));
        }
    }

    @Test
    void shouldRunOnThePollingThreadWhenTheExecutorRunsAtOnce() {
        try (Database own = Database.open(place.client().completionExecutor(Runnable::run))) {
            final List<Long> counts = synchronizedList();
            final LiveQuery<Optional<Long>> query = own.watchFirst("SELECT count(*) FROM users", row -> row.getLong(0));
            final LiveSubscription subscription = query.listen(value -> {
                // A blocking call, and another listener, from inside the delivery.
                counts.add(own.queryLong("SELECT count(*) FROM users"));
                own.updates("users").listen(event -> {}).close();
            });
            awaitSize(counts, 1);
            own.update("INSERT INTO users(name) VALUES('x')");
            awaitSize(counts, 2);
            subscription.close();
            assertThat(counts.get(counts.size() - 1)).isEqualTo(1);
        }
    }

    @Test
    void shouldFailWithLimitWhenTheResultIsTooLarge() {
        final List<CleatException> failures = synchronizedList();
        database.watch(
                        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 70)"
                                + " SELECT zeroblob(1048576) FROM c",
                        row -> row.getBytes(0))
                .listen(result -> {}, failures::add);
        awaitSize(failures, 1);
        assertThat(failures.get(0).code()).isEqualTo(ErrorCode.LIMIT);
    }

    @Test
    void shouldRefuseWhenThereAreTooManyListeners() {
        final LiveQuery<List<String>> query = names();
        final List<LiveSubscription> subscriptions = new ArrayList<>();
        for (int i = 0; i < 4096; i++) {
            subscriptions.add(query.listen(result -> {}));
        }
        assertThatThrownBy(() -> query.listen(result -> {}))
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT));
        subscriptions.get(0).close();
        subscriptions.set(0, query.listen(result -> {}));
        subscriptions.forEach(LiveSubscription::close);
    }

    @Test
    void shouldCompleteWhenTheCoordinatorStops() {
        final CollectingSubscriber<List<String>> subscriber = new CollectingSubscriber<>(Long.MAX_VALUE);
        names().subscribe(subscriber);
        awaitSize(subscriber.items(), 1);
        coordinator.close();
        await().atMost(SOON).until(subscriber::isCompleted);
        assertThat(subscriber.error()).isNull();
    }

    @Test
    void shouldRefuseADemandThatIsNotPositive() {
        final CollectingSubscriber<List<String>> subscriber = new CollectingSubscriber<>(0);
        names().subscribe(subscriber);
        await().atMost(SOON).until(() -> subscriber.error() != null);
        assertThat(subscriber.error()).isInstanceOf(IllegalArgumentException.class);
    }
}
