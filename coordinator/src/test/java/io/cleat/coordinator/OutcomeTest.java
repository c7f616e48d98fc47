// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.CallTimeoutException;
import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.RequestId;
import io.cleat.RequestOutcome;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.UpdateResult;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What became of a request, asked afterwards: by its client, by another one, after deaths of the coordinator and of the client. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class OutcomeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    /** It shares a commit with a statement that runs on after its deadline. */
    @Test
    void shouldKnowAWriteThatTimedOutWhenItIsAppliedLater() throws Exception {
        final Place place = Place.in(folder, "later");
        final Set<String> seen = ConcurrentHashMap.newKeySet();
        final RequestInterceptor interceptor = new RequestInterceptor() {
            @Override
            public void before(RequestDetails request) {
                seen.add(request.sql());
            }
        };
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database holding = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            holding.update("CREATE TABLE t(a)");
        }
        try (Coordinator coordinator = Coordinator.launch(place.coordinator().interceptor(interceptor));
                Database holding = place.open();
                Database database = place.open();
                Database running = place.open();
                Session holder = holding.openSession()) {
            assertThat(coordinator.isClosed()).isFalse();
            final String counting = counting(running, Duration.ofSeconds(10));
            holder.begin();
            final CompletableFuture<RequestId> late = CompletableFuture.supplyAsync(() -> idOf(
                    () -> database.withTimeout(Duration.ofSeconds(3)).update("INSERT INTO t VALUES(1)"),
                    Outcome.UNKNOWN));
            await().atMost(PATIENCE).until(() -> seen.contains("INSERT INTO t VALUES(1)"));
            final String slow = "INSERT INTO t " + counting;
            final CompletableFuture<UpdateResult> sharing = running.updateAsync(slow);
            await().atMost(PATIENCE).until(() -> seen.contains(slow));
            holder.commit();
            final RequestId id = late.get(60, TimeUnit.SECONDS);
            assertThat(holding.outcome(id).state()).isEqualTo(RequestOutcome.State.UNDECIDED);
            sharing.get(100, TimeUnit.SECONDS);
            await().atMost(PATIENCE).until(() -> database.outcome(id).state() != RequestOutcome.State.UNDECIDED);
            assertThat(database.outcome(id).isApplied()).isTrue();
            assertThat(holding.outcome(id).result().changeCount()).isEqualTo(1);
            assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(2);
        }
    }

    /** A query that takes about so long on this machine, at this moment. */
    private static String counting(Database database, Duration time) {
        final long rows = 1_000_000;
        final long startNs = System.nanoTime();
        database.queryLong(counting(rows));
        return counting(time.toNanos() * rows / (System.nanoTime() - startNs));
    }

    private static String counting(long rows) {
        return "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < " + rows
                + ") SELECT count(*) FROM n";
    }

    @Test
    void shouldKnowAWriteThatTimedOutBeforeItBegan() throws Exception {
        final Place place = Place.in(folder, "late");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open();
                Database other = place.open();
                ChildJvm holder = place.attach()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            holder.send("begin");
            holder.awaitLine("OK");
            // It waits for the turn until its deadline, and is not executed after that.
            final RequestId refused = idOf(
                    () -> database.withTimeout(Duration.ofMillis(200)).update("INSERT INTO t VALUES(1)"),
                    Outcome.NOT_APPLIED);
            assertThat(database.outcome(refused).state()).isEqualTo(RequestOutcome.State.NOT_APPLIED);
            assertThat(other.outcome(RequestId.parse(refused.toString())).state())
                    .isEqualTo(RequestOutcome.State.NOT_APPLIED);
            holder.send("commit");
            holder.awaitLine("OK");
            assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
        }
    }

    @Test
    void shouldBeUndecidedWhileItWaitsAndThenApplied() throws Exception {
        final Place place = Place.in(folder, "waits");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open();
                Database asking = place.open();
                ChildJvm holder = place.attach()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            holder.send("begin");
            holder.awaitLine("OK");
            final var waiting = database.updateAsync("INSERT INTO t VALUES(1)");
            // A client counts its requests from 1: the CREATE was the first.
            final RequestId id = new RequestId(database.clientId(), 2);
            assertThat(asking.outcome(id).state()).isEqualTo(RequestOutcome.State.UNDECIDED);
            holder.send("commit");
            holder.awaitLine("OK");
            waiting.get(60, TimeUnit.SECONDS);
            final RequestOutcome outcome = asking.outcome(id);
            assertThat(outcome.isApplied()).isTrue();
            assertThat(outcome.result().changeCount()).isEqualTo(1);
            assertThat(outcome.result().commitSequence())
                    .isEqualTo(waiting.get().commitSequence());
        }
    }

    @Test
    void shouldTellCountsAndRowsAfterTheCoordinatorWasKilled() throws Exception {
        final Place place = Place.in(folder, "rows");
        final RequestId insert;
        final RequestId failed;
        final Database database;
        try (ChildJvm coordinator = place.serve()) {
            database = place.open();
            database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE)");
            assertThat(database.query("INSERT INTO t(a) VALUES('x'), ('y') RETURNING id, a", row -> row.getText(1)))
                    .containsExactly("x", "y");
            insert = new RequestId(database.clientId(), 2);
            failed = idOf(() -> database.update("INSERT INTO t(a) VALUES('x')"), Outcome.NOT_APPLIED);
            coordinator.kill();
        }
        try (database;
                ChildJvm successor = place.serve()) {
            assertThat(successor.isAlive()).isTrue();
            final RequestOutcome outcome = database.outcome(insert);
            assertThat(outcome.isApplied()).isTrue();
            assertThat(outcome.result().changeCount()).isEqualTo(2);
            assertThat(outcome.result().lastRowId()).isIn(0L, 2L);
            assertThat(outcome.rows(row -> row.getLong(0) + row.getText(1))).containsExactly("1x", "2y");
            assertThat(database.outcome(failed).state()).isEqualTo(RequestOutcome.State.NOT_APPLIED);
            assertThatThrownBy(() -> database.outcome(failed).result()).isInstanceOf(CleatException.class);
        }
    }

    @Test
    void shouldComeBackAsTheSameClientWhenItHasAnIdentity() throws Exception {
        final Place place = Place.in(folder, "identity");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
            assertThat(coordinator.isClosed()).isFalse();
            final RequestId create;
            final long id;
            try (Database first = Database.open(place.client().identity("pricer"))) {
                id = first.clientId();
                create = new RequestId(id, (1L << 32) + 1);
                first.update("CREATE TABLE t(a)");
                assertThat(first.outcome(create).isApplied()).isTrue();
                assertThatThrownBy(() -> Database.open(place.client()
                                .connectTimeout(Duration.ofMillis(200))
                                .identity("pricer")))
                        .isInstanceOfSatisfying(
                                CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT))
                        .hasMessageContaining("pricer");
            }
            try (Database second = Database.open(place.client().identity("pricer"));
                    Database other = place.open()) {
                assertThat(second.clientId()).isEqualTo(id);
                assertThat(other.outcome(create).isApplied()).isTrue();
                assertThat(second.outcome(create).isApplied()).isTrue();
                // It never sent that one in its former life, and cannot any more.
                assertThat(other.outcome(new RequestId(id, (1L << 32) + 99)).state())
                        .isEqualTo(RequestOutcome.State.NOT_APPLIED);
                second.update("INSERT INTO t VALUES(1)");
                assertThat(second.outcome(new RequestId(id, create.sequence() + (1L << 32)))
                                .state())
                        .isNotEqualTo(RequestOutcome.State.FORGOTTEN);
            }
        }
    }

    @Test
    void shouldTellOfAKilledClientAndCoordinatorWhenTheIdentityIsTakenAgain() throws Exception {
        final Place place = Place.in(folder, "reborn");
        final long id;
        try (ChildJvm coordinator = place.serve();
                ChildJvm client = place.attach("identity")) {
            client.send("CREATE TABLE t(a)");
            client.awaitLine("OK");
            client.send("INSERT INTO t VALUES(7)");
            client.awaitLine("OK 1");
            client.kill();
            try (Database again = openAgain(place)) {
                id = again.clientId();
                assertThat(again.outcome(new RequestId(id, (1L << 32) + 2))
                                .result()
                                .changeCount())
                        .isEqualTo(1);
            }
            coordinator.kill();
        }
        try (ChildJvm successor = place.serve();
                Database again = openAgain(place)) {
            assertThat(successor.isAlive()).isTrue();
            assertThat(again.clientId()).isEqualTo(id);
            assertThat(again.outcome(new RequestId(id, (1L << 32) + 2)).isApplied())
                    .isTrue();
            assertThat(again.outcome(new RequestId(id, (1L << 32) + 3)).state())
                    .isEqualTo(RequestOutcome.State.NOT_APPLIED);
        }
    }

    @Test
    void shouldForgetWhatIsTooLongAgo() {
        final Place place = Place.in(folder, "old");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            for (int i = 0; i < 2_100; i++) {
                database.update("INSERT INTO t VALUES(?)", i);
            }
            assertThat(database.outcome(new RequestId(database.clientId(), 1)).state())
                    .isEqualTo(RequestOutcome.State.FORGOTTEN);
            assertThat(database.outcome(new RequestId(database.clientId(), 2_101))
                            .isApplied())
                    .isTrue();
        }
    }

    private static Database openAgain(Place place) {
        return Database.open(new ClientContext()
                .directory(place.directory())
                .name(place.name())
                .connectTimeout(PATIENCE)
                .identity("pricer"));
    }

    private static RequestId idOf(Runnable call, Outcome outcome) {
        try {
            call.run();
        } catch (CallTimeoutException | SqlException e) {
            final RequestException failure = e;
            assertThat(failure.outcome()).isEqualTo(outcome);
            return Objects.requireNonNull(failure.requestId());
        }
        throw new AssertionError("it did not fail");
    }
}
