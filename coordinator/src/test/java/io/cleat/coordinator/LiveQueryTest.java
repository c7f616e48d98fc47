// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.CleatException;
import io.cleat.ClosedException;
import io.cleat.ErrorCode;
import io.cleat.LiveQuery;
import io.cleat.LiveSubscription;
import io.cleat.TableUpdate;
import io.cleat.status.SystemCounter;
import io.cleat.testing.ChildJvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When live queries run, and what their listeners get. */
final class LiveQueryTest extends LiveQueryFixture {
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
        // The interval is the while.
        await().atMost(SOON).pollInterval(Duration.ofMillis(300)).until(() -> {
            final int size = results.size();
            final LiveSubscription again = query.listen(results::add);
            awaitSize(results, size + 1);
            again.close();
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
}
