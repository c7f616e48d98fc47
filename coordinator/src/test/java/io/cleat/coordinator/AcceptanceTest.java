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
import io.cleat.LiveSubscription;
import io.cleat.RemoteComputation;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.TableUpdate;
import io.cleat.UpdateKind;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One database, several JVMs: each line with the coordinator in this JVM and in another process. A is this JVM, B another one. What ends a
 * coordinator is in {@link ShutdownTest}, hooks in {@link SchemaTest}, forms of opening in {@link OpeningTest}.
 */
@ParameterizedClass
@EnumSource
@Timeout(value = 90, unit = TimeUnit.SECONDS)
@SuppressWarnings("NullAway.Init") // JUnit sets them, before each invocation
final class AcceptanceTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String COUNT = "SELECT count(*) FROM users";

    /** Where the coordinator is. */
    enum Home {
        HERE,
        APART
    }

    @TempDir
    static Path folder;

    private static Place place;
    private static AutoCloseable coordinator;
    private static ChildJvm jvmB;

    @Parameter
    Home home;

    private Database a;

    @BeforeParameterizedClassInvocation
    static void serve(Home home) {
        place = Place.in(folder.resolve(home.name()), "acceptance");
        coordinator = home == Home.APART ? place.serve() : Coordinator.launch(place.coordinator());
        jvmB = place.attach();
    }

    @AfterParameterizedClassInvocation
    static void stop() throws Exception {
        jvmB.close();
        if (coordinator instanceof ChildJvm process) {
            process.terminate();
            process.awaitExit(SOON);
        }
        coordinator.close();
    }

    @BeforeEach
    void attach() {
        a = place.open();
        a.script("DROP TABLE IF EXISTS users; CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
    }

    @AfterEach
    void detach() {
        a.close();
    }

    private List<String> names() {
        return a.query("SELECT name FROM users ORDER BY id", row -> row.getText(0));
    }

    private static LiveQuery<List<String>> liveNames(Database database) {
        return database.watch("SELECT name FROM users ORDER BY id", row -> row.getText(0));
    }

    private static <T> List<T> listen(LiveQuery<T> query) {
        final List<T> results = Collections.synchronizedList(new ArrayList<>());
        query.listen(results::add);
        awaitSize(results, 1);
        return results;
    }

    private static void awaitSize(List<?> list, int size) {
        await().atMost(SOON).untilAsserted(() -> assertThat(list).hasSizeGreaterThanOrEqualTo(size));
    }

    /** I1: an empty table. */
    @Test
    void shouldGetNothingWhenTheTableIsEmpty() {
        assertThat(names()).isEmpty();
        assertThat(a.queryFirst("SELECT name FROM users", row -> row.getText(0)))
                .isEmpty();
    }

    /** I3: nothing, then the row. */
    @Test
    void shouldTellNothingAndThenTheRowWhenOneIsInserted() {
        final List<Optional<String>> results =
                listen(a.watchFirst("SELECT name FROM users WHERE id=1", row -> row.getText(0)));
        a.update("INSERT INTO users VALUES(1, 'Ada')");
        awaitSize(results, 2);
        assertThat(results).containsExactly(Optional.empty(), Optional.of("Ada"));
    }

    /** I4: read once, cancelled, listened to again: within 2 s. */
    @Test
    void shouldTellAgainWhenReadOnceAndCancelledBefore() {
        final LiveQuery<List<String>> query = liveNames(a);
        for (int i = 0; i < 3; i++) {
            final List<List<String>> results = Collections.synchronizedList(new ArrayList<>());
            try (LiveSubscription subscription = query.listen(results::add)) {
                await().atMost(Duration.ofSeconds(2)).until(() -> subscription.isActive() && !results.isEmpty());
            }
        }
    }

    /** I5, I6, I11: a block that ends, an empty one, and one that throws. */
    @Test
    void shouldKeepWhatABlockDidUnlessItThrows() {
        a.inTransaction(transaction -> {});
        final IllegalStateException mine = new IllegalStateException("mine");
        assertThatThrownBy(() -> a.inTransaction(transaction -> {
                    transaction.update("INSERT INTO users VALUES(1, 'undone')");
                    throw mine;
                }))
                .isSameAs(mine);
        assertThat(names()).isEmpty();
        a.inTransaction(transaction -> transaction.update("INSERT INTO users VALUES(1, 'kept')"));
        assertThat(names()).containsExactly("kept");
    }

    /** I9: closed is closed, at once. */
    @Test
    void shouldFailAtOnceWhenClosed() {
        a.close();
        final long startNs = System.nanoTime();
        assertThatThrownBy(() -> a.update("INSERT INTO users VALUES(1, 'late')"))
                .isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> a.queryLong(COUNT)).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> a.inTransaction(transaction -> {})).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> liveNames(a).listen(names -> {})).isInstanceOf(ClosedException.class);
        assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(5));
    }

    /** I10: each select shows the change before it. */
    @Test
    void shouldShowEachChangeWhenSelectedInBetween() {
        assertThat(a.update("INSERT INTO users VALUES(1, 'Ada')").changeCount()).isEqualTo(1);
        assertThat(names()).containsExactly("Ada");
        assertThat(a.update("UPDATE users SET name='Grace' WHERE id=1").changeCount())
                .isEqualTo(1);
        assertThat(names()).containsExactly("Grace");
        assertThat(a.update("DELETE FROM users").changeCount()).isEqualTo(1);
        assertThat(names()).isEmpty();
        a.batch(batch -> batch.add("INSERT INTO users VALUES(?, ?)", 1, "Edsger")
                .add("INSERT INTO users VALUES(?, ?)", 2, "Tony"));
        assertThat(names()).containsExactly("Edsger", "Tony");
    }

    /** I12: single quotes. */
    @Test
    void shouldKeepQuotesWhenTheyAreInTheText() {
        a.update("INSERT INTO users VALUES(1, 'O''Connor')");
        assertThat(names()).containsExactly("O'Connor");
        assertThat(a.queryLong("SELECT id FROM users WHERE name = ?", "O'Connor"))
                .isEqualTo(1);
    }

    /** I13: announced here, heard in B, once each. */
    @Test
    void shouldTellTheOtherJvmOnceWhenAnnouncedByHand() {
        jvmB.send("listen users");
        jvmB.awaitLine("OK");
        final int before = jvmB.output().size();
        a.announce(new TableUpdate("users", UpdateKind.UPDATE));
        a.announce(new TableUpdate("other", UpdateKind.UPDATE));
        a.announce(new TableUpdate("users", UpdateKind.DELETE));
        await().atMost(SOON).until(() -> jvmB.output().size() >= before + 2);
        jvmB.send("unlisten");
        jvmB.awaitLine("OK");
        assertThat(jvmB.output().subList(before, jvmB.output().size() - 1))
                .containsExactly("HEARD [users UPDATE]", "HEARD [users DELETE]");
    }

    /** I17: what B inserts. */
    @Test
    void shouldTellTheRowWhenTheOtherJvmInserts() {
        final List<List<String>> results = listen(liveNames(a));
        jvmB.send("INSERT INTO users VALUES(1, 'theirs')");
        jvmB.awaitLine("OK");
        awaitSize(results, 2);
        assertThat(results).containsExactly(List.of(), List.of("theirs"));
    }

    /** I18: what SQLite said, at the line that called; and it goes on. */
    @Test
    void shouldPointAtTheCallWhenTheTableIsMissing() {
        assertThatThrownBy(this::callOnAMissingTable)
                .isInstanceOf(SqlException.class)
                .hasMessageContaining("no such table: missing")
                .satisfies(e -> assertThat(e.getStackTrace())
                        .extracting(StackTraceElement::getMethodName)
                        .contains("callOnAMissingTable"));
        assertThat(names()).isEmpty();
    }

    private void callOnAMissingTable() {
        a.queryLong("SELECT id FROM missing");
    }

    /** Inserts, in whatever JVM it runs. */
    static final class InsertRows implements RemoteComputation<String, Long, RuntimeException> {
        @Override
        public Long compute(Database shared, String name) {
            return shared.batch(batch -> batch.add("INSERT INTO users(name) VALUES(?)", name)
                            .add("INSERT INTO users(name) VALUES(?)", name))
                    .changeCount();
        }
    }

    /** Inserts through a database that a worker was handed, in a thread or in a JVM of its own. */
    private static long insertRows(Database database, String name, boolean inNewJvm) {
        return inNewJvm
                ? database.computeInNewJvm(SOON, InsertRows.class, name)
                : database.<Long, RuntimeException>compute(shared -> new InsertRows().compute(shared, name));
    }

    /** I22, I23 and I24, and I25 for one that attaches lazily; with the coordinator here there is no other process at all. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellTheRowsWhenAWorkerInserts(boolean lazy) {
        try (Database database = lazy ? Database.lazy(place.client()) : place.open()) {
            for (boolean inNewJvm : new boolean[] {false, true}) {
                database.update("DELETE FROM users");
                final List<List<String>> results = listen(liveNames(database));
                assertThat(insertRows(database, "worker", inNewJvm)).isEqualTo(2);
                awaitSize(results, 2);
                assertThat(database.queryLong(COUNT)).as("it works on").isEqualTo(2);
                database.withLease(SOON).inTransaction(transaction -> {
                    transaction.update("INSERT INTO users(name) VALUES('mine')");
                    assertThat(insertRows(database, "nested", inNewJvm)).isEqualTo(2);
                    assertThat(transaction.queryLong(COUNT)).isEqualTo(5);
                    assertThat(OtherThread.call(() -> database.queryLong(COUNT)).join())
                            .isEqualTo(2);
                });
                awaitSize(results, 3);
                assertThat(results)
                        .containsExactly(
                                List.of(),
                                List.of("worker", "worker"),
                                List.of("worker", "worker", "mine", "nested", "nested"));
            }
        }
    }

    /** I29: within a JVM objects are handed over as they are; what would have to be sent and cannot be is named. */
    @Test
    void shouldHandObjectsOverAsTheyAreAndNameWhatCannotBeSent() {
        final Object notSerializable = new Object();
        assertThat(a.<Object, RuntimeException>compute(shared -> notSerializable))
                .isSameAs(notSerializable);
        assertThatThrownBy(() -> a.update("INSERT INTO users VALUES(1, ?)", notSerializable))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Object");
        assertThatThrownBy(() -> a.updateAsync("INSERT INTO users VALUES(1, ?)", Optional.of(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.util.Optional");
        // Nothing was sent, so nothing is broken.
        assertThat(names()).isEmpty();
    }

    /** I29: and who waits when the connection closes is told. */
    @Test
    void shouldFailPendingCallsWhenTheConnectionCloses() {
        try (Database holding = place.open();
                Session holder = holding.openSession()) {
            holder.begin(SOON);
            final CompletableFuture<?> pending = a.updateAsync("INSERT INTO users VALUES(1, 'late')");
            a.close();
            assertThatThrownBy(() -> pending.get(SOON.toMillis(), TimeUnit.MILLISECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
        }
    }

    /** E9: two other JVMs; one inserts, both see it. */
    @Test
    void shouldShowTheRowToBothJvmsWhenOneInserts() {
        try (ChildJvm jvmD = place.attach()) {
            jvmB.send("INSERT INTO users VALUES(1, 'b')");
            jvmB.awaitLine("OK");
            for (ChildJvm jvm : List.of(jvmB, jvmD)) {
                jvm.send("long " + COUNT);
                assertThat(jvm.awaitLine("OK")).startsWith("1 ");
            }
        }
    }
}
