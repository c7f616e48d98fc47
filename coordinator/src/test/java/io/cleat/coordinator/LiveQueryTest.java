// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.CleatException;
import io.cleat.ClosedException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.LiveQuery;
import io.cleat.LiveResult;
import io.cleat.LiveResults;
import io.cleat.LiveSubscription;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlStatement;
import io.cleat.TableUpdate;
import io.cleat.status.StatusFile;
import io.cleat.status.SystemCounter;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Live queries against a real coordinator in this JVM. A query with {@code random()} returns another row with each run, so its results count
 * the runs.
 */
@Timeout(60)
final class LiveQueryTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String RUNS = "SELECT count(*), random() FROM users";

    @TempDir
    Path folder;

    /** How often the coordinator was asked to run {@link #RUNS}. */
    private final AtomicInteger runCount = new AtomicInteger();

    private Place place;
    private Coordinator coordinator;
    private Database database;
    private StatusFile status;

    @BeforeEach
    void open() {
        place = Place.in(folder, "live");
        coordinator = Coordinator.launch(place.coordinator().interceptor(new RequestInterceptor() {
            @Override
            public void before(RequestDetails request) {
                if (request.kind().equals("EXECUTE") && request.sql().equals(RUNS)) {
                    runCount.incrementAndGet();
                }
            }
        }));
        database = place.open();
        status = StatusFile.open(place.folder().resolve("status.dat"));
        database.script("CREATE TABLE todos(id INTEGER PRIMARY KEY, title TEXT);"
                + "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    /** Each run a value of its own. */
    private LiveQuery<List<Long>> runs() {
        return database.watch(RUNS, row -> row.getLong(1));
    }

    private LiveQuery<List<String>> names() {
        return database.watch("SELECT name FROM users ORDER BY id", row -> row.getText(0));
    }

    private static void awaitSize(List<?> list, int size) {
        await().atMost(SOON).untilAsserted(() -> assertThat(list).hasSizeGreaterThanOrEqualTo(size));
    }

    private static <T> List<T> synchronizedList() {
        return Collections.synchronizedList(new ArrayList<>());
    }

    /** Whatever was touched before has run again, and was delivered, when a query that was touched after it has. */
    private void settle() {
        final List<Long> marks = synchronizedList();
        try (LiveSubscription marker = database.watch("SELECT count(*) FROM todos", row -> row.getLong(0))
                .listen(value -> marks.add(value.get(0)))) {
            awaitSize(marks, 1);
            database.update("INSERT INTO todos(title) VALUES('marker')");
            awaitSize(marks, 2);
            assertThat(marker.isActive()).isTrue();
        }
    }

    private long counter(SystemCounter counter) {
        return status.counters().value(counter);
    }

    /** S1, S15: no listener, no run. */
    @Test
    void shouldRunOnceWhenTheFirstListenerComes() {
        final LiveQuery<List<Long>> query = runs();
        final long before = counter(SystemCounter.REQUESTS);
        database.update("INSERT INTO users VALUES(1, 'a')");
        database.update("INSERT INTO users VALUES(2, 'a')");
        assertThat(counter(SystemCounter.REQUESTS)).isEqualTo(before + 2);
        final List<List<Long>> results = synchronizedList();
        query.listen(results::add);
        awaitSize(results, 1);
        settle();
        assertThat(results).hasSize(1);
        assertThat(runCount).hasValue(1);
    }

    /** R3: who does not listen is told nothing. */
    @Test
    void shouldSendNoUpdatesWhenNobodyListens() {
        names().listen(result -> {}).close();
        await().atMost(SOON).until(() -> {
            final long before = counter(SystemCounter.UPDATES_SENT);
            database.update("INSERT INTO users(name) VALUES('a')");
            return counter(SystemCounter.UPDATES_SENT) == before;
        });
        final long before = counter(SystemCounter.UPDATES_SENT);
        for (int i = 0; i < 100; i++) {
            database.update("INSERT INTO users(name) VALUES('a')");
        }
        assertThat(counter(SystemCounter.UPDATES_SENT)).isEqualTo(before);
    }

    /** S2: marked changed. */
    @Test
    void shouldRunAgainWhenItsTableIsAnnounced() {
        final List<List<Long>> results = synchronizedList();
        runs().listen(results::add);
        awaitSize(results, 1);
        database.announce(TableUpdate.any("users"));
        awaitSize(results, 2);
        settle();
        assertThat(results).hasSize(2);
    }

    /** S3: the alias is no other table. */
    @Test
    void shouldRunAgainWhenTheTableIsReadUnderAnAlias() {
        final List<List<Long>> results = synchronizedList();
        database.watch("SELECT random() FROM users AS u LIMIT 1", row -> row.getLong(0))
                .listen(results::add);
        awaitSize(results, 1);
        database.update("INSERT INTO users AS other VALUES(1, 'a')");
        awaitSize(results, 2);
    }

    /** S4: an equal query, a cached result. */
    @Test
    void shouldShareTheResultWhenAnEqualQueryIsListenedTo() {
        final List<List<Long>> first = synchronizedList();
        final List<List<Long>> second = synchronizedList();
        runs().listen(first::add);
        awaitSize(first, 1);
        runs().listen(second::add);
        awaitSize(second, 1);
        settle();
        assertThat(second).isEqualTo(first).hasSize(1);
    }

    /** S5: listened to again at once. */
    @Test
    void shouldReplayWhenListenedToAgainAtOnce() {
        final LiveQuery<List<Long>> query = runs();
        final List<List<Long>> results = synchronizedList();
        final LiveSubscription first = query.listen(results::add);
        awaitSize(results, 1);
        first.close();
        query.listen(results::add);
        awaitSize(results, 2);
        assertThat(results.get(1)).isEqualTo(results.get(0));
    }

    /** S6 and S7: paused and resumed. */
    @Test
    void shouldDeliverOnResumeOnlyWhenSomethingChanged() {
        final List<List<String>> results = synchronizedList();
        final LiveSubscription subscription = names().listen(results::add);
        awaitSize(results, 1);
        subscription.pause();
        subscription.resume();
        settle();
        assertThat(results).hasSize(1);
        subscription.pause();
        database.update("INSERT INTO users VALUES(1, 'a')");
        database.update("INSERT INTO users VALUES(2, 'b')");
        settle();
        assertThat(results).hasSize(1);
        subscription.resume();
        awaitSize(results, 2);
        settle();
        assertThat(results).containsExactly(List.of(), List.of("a", "b"));
    }

    /** S8: dropped, changed, listened to again; with and without an old listener. */
    @Test
    void shouldSeeTheNewDataWhenListenedToAfterAChange() {
        final List<List<String>> results = synchronizedList();
        final LiveSubscription first = names().listen(results::add);
        awaitSize(results, 1);
        first.close();
        database.update("INSERT INTO users VALUES(1, 'a')");
        final List<List<String>> later = synchronizedList();
        final LiveSubscription old = names().listen(later::add);
        awaitSize(later, 1);
        assertThat(later).containsExactly(List.of("a"));
        old.pause();
        database.update("INSERT INTO users VALUES(2, 'b')");
        final List<List<String>> last = synchronizedList();
        names().listen(last::add);
        awaitSize(last, 1);
        assertThat(last).containsExactly(List.of("a", "b"));
    }

    /** S9: two equal ones, one cancelled. */
    @Test
    void shouldGoOnWhenAnEqualQueryIsCancelled() {
        final List<List<Long>> results = synchronizedList();
        runs().listen(result -> {}).close();
        runs().listen(results::add);
        awaitSize(results, 1);
        database.update("INSERT INTO users VALUES(1, 'a')");
        awaitSize(results, 2);
    }

    /** S10: a permanent listener, and one that takes one value. */
    @Test
    void shouldRunOnceWhenASecondListenerTakesOneValue() {
        final LiveQuery<List<Long>> query = runs();
        final List<List<Long>> results = synchronizedList();
        query.listen(results::add);
        final CollectingSubscriber<List<Long>> one = new CollectingSubscriber<>(1);
        query.subscribe(one);
        awaitSize(results, 1);
        awaitSize(one.items(), 1);
        one.cancel();
        settle();
        assertThat(results).hasSize(1);
        assertThat(one.items().get(0).value()).isEqualTo(results.get(0));
    }

    /** S11: nobody listened for a while. */
    @Test
    void shouldRunAfreshWhenNobodyListenedForAWhile() {
        final LiveQuery<List<Long>> query = runs();
        final List<List<Long>> results = synchronizedList();
        query.listen(results::add).close();
        await().atMost(SOON).until(() -> {
            final int size = results.size();
            final LiveSubscription again = query.listen(results::add);
            awaitSize(results, size + 1);
            again.close();
            TimeUnit.MILLISECONDS.sleep(300); // the while
            return results.stream().distinct().count() > 1;
        });
    }

    /** S12: the error event, and it lives on. */
    @Test
    void shouldTellTheFailureAndGoOnWhenTheTableComesLater() {
        final List<CleatException> failures = synchronizedList();
        final List<List<String>> results = synchronizedList();
        database.watch("SELECT x FROM later", row -> row.getText(0)).listen(results::add, failures::add);
        awaitSize(failures, 1);
        assertThat(failures.get(0)).hasMessageContaining("no such table: later");
        database.script("CREATE TABLE later(x); INSERT INTO later VALUES('here')");
        awaitSize(results, 1);
        assertThat(results.get(0)).containsExactly("here");
        database.update("DROP TABLE later");
        awaitSize(failures, 2);
        database.script("CREATE TABLE later(x); INSERT INTO later VALUES('here')");
        awaitSize(results, 2);
        assertThat(failures).hasSize(2);
    }

    /** S12: at run time. */
    @Test
    void shouldTellTheFailureWhenTheQueryFailsAtARow() {
        final List<CleatException> failures = synchronizedList();
        final List<List<Long>> results = synchronizedList();
        database.update("INSERT INTO users VALUES(1, '{')");
        database.watch("SELECT json_extract(name, '$.a') FROM users", row -> row.getLong(0))
                .listen(results::add, failures::add);
        awaitSize(failures, 1);
        assertThat(failures.get(0).code()).isEqualTo(ErrorCode.SQL);
        database.update("UPDATE users SET name='{\"a\": 7}'");
        awaitSize(results, 1);
        assertThat(results.get(0)).containsExactly(7L);
    }

    /** S12: what writes is no live query. */
    @Test
    void shouldRefuseWhenTheStatementWrites() {
        final List<CleatException> failures = synchronizedList();
        database.watch("INSERT INTO users(name) VALUES('x') RETURNING id", row -> row.getLong(0))
                .listen(result -> {}, failures::add);
        awaitSize(failures, 1);
        assertThat(failures.get(0).code()).isEqualTo(ErrorCode.MISUSE);
        assertThat(database.queryLong("SELECT count(*) FROM users")).isZero();
    }

    /** S13: closed while paused. */
    @Test
    void shouldCompleteWhenTheDatabaseIsClosed() {
        final CollectingSubscriber<List<String>> subscriber = new CollectingSubscriber<>(Long.MAX_VALUE);
        final LiveQuery<List<String>> query = names();
        query.subscribe(subscriber);
        final LiveSubscription subscription = query.listen(result -> {});
        awaitSize(subscriber.items(), 1);
        subscription.pause();
        database.close();
        await().atMost(SOON).until(subscriber::isCompleted);
        assertThat(subscription.isActive()).isFalse();
        subscription.resume();
        subscription.pause();
        subscription.close();
        assertThatThrownBy(() -> query.listen(result -> {})).isInstanceOf(ClosedException.class);
    }

    /** S14: keys. */
    @Test
    void shouldHaveEqualKeysWhenSqlAndArgumentsAreEqual() {
        final Object key = database.watch("SELECT ?", row -> row.getLong(0), 1).key();
        assertThat(database.watchFirst("SELECT ?", row -> row.getText(0), 1).key())
                .isEqualTo(key)
                .hasSameHashCodeAs(key);
        assertThat(database.watch("SELECT ? ", row -> row.getLong(0), 1).key()).isNotEqualTo(key);
        assertThat(database.watch("SELECT ?", row -> row.getLong(0), 2).key()).isNotEqualTo(key);
        assertThat(database.watch("SELECT ?", row -> row.getLong(0), "1").key()).isNotEqualTo(key);
    }

    /** S16: a cancelled listener. */
    @Test
    void shouldNotRunWhenTheListenerIsCancelled() {
        final List<List<Long>> results = synchronizedList();
        final LiveSubscription subscription = runs().listen(results::add);
        awaitSize(results, 1);
        subscription.close();
        database.update("INSERT INTO users VALUES(1, 'a')");
        settle();
        assertThat(runCount).hasValue(1);
        assertThat(results).hasSize(1);
        final List<Long> values = synchronizedList();
        runs().listen(result -> values.add(result.get(0)));
        awaitSize(values, 1);
        assertThat(runCount).hasValue(2);
    }

    /** S25: broadcast, also of a single row. */
    @Test
    void shouldTellAllWhenASingleRowHasManyListeners() {
        final LiveQuery<Optional<String>> query =
                database.watchFirst("SELECT name FROM users WHERE id=?", row -> row.getText(0), 1);
        final List<List<Optional<String>>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            final List<Optional<String>> results = synchronizedList();
            all.add(results);
            query.listen(results::add);
        }
        all.forEach(results -> awaitSize(results, 1));
        database.update("INSERT INTO users VALUES(1, 'a')");
        all.forEach(results -> awaitSize(results, 2));
        assertThat(all).allSatisfy(results -> assertThat(results).containsExactly(Optional.empty(), Optional.of("a")));
    }

    /** I3: null, then the row. */
    @Test
    void shouldTellNothingAndThenTheRowWhenItIsInserted() {
        final List<Optional<String>> results = synchronizedList();
        database.watchFirst("SELECT name FROM users", row -> row.getText(0)).listen(results::add);
        awaitSize(results, 1);
        database.update("INSERT INTO users VALUES(1, 'a')");
        awaitSize(results, 2);
        database.update("INSERT INTO users VALUES(2, 'b')");
        settle();
        assertThat(results).containsExactly(Optional.empty(), Optional.of("a"));
    }

    /** I4: again and again. */
    @Test
    @Timeout(20)
    void shouldTellAgainWhenReadOnceAndCancelledBefore() {
        for (int i = 0; i < 20; i++) {
            final List<List<String>> results = synchronizedList();
            try (LiveSubscription subscription = names().listen(results::add)) {
                await().atMost(Duration.ofSeconds(2)).until(() -> !results.isEmpty() && subscription.isActive());
            }
        }
    }

    /** I17: another JVM inserts. */
    @Test
    void shouldTellTheRowWhenAnotherProcessInserts() {
        try (ChildJvm child = place.attach()) {
            final List<List<String>> results = synchronizedList();
            names().listen(results::add);
            awaitSize(results, 1);
            child.send("INSERT INTO users VALUES(1, 'theirs')");
            awaitSize(results, 2);
            assertThat(results).containsExactly(List.of(), List.of("theirs"));
        }
    }

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
