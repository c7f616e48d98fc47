// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import io.cleat.Database;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.Session;
import io.cleat.TransactionLostException;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a session whose transaction or exclusive access was lost with its coordinator: nothing, once it has ended that. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LostSessionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    Path folder;

    private final List<String> sent = new CopyOnWriteArrayList<>();

    private Database open(Place place) {
        final Database database = Database.open(place.client().debugLog(line -> {
            if (line.startsWith("sent ")) {
                sent.add(line);
            }
        }));
        database.update("CREATE TABLE t(a)");
        return database;
    }

    private void awaitSent(String what) {
        await().atMost(PATIENCE).until(() -> sent.stream().anyMatch(line -> line.contains(what)));
    }

    @Test
    void shouldRunLaterUpdatesOnceWhenACommitWasLostInTheirSessionBefore() throws Exception {
        shouldRunLaterUpdatesOnce(
                "commit",
                (database, coordinator) -> database.inTransaction(transaction -> {
                    transaction.update("INSERT INTO t VALUES(1)");
                    coordinator.suspend();
                }));
    }

    @Test
    void shouldRunLaterUpdatesOnceWhenExclusiveAccessWasLostInTheirSessionBefore() throws Exception {
        shouldRunLaterUpdatesOnce(
                "alone",
                (database, coordinator) -> database.exclusively(alone -> {
                    alone.inTransaction(transaction -> {
                        transaction.update("INSERT INTO t VALUES(1)");
                        coordinator.suspend();
                    });
                    return true;
                }));
    }

    /** After a block whose COMMIT the coordinator takes no more. */
    private void shouldRunLaterUpdatesOnce(String name, BiConsumer<Database, ChildJvm> block) throws Exception {
        final Place place = Place.in(folder, name);
        try (ChildJvm first = place.serve();
                Database database = open(place)) {
            final CompletableFuture<?> lost = CompletableFuture.runAsync(() -> block.accept(database, first));
            awaitSent("COMMIT");
            first.kill();
            try (ChildJvm second = place.serve()) {
                assertThatThrownBy(() -> lost.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOf(TransactionLostException.class);
                shouldRunAnUpdateInFlight(place, database, second);
            }
        }
    }

    private void shouldRunAnUpdateInFlight(Place place, Database database, ChildJvm coordinator) throws Exception {
        coordinator.suspend();
        final CompletableFuture<Long> update = CompletableFuture.supplyAsync(
                () -> database.update("INSERT INTO t VALUES(2)").changeCount());
        awaitSent("VALUES(2)");
        coordinator.kill();
        try (ChildJvm next = place.serve()) {
            assertThat(update.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(1);
            database.update("INSERT INTO t VALUES(3)");
            assertThat(database.query("SELECT a FROM t ORDER BY a", row -> row.getInt(0)))
                    .containsExactly(2, 3);
            assertThat(next.isAlive()).isTrue();
        }
    }

    @Test
    void shouldRefuseStatementsUntilRollbackWhenTheCommitWasLost() throws Exception {
        final Place place = Place.in(folder, "explicit");
        try (ChildJvm first = place.serve();
                Database database = open(place);
                Session session = database.openSession()) {
            session.begin();
            session.update("INSERT INTO t VALUES(1)");
            first.suspend();
            final CompletableFuture<Long> commit = CompletableFuture.supplyAsync(session::commit);
            awaitSent("COMMIT");
            first.kill();
            try (ChildJvm second = place.serve()) {
                assertThatThrownBy(() -> commit.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOf(TransactionLostException.class);
                assertThatThrownBy(() -> session.update("INSERT INTO t VALUES(2)"))
                        .asInstanceOf(type(TransactionLostException.class))
                        .extracting(RequestException::outcome)
                        .isEqualTo(Outcome.NOT_APPLIED);
                session.rollback();
                assertThat(session.update("INSERT INTO t VALUES(3)").changeCount())
                        .isEqualTo(1);
                assertThat(session.query("SELECT a FROM t", row -> row.getInt(0)))
                        .containsExactly(3);
                assertThat(second.isAlive()).isTrue();
            }
        }
    }
}
