// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.cleat.CallTimeoutException;
import io.cleat.Cancellation;
import io.cleat.Cancellation.Fate;
import io.cleat.CancelledException;
import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.Stage;
import io.cleat.UpdateResult;
import io.cleat.status.StatusFile;
import io.cleat.status.SystemCounter;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that are given up by hand, at every stage, and who must not be hurt by it. Acceptance: E5. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class CancellationTest {
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    private static final String ENDLESS_WRITE =
            "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ATTEMPTS = 20;

    @TempDir
    Path folder;

    /** A coordinator, here or in another process, and a client of it. */
    private final class Fixture implements AutoCloseable {
        private final Runnable stop;
        final Database database;
        private final StatusFile status;

        Fixture(boolean here) {
            final Place place = Place.in(folder, "cancel");
            stop = here ? Coordinator.launch(place.coordinator())::close : place.serve()::close;
            database = place.open();
            database.update("CREATE TABLE t(a)");
            status = StatusFile.openReadOnly(place.folder().resolve("status.dat"));
        }

        long counted(SystemCounter counter) {
            return status.counters().value(counter);
        }

        void awaitMore(SystemCounter counter, long before) {
            await().atMost(PATIENCE).until(() -> counted(counter) > before);
        }

        @Override
        public void close() {
            database.close();
            stop.run();
        }
    }

    private static CancelledException cancelled(CompletableFuture<?> call) {
        final Throwable thrown = catchThrowable(call::join);
        assertThat(thrown).isInstanceOf(CompletionException.class);
        assertThat(thrown).cause().isInstanceOf(CancelledException.class);
        final CancelledException cancelled = (CancelledException) Objects.requireNonNull(thrown.getCause());
        assertThat(cancelled.code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(cancelled.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        return cancelled;
    }

    @Test
    void shouldWithdrawAWriteWhenItWaitsForTheTurn() throws Exception {
        try (Fixture fixture = new Fixture(true);
                Session holder = fixture.database.openSession()) {
            holder.begin(PATIENCE);
            final Cancellation cancellation = new Cancellation();
            final long before = fixture.counted(SystemCounter.WRITE_TURN_WAITS);
            final CompletableFuture<UpdateResult> write = OtherThread.call(
                    () -> fixture.database.cancellable(cancellation).update("INSERT INTO t VALUES(1)"));
            fixture.awaitMore(SystemCounter.WRITE_TURN_WAITS, before);
            assertThat(cancellation.cancel().get(60, TimeUnit.SECONDS)).containsExactly(Fate.NOT_STARTED);
            assertThat(cancelled(write).stage()).isEqualTo(Stage.NOT_STARTED);
            holder.commit();
            assertThat(fixture.database.queryLong("SELECT count(*) FROM t")).isZero();
            // It serves once.
            assertThat(cancellation.isCancelled()).isTrue();
            assertThat(cancellation.cancel().join()).isEmpty();
            assertThatThrownBy(() -> fixture.database.cancellable(cancellation).update("INSERT INTO t VALUES(1)"))
                    .isInstanceOfSatisfying(
                            CancelledException.class, e -> assertThat(e.stage()).isEqualTo(Stage.NOT_STARTED));
            assertThat(fixture.database.update("INSERT INTO t VALUES(2)").changeCount())
                    .isEqualTo(1);
        }
    }

    @Test
    void shouldInterruptAWriteWhenItRuns() throws Exception {
        try (Fixture fixture = new Fixture(true)) {
            interruptARunningWrite(fixture);
        }
    }

    @Test
    void shouldInterruptAWriteWhenItRunsInAnotherProcess() throws Exception {
        try (Fixture fixture = new Fixture(false)) {
            interruptARunningWrite(fixture);
            interruptARunningRead(fixture);
        }
    }

    /** It may be withdrawn before it runs, on a busy machine: tried until it was running. */
    private static void interruptARunningWrite(Fixture fixture) throws Exception {
        List<Fate> fates = List.of();
        for (int i = 0; i < ATTEMPTS && !fates.equals(List.of(Fate.INTERRUPTED)); i++) {
            final Cancellation cancellation = new Cancellation();
            final long before = fixture.counted(SystemCounter.REQUESTS);
            final CompletableFuture<UpdateResult> write = OtherThread.call(
                    () -> fixture.database.cancellable(cancellation).update(ENDLESS_WRITE));
            fixture.awaitMore(SystemCounter.REQUESTS, before);
            // Reads are served meanwhile.
            assertThat(fixture.database.queryLong("SELECT count(*) FROM t")).isEqualTo(i);
            fates = cancellation.cancel().get(60, TimeUnit.SECONDS);
            assertThat(cancelled(write).stage())
                    .isEqualTo(fates.equals(List.of(Fate.INTERRUPTED)) ? Stage.STARTED : Stage.NOT_STARTED);
            assertThat(fixture.database.update("INSERT INTO t VALUES(1)").changeCount())
                    .isEqualTo(1);
            assertThat(fixture.database.queryLong("SELECT count(*) FROM t")).isEqualTo(i + 1);
        }
        assertThat(fates).containsExactly(Fate.INTERRUPTED);
    }

    @Test
    void shouldInterruptAReadWhenItRuns() throws Exception {
        try (Fixture fixture = new Fixture(true)) {
            interruptARunningRead(fixture);
        }
    }

    private static void interruptARunningRead(Fixture fixture) throws Exception {
        for (int i = 0; i < 5; i++) {
            final Cancellation cancellation = new Cancellation();
            final long before =
                    fixture.counted(SystemCounter.READS_MOVED_TO_POOL) + fixture.counted(SystemCounter.READS_ON_POOL);
            final CompletableFuture<Long> read = OtherThread.call(
                    () -> fixture.database.cancellable(cancellation).queryLong(ENDLESS));
            await().atMost(PATIENCE)
                    .until(() -> fixture.counted(SystemCounter.READS_MOVED_TO_POOL)
                                    + fixture.counted(SystemCounter.READS_ON_POOL)
                            > before);
            assertThat(cancellation.cancel().get(60, TimeUnit.SECONDS)).containsExactly(Fate.INTERRUPTED);
            assertThat(cancelled(read).stage()).isEqualTo(Stage.STARTED);
            assertThat(fixture.database.queryLong("SELECT 7")).isEqualTo(7);
        }
    }

    /** The rows that have arrived are still given; then the cursor fails, or comes to its end when that had been sent. */
    @Test
    void shouldEndACursorWhenItsRowsAreStillComing() throws Exception {
        try (Fixture fixture = new Fixture(true)) {
            final Cancellation cancellation = new Cancellation();
            try (Rows rows = fixture.database
                    .cancellable(cancellation)
                    .rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")) {
                assertThat(rows.next()).isTrue();
                final CompletableFuture<List<Fate>> fates = cancellation.cancel();
                assertThatThrownBy(() -> {
                            while (rows.next()) {
                                assertThat(rows.getLong(0)).isPositive();
                            }
                        })
                        .isInstanceOf(CancelledException.class);
                assertThat(fates.get(60, TimeUnit.SECONDS)).containsExactly(Fate.INTERRUPTED);
            }
            final Cancellation late = new Cancellation();
            try (Rows rows = fixture.database.cancellable(late).rows("SELECT 1")) {
                assertThat(late.cancel().join()).doesNotContain(Fate.UNKNOWN);
                assertThat(rows.next()).isTrue();
                assertThat(rows.next()).isFalse();
            }
        }
    }

    /** Whenever the cancel comes: who is told that it was applied finds it, who is told otherwise does not. */
    @Test
    void shouldTellTheTruthWhenWritesAreCancelledAtAnyMoment() throws Exception {
        try (Fixture fixture = new Fixture(true)) {
            final AtomicInteger done = new AtomicInteger();
            int tooLate = 0;
            for (int i = 0; i < 300; i++) {
                final int number = i;
                final Cancellation cancellation = new Cancellation();
                final CompletableFuture<UpdateResult> write = OtherThread.call(() -> {
                    done.set(number);
                    return fixture.database.cancellable(cancellation).update("INSERT INTO t VALUES(?)", number);
                });
                final long endNs = System.nanoTime() + i % 30 * 2_000L;
                while (done.get() != number || System.nanoTime() - endNs < 0) {
                    Thread.onSpinWait();
                }
                final List<Fate> fates = cancellation.cancel().get(60, TimeUnit.SECONDS);
                final Throwable thrown = catchThrowable(write::join);
                final long rows = fixture.database.queryLong("SELECT count(*) FROM t WHERE a = ?", number);
                assertThat(rows)
                        .as("round %d fates %s thrown %s", i, fates, thrown)
                        .isEqualTo(thrown == null ? 1 : 0);
                if (thrown != null) {
                    cancelled(write);
                    assertThat(fates).doesNotContain(Fate.TOO_LATE, Fate.UNKNOWN);
                } else {
                    tooLate++;
                    assertThat(fates).doesNotContain(Fate.NOT_STARTED, Fate.INTERRUPTED, Fate.UNKNOWN);
                }
            }
            assertThat(fixture.database.queryLong("SELECT count(*) FROM t")).isEqualTo(tooLate);
        }
    }

    @Test
    void shouldNotRunTheBlockWhenItsBeginIsCancelled() throws Exception {
        try (Fixture fixture = new Fixture(true);
                Session holder = fixture.database.openSession()) {
            holder.begin(PATIENCE);
            final Cancellation cancellation = new Cancellation();
            final AtomicBoolean ran = new AtomicBoolean();
            final long before = fixture.counted(SystemCounter.WRITE_TURN_WAITS);
            final CompletableFuture<Integer> transaction = OtherThread.call(
                    () -> fixture.database.cancellable(cancellation).transaction(tx -> {
                        ran.set(true);
                        return 1;
                    }));
            fixture.awaitMore(SystemCounter.WRITE_TURN_WAITS, before);
            assertThat(cancellation.cancel().get(60, TimeUnit.SECONDS)).containsExactly(Fate.NOT_STARTED);
            cancelled(transaction);
            assertThat(ran).isFalse();
            holder.rollback();
            assertThat(fixture.database.update("INSERT INTO t VALUES(1)").changeCount())
                    .isEqualTo(1);
        }
    }

    @Test
    void shouldNotCommitWhenCancelledWhileTheBlockRuns() throws Exception {
        try (Fixture fixture = new Fixture(true)) {
            final Cancellation cancellation = new Cancellation();
            assertThatThrownBy(() -> fixture.database.cancellable(cancellation).inTransaction(tx -> {
                        tx.update("INSERT INTO t VALUES(1)");
                        assertThat(cancellation.cancel().join()).isEmpty();
                    }))
                    .isInstanceOf(CancelledException.class)
                    .hasNoSuppressedExceptions();
            assertThat(fixture.database.queryLong("SELECT count(*) FROM t")).isZero();
            assertThat(fixture.database.update("INSERT INTO t VALUES(1)").changeCount())
                    .isEqualTo(1);
        }
    }

    /** E5: the coordinator is told; else the later call of the same session would wait for the endless ones. */
    @Test
    void shouldReachTheCoordinatorWhenFuturesAreCancelled() throws Exception {
        try (Fixture fixture = new Fixture(true)) {
            final List<CompletableFuture<List<Long>>> reads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                reads.add(fixture.database.queryAsync(ENDLESS, row -> row.getLong(0)));
            }
            reads.forEach(read -> assertThat(read.cancel(true)).isTrue());
            reads.forEach(read -> assertThat(read).isCancelled());
            assertThat(fixture.database
                            .queryAsync("SELECT 7", row -> row.getLong(0))
                            .get(30, TimeUnit.SECONDS))
                    .containsExactly(7L);
            assertThat(fixture.counted(SystemCounter.CANCELLED)).isGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void shouldKeepOrDropTheStatementWhenAFutureIsCancelledWithOrWithoutInterrupt() throws Exception {
        try (Fixture fixture = new Fixture(true);
                Session holder = fixture.database.openSession()) {
            holder.begin(PATIENCE);
            final long before = fixture.counted(SystemCounter.WRITE_TURN_WAITS);
            final CompletableFuture<UpdateResult> dropped = fixture.database.updateAsync("INSERT INTO t VALUES(1)");
            final CompletableFuture<UpdateResult> kept = fixture.database.updateAsync("INSERT INTO t VALUES(2)");
            final CompletableFuture<UpdateResult> last = fixture.database.updateAsync("INSERT INTO t VALUES(3)");
            fixture.awaitMore(SystemCounter.WRITE_TURN_WAITS, before + 2);
            assertThat(dropped.cancel(true)).isTrue();
            assertThat(dropped.cancel(true)).isTrue();
            assertThat(kept.cancel(false)).isTrue();
            holder.commit();
            assertThat(last.get(60, TimeUnit.SECONDS).changeCount()).isEqualTo(1);
            assertThat(last.cancel(true)).isFalse();
            assertThat(fixture.database.query("SELECT a FROM t ORDER BY a", row -> row.getLong(0)))
                    .containsExactly(2L, 3L);
        }
    }

    /** A transaction of A is open, or B writes in groups, while C's reads and writes are cancelled all the time. */
    @Test
    void shouldHurtNobodyElseWhenCallsAreCancelledInALoop() throws Exception {
        final Place place = Place.in(folder, "cancel");
        try (Fixture fixture = new Fixture(true);
                Database a = place.open();
                Database b = place.open()) {
            fixture.database.update("CREATE TABLE u(a)");
            final AtomicBoolean stop = new AtomicBoolean();
            final CompletableFuture<Integer> transactions = OtherThread.call(() -> {
                int count = 0;
                while (!stop.get()) {
                    a.inTransaction(tx -> {
                        for (int i = 0; i < 20; i++) {
                            tx.update("INSERT INTO t VALUES('a')");
                            assertThat(tx.queryLong("SELECT count(*) FROM t WHERE a = 'a'") % 20)
                                    .isEqualTo((i + 1) % 20);
                        }
                    });
                    count += 20;
                }
                return count;
            });
            final CompletableFuture<Integer> groups = OtherThread.call(() -> {
                int count = 0;
                while (!stop.get()) {
                    final List<CompletableFuture<UpdateResult>> writes = new ArrayList<>();
                    for (int i = 0; i < 50; i++) {
                        writes.add(b.updateAsync("INSERT INTO t VALUES('b')"));
                    }
                    for (CompletableFuture<UpdateResult> write : writes) {
                        assertThat(write.get(60, TimeUnit.SECONDS).changeCount())
                                .isEqualTo(1);
                    }
                    count += 50;
                }
                return count;
            });
            final long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
            int interrupted = 0;
            for (int i = 0; System.nanoTime() - endNs < 0 || interrupted < 5; i++) {
                final Cancellation cancellation = new Cancellation();
                final String sql = i % 2 == 0 ? ENDLESS : ENDLESS_WRITE.replace("INTO t", "INTO u");
                final CompletableFuture<?> call = OtherThread.call(
                        () -> fixture.database.cancellable(cancellation).update(sql));
                final long pauseNs = System.nanoTime() + i % 7 * 300_000L;
                while (System.nanoTime() - pauseNs < 0) {
                    Thread.onSpinWait();
                }
                final List<Fate> fates = cancellation.cancel().get(60, TimeUnit.SECONDS);
                interrupted += fates.contains(Fate.INTERRUPTED) ? 1 : 0;
                cancelled(call);
            }
            stop.set(true);
            final int byA = transactions.get(60, TimeUnit.SECONDS);
            final int byB = groups.get(60, TimeUnit.SECONDS);
            assertThat(byA).isPositive();
            assertThat(byB).isPositive();
            assertThat(fixture.database.queryLong("SELECT count(*) FROM t WHERE a = 'a'"))
                    .isEqualTo(byA);
            assertThat(fixture.database.queryLong("SELECT count(*) FROM t WHERE a = 'b'"))
                    .isEqualTo(byB);
            assertThat(fixture.database.queryLong("SELECT count(*) FROM u")).isZero();
        }
    }

    @Test
    void shouldSayHowFarItCameWhenTheDeadlinePasses() throws Exception {
        final Place place = Place.in(folder, "cancel");
        try (Fixture fixture = new Fixture(false);
                ChildJvm holder = place.attach()) {
            holder.send("begin");
            holder.awaitLine("OK");
            assertThat(stage(() ->
                            fixture.database.withTimeout(Duration.ofMillis(300)).update("INSERT INTO t VALUES(1)")))
                    .isIn(Stage.NOT_STARTED, Stage.UNKNOWN);
            assertThat(stage(() ->
                            fixture.database.withTimeout(Duration.ofMillis(300)).queryLong(ENDLESS)))
                    .isIn(Stage.STARTED, Stage.UNKNOWN);
            holder.send("rollback");
            holder.awaitLine("OK");
        }
    }

    private static Stage stage(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        final CleatException thrown = (CleatException) catchThrowable(call);
        assertThat(thrown).isInstanceOf(CallTimeoutException.class);
        // On a busy machine the client's own word, which knows less, may come first.
        assertThat(thrown.code()).isIn(ErrorCode.DEADLINE_EXCEEDED, ErrorCode.TIMEOUT);
        final Stage stage = ((CallTimeoutException) thrown).stage();
        assertThat(stage == Stage.UNKNOWN).isEqualTo(thrown.code() == ErrorCode.TIMEOUT);
        return stage;
    }
}
