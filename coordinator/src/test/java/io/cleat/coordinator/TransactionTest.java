// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.cleat.Batch;
import io.cleat.CallTimeoutException;
import io.cleat.CleatException;
import io.cleat.ClosedException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.RequestException;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.SqlOperations;
import io.cleat.SqlStatement;
import io.cleat.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A block that commits or rolls back, and what it is told when somebody else ends it. Acceptance: I5, I6, I11, T7, T8, T11, T14, E2. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TransactionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Place place;
    private Coordinator coordinator;
    private Database database;

    @BeforeEach
    void open() {
        place = Place.in(folder, "tx");
        coordinator = Coordinator.launch(
                place.coordinator().foreignKeys(true).transactionLeaseNs(TimeUnit.MILLISECONDS.toNanos(100)));
        database = place.open();
        database.script("CREATE TABLE t(a UNIQUE); CREATE TABLE parent(id INTEGER PRIMARY KEY);"
                + "CREATE TABLE child(p REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    private long count() {
        return database.queryLong("SELECT count(*) FROM t");
    }

    /** From another thread, so never in a block of this one. */
    private long countOutside() {
        return OtherThread.call(this::count).join();
    }

    /** I5, T11. */
    @Test
    void shouldCommitAndReturnTheValueWhenTheBlockEnds() {
        final int value = database.transaction(transaction -> {
            transaction.update("INSERT INTO t VALUES(1)");
            assertThat(countOutside()).isZero();
            return 1;
        });
        assertThat(value).isEqualTo(1);
        assertThat(countOutside()).isEqualTo(1);
    }

    /** I6. */
    @Test
    void shouldEndWithoutErrorWhenTheBlockIsEmpty() {
        final String value = database.transaction(transaction -> "nothing");
        assertThat(value).isEqualTo("nothing");
        database.inTransaction(transaction -> {});
        assertThat(database.update("INSERT INTO t VALUES(1)").changeCount()).isEqualTo(1);
    }

    /** I11, T8: the same exception, checked ones too. */
    @Test
    void shouldRollBackAndPassTheExceptionOnWhenTheBlockThrows() {
        final IOException checked = new IOException("mine");
        assertThat(catchThrowable(() -> database.inTransaction(transaction -> {
                    transaction.update("INSERT INTO t VALUES(1)");
                    throw checked;
                })))
                .isSameAs(checked)
                .hasNoSuppressedExceptions();
        final AssertionError error = new AssertionError("mine");
        assertThat(catchThrowable(() -> database.inTransaction(transaction -> {
                    transaction.update("INSERT INTO t VALUES(1)");
                    throw error;
                })))
                .isSameAs(error);
        assertThat(count()).isZero();
        assertThat(database.update("INSERT INTO t VALUES(1)").changeCount()).isEqualTo(1);
    }

    /** T7: whatever is called on the plain database by the thread of the block. */
    @Test
    void shouldJoinWhenThePlainDatabaseIsUsedInTheBlock() {
        final CompletableFuture<?>[] pending = new CompletableFuture<?>[2];
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    database.update("INSERT INTO t VALUES(1)");
                    database.batch(batch -> batch.add("INSERT INTO t VALUES(2)"));
                    database.script("INSERT INTO t VALUES(3); INSERT INTO t VALUES(4)");
                    database.withTimeout(PATIENCE).update("INSERT INTO t VALUES(5)");
                    database.inTransaction(nested -> database.update("INSERT INTO t VALUES(6)"));
                    pending[0] = database.updateAsync("INSERT INTO t VALUES(7)");
                    pending[1] = database.batchAsync(new Batch().add("INSERT INTO t VALUES(8)"));
                    assertThat(database.queryAsync("SELECT count(*) FROM t", row -> row.getLong(0))
                                    .join())
                            .containsExactly(8L);
                    assertThat(transaction.queryLong("SELECT count(*) FROM t")).isEqualTo(8);
                    assertThat(countOutside()).isZero();
                    throw new IllegalStateException("undo");
                }))
                .hasMessage("undo");
        assertThat(pending[0]).isCompleted();
        assertThat(pending[1]).isCompleted();
        assertThat(count()).isZero();
    }

    /** T7, on a session of the caller's own. */
    @Test
    void shouldJoinWhenTheBlockRunsOnASession() {
        try (Session session = database.openSession()) {
            assertThatThrownBy(() -> session.inTransaction(transaction -> {
                        database.update("INSERT INTO t VALUES(1)");
                        assertThat(session.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
                        throw new IllegalStateException("undo");
                    }))
                    .hasMessage("undo");
            session.begin();
            session.inTransaction(transaction -> database.update("INSERT INTO t VALUES(2)"));
            assertThat(session.isInTransaction()).isTrue();
            session.rollback();
        }
        assertThat(count()).isZero();
    }

    /** T14. */
    @Test
    void shouldRunInTheTransactionWhenWhatIsRunWasBuiltBefore() {
        final Batch batch = new Batch().add("INSERT INTO t VALUES(1)").add("UPDATE t SET a = 2 WHERE a = 1");
        final SqlOperations timed = database.withTimeout(PATIENCE);
        database.inTransaction(transaction -> {
            assertThat(database.batch(batch).changeCount()).isEqualTo(2);
            assertThat(timed.queryLong("SELECT a FROM t")).isEqualTo(2);
            assertThat(timed.update("DELETE FROM t").changeCount()).isEqualTo(1);
            transaction.rollback();
        });
        try (Session session = database.openSession();
                SqlStatement insert = session.prepare("INSERT INTO t VALUES(?)")) {
            session.inTransaction(transaction -> {
                assertThat(insert.bindLong(1, 7).update()).isEqualTo(1);
                transaction.rollback();
            });
        }
        assertThat(count()).isZero();
    }

    @Test
    void shouldSayWhoEndedItWhenAndWhyWhenUsedAfterItsEnd() {
        final Instant start = Instant.now();
        final AtomicReference<Transaction> kept = new AtomicReference<>();
        database.inTransaction(kept::set);
        assertThat(endOf(Objects.requireNonNull(kept.get()), start))
                .contains("by=its own block")
                .contains("why=it was committed");
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    kept.set(transaction);
                    throw new IllegalStateException("boom");
                }))
                .hasMessage("boom");
        assertThat(endOf(Objects.requireNonNull(kept.get()), start))
                .contains("by=its own block")
                .contains("why=it was rolled back because its block threw java.lang.IllegalStateException: boom");
        database.inTransaction(transaction -> {
            transaction.rollback();
            assertThat(endOf(transaction, start)).contains("by=its own block").contains("rollback()");
        });
    }

    private static String endOf(Transaction transaction, Instant start) {
        assertThat(transaction.isOpen()).isFalse();
        final CleatException failure = (CleatException) catchThrowable(() -> transaction.update("DELETE FROM t"));
        assertThat(failure.code()).isEqualTo(ErrorCode.TRANSACTION_ENDED);
        final Matcher at = Pattern.compile(" at=(\\S+Z) why=").matcher(failure.getMessage());
        assertThat(at.find()).as(failure.getMessage()).isTrue();
        assertThat(Instant.parse(at.group(1))).isBetween(start, Instant.now());
        return String.valueOf(failure.getMessage());
    }

    @Test
    void shouldSayThatTheCoordinatorEndedItWhenItWasIdleAndOthersWaited() {
        final Instant start = Instant.now();
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    transaction.update("INSERT INTO t VALUES('mine')");
                    // Waits, and gets the turn when our lease is over.
                    OtherThread.call(() -> database.update("INSERT INTO t VALUES('theirs')"))
                            .join();
                    assertThatThrownBy(() -> database.update("INSERT INTO t VALUES('more')"))
                            .isInstanceOfSatisfying(RequestException.class, e -> assertThat(e.code())
                                    .isEqualTo(ErrorCode.TRANSACTION_ENDED));
                    assertThat(endOf(transaction, start))
                            .contains("by=the coordinator")
                            .contains("was idle while others waited")
                            .contains("leaseMs=100");
                    // Gone on as if nothing had happened: it must not look like a success.
                }))
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TRANSACTION_ENDED))
                .hasMessageContaining("by=the coordinator");
        assertThat(database.query("SELECT a FROM t", row -> String.valueOf(row.getText(0))))
                .containsExactly("theirs");
        database.inTransaction(transaction -> transaction.update("INSERT INTO t VALUES('again')"));
        assertThat(count()).isEqualTo(2);
    }

    /** Also when a prepared statement was the one that was told. */
    @Test
    void shouldNotLookLikeASuccessWhenAPreparedStatementSawTheEndOfExclusiveAccess() {
        try (Session session = database.openSession();
                SqlStatement prepared = session.prepare("INSERT INTO t VALUES('mine')")) {
            assertThatThrownBy(() -> session.exclusively(operations -> {
                        OtherThread.call(() -> database.update("INSERT INTO t VALUES('theirs')"))
                                .join();
                        return catchThrowable(prepared::update);
                    }))
                    .isInstanceOfSatisfying(
                            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TRANSACTION_ENDED))
                    .hasMessageContaining("by=the coordinator");
        }
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void shouldKeepTheTurnWhenALongerLeaseWasAskedFor() {
        database.withLease(PATIENCE).inTransaction(transaction -> {
            transaction.update("INSERT INTO t VALUES(1)");
            assertThatThrownBy(() -> OtherThread.call(() ->
                                    database.withTimeout(Duration.ofMillis(500)).update("INSERT INTO t VALUES(2)"))
                            .join())
                    .hasRootCauseInstanceOf(CallTimeoutException.class);
            transaction.update("INSERT INTO t VALUES(3)");
        });
        assertThat(count()).isEqualTo(2);
        try (Session session = database.openSession()) {
            session.begin(PATIENCE);
            assertThatThrownBy(() -> OtherThread.call(() ->
                                    database.withTimeout(Duration.ofMillis(500)).update("INSERT INTO t VALUES(4)"))
                            .join())
                    .hasRootCauseInstanceOf(CallTimeoutException.class);
            assertThat(session.commit()).isPositive();
        }
    }

    /** E2: the rollback fails. */
    @Test
    void shouldSayWhenItWasClosedAndKeepBothCausesWhenTheRollbackFailsToo() {
        final Throwable thrown = catchThrowable(() -> database.inTransaction(transaction -> {
            database.close();
            assertThatThrownBy(() -> transaction.update("INSERT INTO t VALUES(1)"))
                    .isInstanceOf(ClosedException.class)
                    .hasMessageContaining("the database was closed")
                    .hasMessageContaining(" at=20");
            throw new IllegalStateException("mine");
        }));
        assertThat(thrown).isInstanceOf(IllegalStateException.class).hasMessage("mine");
        assertThat(thrown.getSuppressed()).hasSize(1);
        assertThat(thrown.getSuppressed()[0]).isInstanceOf(ClosedException.class);
    }

    /** E2. */
    @Test
    void shouldFreeTheTurnWhenCommitOrBeginFails() {
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    transaction.update("INSERT INTO t VALUES(1)");
                    transaction.update("INSERT INTO child VALUES(7)");
                }))
                .isInstanceOf(SqlException.class)
                .hasMessageContaining("FOREIGN KEY");
        assertThat(count()).isZero();
        assertThat(database.update("INSERT INTO t VALUES(1)").changeCount()).isEqualTo(1);
        try (Session holder = database.openSession()) {
            holder.begin(PATIENCE);
            assertThatThrownBy(
                            () -> database.withTimeout(Duration.ofMillis(200)).inTransaction(transaction -> {}))
                    .isInstanceOf(CallTimeoutException.class);
        }
        database.inTransaction(transaction -> transaction.update("INSERT INTO t VALUES(2)"));
        assertThat(count()).isEqualTo(2);
    }

    /** SQLite undoes the whole transaction by itself: the block is told, and the turn is free. */
    @Test
    void shouldFreeTheTurnWhenSqliteRollsBackByItself() {
        database.update("INSERT INTO t VALUES(1)");
        final Throwable thrown = catchThrowable(() -> database.inTransaction(transaction -> {
            transaction.update("INSERT INTO t VALUES(2)");
            assertThatThrownBy(() -> transaction.update("INSERT OR ROLLBACK INTO t VALUES(1)"))
                    .isInstanceOf(SqlException.class);
            transaction.update("INSERT INTO t VALUES(3)");
        }));
        assertThat(thrown)
                .isInstanceOf(CleatException.class)
                .hasMessageContaining("SQLite rolled the transaction back");
        assertThat(thrown).hasNoSuppressedExceptions();
        assertThat(database.update("INSERT INTO t VALUES(4)").changeCount()).isEqualTo(1);
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void shouldRefuseAtOnceWhenTheThreadWouldWaitForItself() {
        try (Session session = database.openSession();
                SqlStatement prepared = session.prepare("INSERT INTO t VALUES(1)")) {
            database.inTransaction(transaction -> {
                final long startNs = System.nanoTime();
                assertMisuse(session::begin, "would wait for itself");
                assertMisuse(() -> session.update("INSERT INTO t VALUES(1)"), "would wait for itself");
                assertMisuse(() -> session.script("INSERT INTO t VALUES(1)"), "would wait for itself");
                assertMisuse(() -> session.batch(b -> b.add("INSERT INTO t VALUES(1)")), "would wait for itself");
                assertMisuse(prepared::update, "would wait for itself");
                assertMisuse(() -> session.exclusively(operations -> 1), "would wait for itself");
                assertMisuse(() -> database.exclusively(operations -> 1), "exclusive access");
                assertThat(System.nanoTime() - startNs).isLessThan(PATIENCE.toNanos() / 2);
                // Reads of others wait for nobody.
                assertThat(session.queryLong("SELECT count(*) FROM t")).isZero();
                transaction.update("INSERT INTO t VALUES(2)");
            });
            assertThat(session.update("INSERT INTO t VALUES(3)").changeCount()).isEqualTo(1);
        }
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void shouldRefuseWhenAnotherThreadUsesTheTransaction() {
        database.inTransaction(transaction -> {
            assertThatThrownBy(() -> OtherThread.call(() -> transaction.update("INSERT INTO t VALUES(1)"))
                            .join())
                    .hasMessageContaining("thread that runs its block");
            assertThat(transaction.queryLong("SELECT count(*) FROM t")).isZero();
        });
    }

    private static void assertMisuse(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String text) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MISUSE))
                .hasMessageContaining(text);
    }
}
