// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.cleat.Database;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.Session;
import io.cleat.TransactionLostException;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transactions, snapshots and exclusive access are lost with their coordinator, which is killed and started again. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TransactionLossTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    Path folder;

    @Test
    void shouldFailTheBlockAndLetItBeRepeatedWhenATransactionIsLost() throws Exception {
        final Place place = Place.in(folder, "lost");
        try (ChildJvm first = place.serve();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            final List<ChildJvm> second = new ArrayList<>();
            try {
                assertThatThrownBy(() -> database.transaction(transaction -> {
                            transaction.update("INSERT INTO t VALUES(1)");
                            first.kill();
                            second.add(place.serve());
                            return transaction.update("INSERT INTO t VALUES(2)");
                        }))
                        .asInstanceOf(type(TransactionLostException.class))
                        .satisfies(e -> assertThat(e.getSuppressed()).isEmpty())
                        .extracting(RequestException::outcome)
                        .isEqualTo(Outcome.NOT_APPLIED);
                final Boolean inserted = database.transaction(transaction -> {
                    transaction.update("INSERT INTO t VALUES(3)");
                    return true;
                });
                assertThat(inserted).isTrue();
                assertThat(database.query("SELECT a FROM t", row -> row.getLong(0)))
                        .containsExactly(3L);
            } finally {
                second.forEach(ChildJvm::close);
            }
        }
    }

    @Test
    void shouldDecideEachCommitWhenCoordinatorsAreKilled() throws Exception {
        final Place place = Place.in(folder, "commits");
        final ExecutorService pool = Executors.newSingleThreadExecutor();
        try (ChildJvm first = place.serve();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            final AtomicBoolean over = new AtomicBoolean();
            final AtomicInteger done = new AtomicInteger();
            final Future<Integer> lostCount = pool.submit(() -> {
                int lost = 0;
                while (!over.get()) {
                    try {
                        final int value = done.get();
                        database.transaction(transaction -> transaction.update("INSERT INTO t VALUES(?)", value));
                        done.incrementAndGet();
                    } catch (TransactionLostException e) {
                        // Nothing of it is left: once more.
                        assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED);
                        lost++;
                    }
                }
                return lost;
            });
            final List<ChildJvm> coordinators = new ArrayList<>(List.of(first));
            try {
                for (int round = 0; round < 3; round++) {
                    Survivor.awaitAtLeast(done, done.get() + 50);
                    replace(place, coordinators);
                }
                Survivor.awaitAtLeast(done, done.get() + 50);
                over.set(true);
                assertThat(lostCount.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isLessThanOrEqualTo(3);
                assertThat(database.query("SELECT a FROM t ORDER BY a", row -> row.getInt(0)))
                        .isEqualTo(IntStream.range(0, done.get()).boxed().toList());
            } finally {
                coordinators.forEach(ChildJvm::close);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void shouldFailTheBlockWhenItSwallowsTheLoss() throws Exception {
        final Place place = Place.in(folder, "swallow");
        try (ChildJvm first = place.serve();
                Database database = place.open();
                Session session = database.openSession()) {
            database.update("CREATE TABLE t(a)");
            session.begin();
            session.update("INSERT INTO t VALUES(1)");
            first.kill();
            try (ChildJvm second = place.serve()) {
                // Nothing was asked since: the COMMIT itself says it.
                assertThatThrownBy(session::commit).isInstanceOf(TransactionLostException.class);
                session.rollback();
                session.begin();
                session.update("INSERT INTO t VALUES(2)");
                session.commit();
                final long startNs = System.nanoTime();
                assertThatThrownBy(() -> database.transaction(transaction -> {
                            transaction.update("INSERT INTO t VALUES(3)");
                            second.kill();
                            try (ChildJvm third = place.serve()) {
                                assertThatThrownBy(() -> transaction.queryLong("SELECT 1"))
                                        .isInstanceOf(TransactionLostException.class);
                                assertThat(third.isAlive()).isTrue();
                            }
                            return true;
                        }))
                        .as("the rollback waits for nobody")
                        .isInstanceOf(TransactionLostException.class);
                assertThat((System.nanoTime() - startNs) / 1_000_000_000).isLessThan(40);
            }
            try (ChildJvm fourth = place.serve()) {
                assertThat(database.query("SELECT a FROM t", row -> row.getLong(0)))
                        .containsExactly(2L);
                assertThat(session.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
                assertThat(fourth.isAlive()).isTrue();
            }
        }
    }

    @Test
    void shouldLoseSnapshotsAndExclusiveAccessWhenTheCoordinatorIsKilled() throws Exception {
        final Place place = Place.in(folder, "other");
        try (Database database = Survivor.of(place);
                ChildJvm first = place.serve()) {
            final List<ChildJvm> next = new ArrayList<>(List.of(first));
            try {
                assertThatThrownBy(() -> database.snapshot(reads -> {
                            reads.queryLong("SELECT count(*) FROM t");
                            replace(place, next);
                            return reads.queryLong("SELECT count(*) FROM t");
                        }))
                        .isInstanceOf(TransactionLostException.class);
                assertThatThrownBy(() -> database.exclusively(alone -> {
                            alone.update("INSERT INTO t VALUES(1, 1)");
                            replace(place, next);
                            // Not alone any more, it must not go on as if it were.
                            assertThatThrownBy(() -> alone.inTransaction(
                                            transaction -> transaction.update("INSERT INTO t VALUES(4, 4)")))
                                    .isInstanceOf(TransactionLostException.class);
                            assertThatThrownBy(() -> alone.inTransaction(
                                            transaction -> transaction.update("INSERT INTO t VALUES(5, 5)")))
                                    .isInstanceOf(TransactionLostException.class);
                            return alone.update("INSERT INTO t VALUES(2, 2)");
                        }))
                        .asInstanceOf(type(TransactionLostException.class))
                        .satisfies(e -> assertThat(e.getSuppressed()).isEmpty());
                assertThat(database.query("SELECT a FROM t", row -> row.getLong(0)))
                        .containsExactly(1L);
                database.update("INSERT INTO t VALUES(3, 3)");
            } finally {
                next.forEach(ChildJvm::close);
            }
        }
    }

    private static void replace(Place place, List<ChildJvm> coordinators) {
        coordinators.get(coordinators.size() - 1).kill();
        coordinators.add(place.serve());
    }
}
