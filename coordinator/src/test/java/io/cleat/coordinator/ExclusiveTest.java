// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Session;
import io.cleat.SqlOperations;
import io.cleat.status.StatusFile;
import io.cleat.status.SystemCounter;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The write turn without a transaction. Acceptance: E3. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ExclusiveTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Place place;
    private Coordinator coordinator;
    private Database database;
    private StatusFile status;

    @BeforeEach
    void open() {
        place = Place.in(folder, "exclusive");
        coordinator = Coordinator.launch(place.coordinator().transactionLeaseNs(TimeUnit.SECONDS.toNanos(1)));
        database = place.open();
        database.update("CREATE TABLE t(a)");
        status = StatusFile.openReadOnly(place.folder().resolve("status.dat"));
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    private List<Long> rows() {
        return database.query("SELECT a FROM t ORDER BY a", row -> row.getLong(0));
    }

    /** E3: others that write wait, here and in another process; others that read do not. */
    @Test
    void shouldMakeOthersWaitAndLetTheHolderRunTransactions() {
        try (ChildJvm other = place.attach()) {
            final CompletableFuture<Integer> transaction = database.withLease(PATIENCE)
                    .exclusively(exclusive -> {
                        exclusive.update("INSERT INTO t VALUES(1)");
                        final long before = waits();
                        final CompletableFuture<Integer> waiting = OtherThread.call(() -> database.transaction(
                                tx -> (int) tx.update("INSERT INTO t VALUES(9)").changeCount()));
                        other.send("slow 300 INSERT INTO t VALUES(8) RETURNING a");
                        assertThat(other.awaitLine("ERR")).contains("CallTimeoutException");
                        await().atMost(PATIENCE).until(() -> waits() >= before + 2);
                        other.send("long SELECT count(*) FROM t");
                        assertThat(other.awaitLine("OK")).startsWith("1 ");
                        exclusive.inTransaction(tx -> {
                            tx.update("INSERT INTO t VALUES(2)");
                            database.update("INSERT INTO t VALUES(3)");
                            assertThat(OtherThread.call(this::rows).join()).containsExactly(1L);
                        });
                        // Committed by itself: visible to others before the end.
                        assertThat(OtherThread.call(this::rows).join()).containsExactly(1L, 2L, 3L);
                        database.inTransaction(tx -> tx.update("INSERT INTO t VALUES(4)"));
                        assertThat(database.updateAsync("INSERT INTO t VALUES(5)")
                                        .join()
                                        .changeCount())
                                .isEqualTo(1);
                        assertThat(waiting).isNotDone();
                        return waiting;
                    });
            assertThat(transaction.join()).isEqualTo(1);
            other.send("INSERT INTO t VALUES(10)");
            other.awaitLine("OK");
        }
        assertThat(rows()).containsExactly(1L, 2L, 3L, 4L, 5L, 9L, 10L);
    }

    private long waits() {
        return status.counters().value(SystemCounter.WRITE_TURN_WAITS);
    }

    @Test
    void shouldWaitItsTurnWithADeadlineWhenATransactionIsOpen() {
        try (Session holder = database.openSession()) {
            holder.begin(PATIENCE);
            assertThatThrownBy(
                            () -> database.withTimeout(Duration.ofMillis(200)).exclusively(exclusive -> 1))
                    .isInstanceOfSatisfying(CleatException.class, e -> assertThat(e.code())
                            .isIn(ErrorCode.DEADLINE_EXCEEDED, ErrorCode.TIMEOUT));
            final long before = waits();
            final CompletableFuture<Long> waiting = OtherThread.call(
                    () -> database.exclusively(exclusive -> exclusive.queryLong("SELECT count(*) FROM t")));
            await().atMost(PATIENCE).until(() -> waits() > before);
            assertThat(waiting).isNotDone();
            holder.update("INSERT INTO t VALUES(1)");
            holder.commit();
            assertThat(waiting.join()).isEqualTo(1);
        }
    }

    @Test
    void shouldGiveTheTurnBackWhenTheBlockThrows() {
        final IllegalStateException mine = new IllegalStateException("mine");
        final AtomicReference<SqlOperations> kept = new AtomicReference<>();
        assertThat(catchThrowable(() -> database.exclusively(exclusive -> {
                    kept.set(exclusive);
                    exclusive.update("INSERT INTO t VALUES(1)");
                    throw mine;
                })))
                .isSameAs(mine)
                .hasNoSuppressedExceptions();
        assertThat(OtherThread.call(() -> database.update("INSERT INTO t VALUES(2)"))
                        .join()
                        .changeCount())
                .isEqualTo(1);
        // Nothing is undone: each statement was committed by itself.
        assertThat(rows()).containsExactly(1L, 2L);
        assertThatThrownBy(() -> Objects.requireNonNull(kept.get()).update("INSERT INTO t VALUES(3)"))
                .hasMessageContaining("has ended")
                .hasMessageContaining("mine");
    }

    @Test
    void shouldRollBackAndGiveBackWhenTheBlockLeavesATransactionOpen() {
        try (Session session = database.openSession()) {
            session.exclusively(exclusive -> {
                session.begin();
                exclusive.update("INSERT INTO t VALUES(1)");
                return 1;
            });
            assertThat(session.isInTransaction()).isFalse();
            assertThat(OtherThread.call(() -> database.update("INSERT INTO t VALUES(2)"))
                            .join()
                            .changeCount())
                    .isEqualTo(1);
        }
        assertThat(rows()).containsExactly(2L);
    }

    @Test
    void shouldJustRunWhenAccessIsExclusiveAlready() {
        final int value = database.exclusively(outer -> outer.exclusively(inner -> {
            inner.update("INSERT INTO t VALUES(1)");
            return database.exclusively(innermost -> 7);
        }));
        assertThat(value).isEqualTo(7);
        assertThat(OtherThread.call(() -> database.update("INSERT INTO t VALUES(2)"))
                        .join()
                        .changeCount())
                .isEqualTo(1);
    }

    @Test
    void shouldBeToldWhenItWasIdleAndOthersWaited() {
        assertThatThrownBy(() -> database.exclusively(exclusive -> {
                    exclusive.update("INSERT INTO t VALUES(1)");
                    OtherThread.call(() -> database.update("INSERT INTO t VALUES(2)"))
                            .join();
                    assertThatThrownBy(() -> exclusive.update("INSERT INTO t VALUES(3)"))
                            .hasMessageContaining("exclusive access was idle while others waited");
                    return 1;
                }))
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TRANSACTION_ENDED));
        assertThat(rows()).containsExactly(1L, 2L);
        assertThat(database.<Long, RuntimeException>exclusively(
                        exclusive -> exclusive.queryLong("SELECT count(*) FROM t")))
                .isEqualTo(2);
    }
}
