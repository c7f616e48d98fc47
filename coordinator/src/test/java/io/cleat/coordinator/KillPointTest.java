// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ErrorCode;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.coordinator.sqlite.SqliteSettings;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.protocol.codec.Outcome;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The coordinator's process dies at a place that is known; its successor applies each write exactly once and says so. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class KillPointTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MAX_ROUNDS = 30_000;

    @TempDir
    Path folder;

    private final List<Throwable> errors = new ArrayList<>();

    /** Requests that are not answered, in the order sent: what each is. */
    private final Map<Long, String> waiting = new LinkedHashMap<>();

    private final List<Long> counts = new ArrayList<>();
    private long inserted;
    private long transactions;
    private long begun;

    /** Of the coordinators here; what another form of evidence has otherwise, its test overrides. */
    CoordinatorContext context(Place place) {
        return place.coordinator();
    }

    /** Of the coordinators in processes of their own. */
    List<String> options() {
        return List.of();
    }

    final void prepare(Place place) {
        try (Coordinator first = Coordinator.invoked(context(place));
                WireClient client = new WireClient(first)) {
            client.execute(0, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
            client.execute(0, "CREATE TABLE c(n, m)");
            client.execute(0, "INSERT INTO c VALUES(0, 0)");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BEFORE_EXECUTE:5",
                "AFTER_EXECUTE:5",
                "AFTER_EXECUTE:6",
                "BEFORE_INTENT:1",
                "BEFORE_INTENT:5",
                "BEFORE_INTENT:6",
                "BEFORE_COMMIT:1",
                "BEFORE_COMMIT:5",
                "BEFORE_COMMIT:6",
                "AFTER_COMMIT:1",
                "AFTER_COMMIT:5",
                "AFTER_COMMIT:6",
                "AFTER_COMMIT:7",
                "BEFORE_REPLY:5",
                "BEFORE_REPLY:6",
                "DURING_REPLY:7",
                "DURING_REPLY:8",
                "IN_CHECKPOINT:1",
                "IN_CHECKPOINT:2",
                "WHILE_PRUNING:1"
            })
    void shouldApplyEachWriteOnceWhenTheCoordinatorDies(String point) throws Exception {
        final Place place = Place.in(folder, "kill");
        prepare(place);
        final WireClient client = die(place, point);
        resumeAndCheck(place, client);
    }

    @Test
    void shouldApplyEachWriteOnceWhenTheSuccessorDiesTooWhileItTakesTheName() throws Exception {
        final Place place = Place.in(folder, "kill");
        prepare(place);
        final WireClient client = die(place, "AFTER_COMMIT:6");
        try (ChildJvm second = place.startDying("WHILE_TAKING_NAME", options().toArray(new String[0]))) {
            assertThat(second.awaitExit(PATIENCE)).isEqualTo(137);
        }
        resumeAndCheck(place, client);
    }

    @Test
    void shouldApplyEachWriteOnceWhenSuccessorAfterSuccessorDies() throws Exception {
        final Place place = Place.in(folder, "kill");
        prepare(place);
        WireClient client = die(place, "AFTER_COMMIT:6");
        for (final String point : List.of("BEFORE_COMMIT:4", "BEFORE_REPLY:3", "AFTER_COMMIT:3", "AFTER_EXECUTE:2")) {
            try (ChildJvm child = place.startDying(point, options().toArray(new String[0]))) {
                child.awaitLine(PATIENCE, line -> line.startsWith("READY"));
                client = client.resume(KillPointTest::pause);
                resendAll(client);
                work(client, child);
            }
        }
        resumeAndCheck(place, client);
    }

    /**
     * The first dies in COMMIT, while SQLite writes its last frame: the head, and perhaps a part of the page, the second makes a commit that writes nothing, and dies behind one that writes as much as
     * was left.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 100, 4095})
    void shouldApplyAWriteOnceWhenADeathHasLeftAPartOfAFrame(int pageBytes) throws Exception {
        final Place place = Place.in(folder, "kill");
        prepare(place);
        WireClient client;
        final long update;
        try (ChildJvm first = place.startDying("BEFORE_COMMIT:2", options().toArray(new String[0]))) {
            first.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            client = attach(place);
            client.execute(0, "UPDATE c SET m = m + 1");
            update = client.send(0, "UPDATE c SET n = n + 1");
            assertThat(first.awaitExit(PATIENCE)).isEqualTo(137);
        }
        TornLog.leaveFrame(place.file(), pageBytes);
        try (ChildJvm second = place.startDying("AFTER_COMMIT:2", options().toArray(new String[0]))) {
            second.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            client = client.resume(KillPointTest::pause);
            client.execute(0, "UPDATE c SET m = m + 1 WHERE n < 0");
            client.resend(update);
            assertThat(second.awaitExit(PATIENCE)).isEqualTo(137);
        }
        try (Coordinator third = Coordinator.invoked(context(place).errorHandler(errors::add))) {
            client = client.resume(third::doWork);
            assertThat(client.again(update).changeCount()).isEqualTo(1);
            assertThat(client.execute(5, "SELECT n, m FROM c").rows()).containsExactly(List.of(1L, 1L));
            client.close();
        }
        assertThat(errors).isEmpty();
    }

    @Test
    void shouldSayUnknownWhenSomebodyElseHasEmptiedTheLog() throws Exception {
        final Place place = Place.in(folder, "kill");
        prepare(place);
        WireClient client = die(place, "AFTER_COMMIT:6");
        SqliteDatabase.open(SqliteSettings.of(place.file())).close();
        try (Coordinator successor = Coordinator.invoked(context(place).errorHandler(errors::add))) {
            client = client.resume(successor::doWork);
            assertThat(errors).hasSize(1);
            assertThat(errors.get(0)).hasMessageContaining("cannot tell whether that happened");
            final List<Reply> unknown = new ArrayList<>();
            for (final long sequence : List.copyOf(waiting.keySet())) {
                if (!"other".equals(waiting.get(sequence))) {
                    unknown.add(client.again(sequence));
                }
            }
            assertThat(unknown)
                    .anyMatch(reply -> reply.outcome() == Outcome.UNKNOWN
                            && reply.errorCode() == ErrorCode.COORDINATOR_LOST.number());
            client.close();
        }
    }

    @Test
    void shouldKeepADatabaseInMemoryWhenItsCoordinatorDies() throws Exception {
        final Place place = new Place(folder.resolve("dir"), "memory", Path.of(CoordinatorContext.IN_MEMORY));
        final WireClient client;
        final long insert;
        try (ChildJvm child = place.startDying("BEFORE_REPLY:3", "inMemory")) {
            child.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            client = attach(place);
            client.execute(0, "CREATE TABLE t(a)");
            client.execute(0, "INSERT INTO t VALUES(1)");
            insert = client.send(0, "INSERT INTO t VALUES(2)");
            assertThat(child.awaitExit(PATIENCE)).isEqualTo(137);
        }
        assertThat(place.folder().resolve("memory.db")).isRegularFile();
        try (Coordinator successor = Coordinator.invoked(new CoordinatorContext("memory")
                .directory(place.directory())
                .databaseFile(CoordinatorContext.IN_MEMORY))) {
            final WireClient resumed = client.resume(successor::doWork);
            assertThat(resumed.again(insert).changeCount()).isEqualTo(1);
            assertThat(resumed.execute(0, "SELECT a FROM t").rows()).containsExactly(List.of(1L), List.of(2L));
            resumed.close();
        }
        assertThat(place.folder().resolve("memory.db")).doesNotExist();
    }

    private static void pause() {
        LockSupport.parkNanos(50_000);
    }

    private static WireClient attach(Place place) {
        return new WireClient(CleatDirectory.resolve(place.directory()), place.name(), KillPointTest::pause);
    }

    /** A coordinator serves until it dies; what it has answered was counted, what it has not is waiting. */
    final WireClient die(Place place, String point) {
        final List<String> options = new ArrayList<>(options());
        if (point.startsWith("WHILE_PRUNING")) {
            options.add("cycleBytes=65536");
        }
        try (ChildJvm child = place.startDying(point, options.toArray(new String[0]))) {
            child.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            final WireClient client = attach(place);
            work(client, child);
            return client;
        }
    }

    private void work(WireClient client, ChildJvm child) {
        for (int i = 0; i < MAX_ROUNDS && child.isAlive(); i++) {
            sendRound(client);
            while (!waiting.isEmpty() && child.isAlive()) {
                takeAnswers(client);
                pause();
            }
        }
        assertThat(child.awaitExit(PATIENCE)).isEqualTo(137);
        takeAnswers(client);
    }

    private void sendRound(WireClient client) {
        waiting.put(client.send(1, "UPDATE c SET n = n + 1 RETURNING n"), "count");
        waiting.put(client.send(0, "INSERT INTO t(v) VALUES(?)", "v"), "insert");
        begun = client.control(2, TransactionAction.BEGIN);
        waiting.put(begun, "other");
        waiting.put(client.send(2, "UPDATE c SET m = m + 1"), "other");
        waiting.put(client.control(2, TransactionAction.COMMIT), "commit");
    }

    private void takeAnswers(WireClient client) {
        client.poll();
        for (final long sequence : List.copyOf(waiting.keySet())) {
            if (client.replies.isComplete(sequence)) {
                take(waiting.remove(sequence), client.replies.take(sequence));
            }
        }
    }

    private void take(String what, Reply reply) {
        switch (what) {
            case "count" -> {
                assertThat(reply.message()).isEmpty();
                counts.add((Long) reply.rows().get(0).get(0));
            }
            case "insert" -> {
                assertThat(reply.message()).isEmpty();
                inserted++;
                assertThat(reply.lastRowId()).isEqualTo(inserted);
                assertThat(reply.changeCount()).isEqualTo(1);
            }
            case "commit" -> {
                if (reply.isFailure()) {
                    assertThat(reply.errorCode()).isEqualTo(ErrorCode.TRANSACTION_LOST.number());
                    assertThat(reply.outcome()).isEqualTo(Outcome.NOT_APPLIED);
                } else {
                    transactions++;
                }
            }
            default -> {
                if (reply.isFailure()) {
                    assertThat(reply.errorCode()).isEqualTo(ErrorCode.TRANSACTION_LOST.number());
                }
            }
        }
    }

    /** As a client does: a transaction whose BEGIN was answered is lost; all that waits is sent again. */
    private void resendAll(WireClient client) {
        final long commit = begun + 2;
        if (!waiting.containsKey(begun) && waiting.containsKey(commit)) {
            client.sessionLost(2, commit);
        }
        waiting.keySet().forEach(client::resend);
    }

    final void resumeAndCheck(Place place, WireClient former) {
        try (Coordinator successor = Coordinator.invoked(context(place).errorHandler(errors::add))) {
            final WireClient client = former.resume(successor::doWork);
            resendAll(client);
            client.await("all answers", () -> {
                takeAnswers(client);
                return waiting.isEmpty();
            });
            sendRound(client);
            client.await("another round", () -> {
                takeAnswers(client);
                return waiting.isEmpty();
            });
            assertThat(client.execute(5, "SELECT count(*) FROM t").rows()).containsExactly(List.of(inserted));
            assertThat(client.execute(5, "SELECT n, m FROM c").rows())
                    .containsExactly(List.of((long) counts.size(), transactions));
            for (int i = 0; i < counts.size(); i++) {
                assertThat(counts.get(i)).isEqualTo(i + 1L);
            }
            client.close();
        }
        assertThat(errors).isEmpty();
    }
}
