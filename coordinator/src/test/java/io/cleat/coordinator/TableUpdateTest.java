// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.Batch;
import io.cleat.CleatException;
import io.cleat.ClosedException;
import io.cleat.Database;
import io.cleat.LiveSubscription;
import io.cleat.SqlException;
import io.cleat.StatementTables;
import io.cleat.TableUpdate;
import io.cleat.TableUpdates;
import io.cleat.UpdateKind;
import io.cleat.UpdateStream;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listening for table updates, against a real coordinator in this JVM. */
@Timeout(60)
final class TableUpdateTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private Place place;
    private Coordinator coordinator;
    private Database database;
    private final List<TableUpdates> events = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() {
        place = Place.in(folder, "updates");
        coordinator = Coordinator.launch(place.coordinator());
        database = place.open();
        database.script(
                "CREATE TABLE todos(id INTEGER PRIMARY KEY, title TEXT); CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);"
                        + "CREATE TABLE categories(id INTEGER PRIMARY KEY);"
                        + "CREATE VIEW names AS SELECT name FROM users");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    private void listen(UpdateStream stream) {
        stream.listen(events::add);
    }

    private void awaitEvents(int count) {
        await().atMost(SOON).untilAsserted(() -> assertThat(events).hasSizeGreaterThanOrEqualTo(count));
    }

    /** Everything announced before is behind us when this one has come. */
    private void assertNoMoreEventsThan(int count) {
        final CountDownLatch marked = new CountDownLatch(1);
        try (LiveSubscription marker = database.updates("marker").listen(event -> marked.countDown())) {
            database.announce(TableUpdate.any("marker"));
            assertThat(marked.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(marker.isActive()).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(events).hasSize(count);
    }

    /** S20: any change. */
    @Test
    void shouldTellOfEveryTableWhenNothingIsSelected() {
        listen(database.updates());
        database.update("INSERT INTO todos VALUES(1, 'a')");
        awaitEvents(1);
        database.update("INSERT INTO users VALUES(1, 'b')");
        awaitEvents(2);
        assertThat(events)
                .extracting(TableUpdates::tables)
                .containsExactly(
                        Set.of(new TableUpdate("todos", UpdateKind.INSERT)),
                        Set.of(new TableUpdate("users", UpdateKind.INSERT)));
    }

    /** S21: asynchronously, not inside the call. */
    @Test
    void shouldCallFromAnotherThreadWhenAChangeIsAnnounced() throws InterruptedException {
        final AtomicReference<Thread> caller = new AtomicReference<>();
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch announced = new CountDownLatch(1);
        database.updates("users").listen(event -> {
            caller.set(Thread.currentThread());
            try {
                // Ends only because the call that announces returns before this does.
                if (announced.await(20, TimeUnit.SECONDS)) {
                    inside.countDown();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        database.announce(TableUpdate.any("users"));
        announced.countDown();
        assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(caller.get()).isNotSameAs(Thread.currentThread());
    }

    /** S22: one table of several. */
    @Test
    void shouldTellOnceWhenOtherTablesChangeToo() {
        listen(database.updates("USERS"));
        database.update("INSERT INTO todos VALUES(1, 'a')");
        database.update("INSERT INTO users VALUES(1, 'b')");
        database.update("INSERT INTO categories VALUES(1)");
        awaitEvents(1);
        assertNoMoreEventsThan(1);
    }

    /** S23: one kind of several. */
    @Test
    void shouldTellOnceWhenAnotherKindIsAnnouncedToo() {
        listen(database.updates(new TableUpdate("users", UpdateKind.UPDATE)));
        database.announce(new TableUpdate("users", UpdateKind.UPDATE), new TableUpdate("users", UpdateKind.DELETE));
        awaitEvents(1);
        database.announce(new TableUpdate("users", UpdateKind.DELETE));
        assertNoMoreEventsThan(1);
        assertThat(events.get(0).tables()).containsExactly(new TableUpdate("users", UpdateKind.UPDATE));
        assertThat(events.get(0).manual()).isTrue();
    }

    /** S24: only what was asked for. */
    @Test
    void shouldHoldOnlyThePairsAskedForWhenMoreAreAnnounced() {
        listen(database.updates("users"));
        database.announce(new TableUpdate("todos", UpdateKind.INSERT), new TableUpdate("users", UpdateKind.INSERT));
        awaitEvents(1);
        assertThat(events.get(0).tables()).containsExactly(new TableUpdate("users", UpdateKind.INSERT));
    }

    /** I13: announced by hand, heard by another client. */
    @Test
    void shouldTellOtherClientsOnceWhenAnnouncedByHand() {
        try (Database other = place.open()) {
            other.updates("users").listen(events::add);
            database.announce(new TableUpdate("users", UpdateKind.UPDATE));
            awaitEvents(1);
            database.announce(new TableUpdate("todos", UpdateKind.UPDATE));
            other.announce(new TableUpdate("users", UpdateKind.DELETE));
            awaitEvents(2);
            assertThat(events).hasSize(2);
        }
    }

    /** I17, for updates: written by another JVM. */
    @Test
    void shouldTellWhenAnotherProcessWrites() {
        try (ChildJvm child = place.attach()) {
            listen(database.updates("users"));
            child.send("INSERT INTO users VALUES(1, 'b')");
            awaitEvents(1);
        }
        assertThat(events.get(0).tables()).containsExactly(new TableUpdate("users", UpdateKind.INSERT));
        assertThat(events.get(0).manual()).isFalse();
    }

    /** B2: declared tables of a batch. */
    @Test
    void shouldTellDeclaredTablesWhenABatchCommits() {
        listen(database.updates("todos", "elsewhere"));
        database.batch(batch -> batch.add("INSERT INTO todos VALUES(?, ?)", 1, "a")
                .announce(new TableUpdate("elsewhere", UpdateKind.UPDATE)));
        awaitEvents(1);
        assertThat(events.get(0).tables())
                .containsExactlyInAnyOrder(
                        new TableUpdate("todos", UpdateKind.INSERT), new TableUpdate("elsewhere", UpdateKind.UPDATE));
        assertNoMoreEventsThan(1);
    }

    /** B8: one announcement a batch. */
    @Test
    void shouldTellOnceWhenABatchTouchesTwoTables() {
        database.update("INSERT INTO todos VALUES(1, 'a')");
        database.update("INSERT INTO users VALUES(1, 'b')");
        listen(database.updates("todos", "users"));
        database.batch(batch -> batch.add("INSERT INTO todos VALUES(2, 'b')")
                .add("UPDATE todos SET title='c' WHERE id=?", 1)
                .add("UPDATE users SET name='c' WHERE id=?", 1)
                .add("DELETE FROM todos WHERE id=?", 2));
        awaitEvents(1);
        assertNoMoreEventsThan(1);
        assertThat(events.get(0).tables())
                .containsExactlyInAnyOrder(
                        new TableUpdate("todos", UpdateKind.INSERT),
                        new TableUpdate("todos", UpdateKind.UPDATE),
                        new TableUpdate("todos", UpdateKind.DELETE),
                        new TableUpdate("users", UpdateKind.UPDATE));
    }

    /** B2 and the transaction: with the commit, or not at all. */
    @Test
    void shouldTellWithTheCommitWhenAnnouncedInATransaction() {
        listen(database.updates("users"));
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    transaction.announce(TableUpdate.any("users"));
                    throw new IllegalStateException("undone");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertNoMoreEventsThan(0);
        database.inTransaction(transaction -> {
            transaction.announce(new TableUpdate("users", UpdateKind.DELETE));
            transaction.update("INSERT INTO users VALUES(7, 'g')");
        });
        awaitEvents(1);
        assertNoMoreEventsThan(1);
        assertThat(events.get(0).tables())
                .containsExactlyInAnyOrder(
                        new TableUpdate("users", UpdateKind.INSERT), new TableUpdate("users", UpdateKind.DELETE));
    }

    /** S3: through another name. */
    @Test
    void shouldTellOfTheTablesBehindAQueryWhenTheyChange() {
        listen(database.updatesOfQuery("SELECT n.name FROM names AS n"));
        database.update("INSERT INTO todos VALUES(1, 'a')");
        database.update("INSERT INTO users VALUES(1, 'b')");
        awaitEvents(1);
        assertNoMoreEventsThan(1);
        assertThat(events.get(0).touches("users")).isTrue();
    }

    @Test
    void shouldFollowTheViewWhenItIsMadeAnew() {
        listen(database.updatesOfQuery("SELECT * FROM names"));
        database.script("DROP VIEW names; CREATE VIEW names AS SELECT title FROM todos");
        await().atMost(SOON).until(() -> events.stream().anyMatch(TableUpdates::anything));
        database.update("INSERT INTO todos VALUES(1, 'a')");
        await().atMost(SOON).until(() -> events.stream()
                .anyMatch(event -> event.tables().contains(new TableUpdate("todos", UpdateKind.INSERT))));
    }

    @Test
    void shouldRefuseToListenWhenTheQueryIsWrong() {
        assertThatThrownBy(
                        () -> database.updatesOfQuery("SELECT * FROM missing").listen(events::add))
                .isInstanceOf(SqlException.class)
                .hasMessageContaining("no such table: missing");
    }

    @Test
    void shouldDescribeAStatementWhenAsked() {
        final StatementTables tables = database.tablesOf("INSERT INTO todos(title) SELECT name FROM names");
        assertThat(tables.read()).contains("users");
        assertThat(tables.changed()).containsExactly(new TableUpdate("todos", UpdateKind.INSERT));
        assertThatThrownBy(() -> database.tablesOf("SELEC")).isInstanceOf(SqlException.class);
    }

    @Test
    void shouldTellInCommitOrderWhenManyCommit() {
        listen(database.updates("todos"));
        for (int i = 0; i < 500; i++) {
            database.update("INSERT INTO todos VALUES(?, 'x')", i);
        }
        awaitEvents(500);
        assertThat(events)
                .hasSize(500)
                .extracting(TableUpdates::commitSequence)
                .doesNotHaveDuplicates()
                .isSorted();
    }

    @Test
    void shouldGetOneThatStandsForAllWhenTheSubscriberDoesNotAsk() {
        final AtomicReference<Flow.Subscription> held = new AtomicReference<>();
        database.updates("todos").subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                held.set(subscription);
            }

            @Override
            public void onNext(TableUpdates item) {
                events.add(item);
            }

            @Override
            public void onError(Throwable throwable) {}

            @Override
            public void onComplete() {}
        });
        await().atMost(SOON).until(() -> held.get() != null);
        for (int i = 0; i < 1100; i++) {
            database.announce(TableUpdate.any("todos"));
        }
        assertThat(events).isEmpty();
        await().atMost(SOON).until(() -> {
            Objects.requireNonNull(held.get()).request(1);
            return events.stream().anyMatch(TableUpdates::anything);
        });
        assertThat(events).hasSizeLessThan(100);
        Objects.requireNonNull(held.get()).cancel();
    }

    @Test
    void shouldKeepUpdatesWhenPaused() {
        final LiveSubscription subscription = database.updates("todos").listen(events::add);
        subscription.pause();
        database.announce(TableUpdate.any("todos"));
        database.announce(TableUpdate.any("todos"));
        assertNoMoreEventsThan(0);
        subscription.resume();
        awaitEvents(2);
        subscription.close();
        database.announce(TableUpdate.any("todos"));
        assertNoMoreEventsThan(2);
    }

    @Test
    void shouldFailAtOnceWhenTheDatabaseIsClosed() {
        final UpdateStream stream = database.updates("users");
        final LiveSubscription subscription = stream.listen(events::add);
        database.close();
        assertThatThrownBy(() -> stream.listen(events::add)).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> database.announce(TableUpdate.any("users"))).isInstanceOf(ClosedException.class);
        assertThat(subscription.isActive()).isFalse();
        subscription.resume();
        subscription.close();
    }

    @Test
    void shouldRefuseWhenNoTableIsNamed() {
        assertThatThrownBy(() -> database.updates(List.<String>of().toArray(String[]::new)))
                .isInstanceOf(CleatException.class);
        assertThatThrownBy(() -> TableUpdate.any("")).isInstanceOf(CleatException.class);
    }

    @Test
    void shouldAnnounceAloneWhenTheBatchHasNoRows() {
        listen(database.updates("users"));
        assertThat(database.batch(new Batch().announce(TableUpdate.any("users")))
                        .rowCount())
                .isZero();
        awaitEvents(1);
        assertThat(events.get(0).tables()).hasSize(3);
    }
}
