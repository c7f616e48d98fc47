// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.cleat.CallTimeoutException;
import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.RemoteComputation;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.testing.ChildJvm;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Work handed to another thread or JVM, in the caller's transaction where there is one. Acceptance: I22 to I25 (the rows; not streams). */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class ComputeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String COUNT = "SELECT count(*) FROM t";

    @TempDir
    Path folder;

    private Place place;
    private Coordinator coordinator;
    private Database database;

    @BeforeEach
    void open() {
        place = Place.in(folder, "compute");
        coordinator = Coordinator.launch(place.coordinator());
        // I25: attaches when first used.
        database = Database.lazy(place.client());
    }

    private void create() {
        database.update("CREATE TABLE t(a)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    private long countOutside() {
        return OtherThread.call(() -> database.queryLong(COUNT)).join();
    }

    /** I22, I23, I25. */
    @Test
    void shouldShareTheDatabaseWhenComputedInAThread() {
        final Thread caller = Thread.currentThread();
        final long inserted = database.compute(shared -> {
            assertThat(Thread.currentThread()).isNotSameAs(caller);
            shared.update("CREATE TABLE t(a)");
            return shared.batch(batch -> batch.add("INSERT INTO t VALUES(1)").add("INSERT INTO t VALUES(2)"))
                    .changeCount();
        });
        assertThat(inserted).isEqualTo(2);
        assertThat(database.queryLong(COUNT)).isEqualTo(2);
    }

    /** I24: no deadlock, and it stands or falls with the transaction; nested ones too. */
    @Test
    void shouldRunInTheTransactionWhenComputedInsideOfOne() {
        create();
        database.inTransaction(transaction -> {
            transaction.update("INSERT INTO t VALUES(1)");
            final long seen = database.compute(shared -> {
                assertThat(shared.queryLong(COUNT)).isEqualTo(1);
                shared.batch(batch -> batch.add("INSERT INTO t VALUES(2)"));
                shared.updateAsync("INSERT INTO t VALUES(3)").join();
                assertThatThrownBy(() -> shared.inTransaction(nested -> {
                            nested.update("DELETE FROM t");
                            throw new IllegalStateException("undo");
                        }))
                        .hasMessage("undo");
                shared.inTransaction(nested -> nested.update("INSERT INTO t VALUES(4)"));
                shared.<Long, RuntimeException>compute(
                        deeper -> deeper.update("INSERT INTO t VALUES(5)").changeCount());
                return shared.queryLong(COUNT);
            });
            assertThat(seen).isEqualTo(5);
            assertThat(transaction.queryLong(COUNT)).isEqualTo(5);
            assertThat(countOutside()).isZero();
        });
        assertThat(database.queryLong(COUNT)).isEqualTo(5);
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    database.compute(shared -> shared.update("DELETE FROM t").changeCount());
                    throw new IllegalStateException("undo");
                }))
                .hasMessage("undo");
        assertThat(database.queryLong(COUNT)).isEqualTo(5);
    }

    @Test
    void shouldUseTheCallersSnapshotOrExclusiveAccess() {
        create();
        database.snapshot(snapshot -> {
            assertThat(snapshot.queryLong(COUNT)).isZero();
            OtherThread.call(() -> database.update("INSERT INTO t VALUES(1)")).join();
            assertThat(database.<Long, RuntimeException>compute(shared -> shared.queryLong(COUNT)))
                    .isZero();
            return snapshot.queryLong(COUNT);
        });
        database.exclusively(exclusive -> {
            assertThat(database.<Long, RuntimeException>compute(shared -> shared.<Long, RuntimeException>transaction(
                            nested -> nested.update("INSERT INTO t VALUES(2)").changeCount())))
                    .isEqualTo(1);
            return exclusive.queryLong(COUNT);
        });
        assertThat(database.queryLong(COUNT)).isEqualTo(2);
    }

    @Test
    void shouldThrowWithTheFramesOfBothThreadsWhenTheComputationFails() {
        final IOException mine = new IOException("mine");
        final Throwable thrown = catchThrowable(() -> database.compute(shared -> {
            throw mine;
        }));
        assertThat(thrown).isSameAs(mine);
        final List<String> frames = new ArrayList<>();
        for (StackTraceElement frame : thrown.getStackTrace()) {
            frames.add(frame.toString());
        }
        // Theirs, a line between, ours.
        assertThat(frames.stream()
                        .map(frame ->
                                frame.replaceFirst(".*(WorkerThread.work|cleat-compute-|Database.compute).*", "$1"))
                        .filter(List.of("WorkerThread.work", "cleat-compute-", "Database.compute")::contains))
                .containsExactly("WorkerThread.work", "cleat-compute-", "Database.compute");
        create();
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    transaction.update("INSERT INTO t VALUES(1)");
                    database.compute(shared -> shared.update("INSERT INTO nowhere VALUES(1)"));
                }))
                .isInstanceOf(SqlException.class)
                .hasMessageContaining("no such table: nowhere");
        assertThat(database.queryLong(COUNT)).isZero();
    }

    @Test
    void shouldPassAnInterruptOnToTheComputation() {
        final Thread caller = Thread.currentThread();
        final boolean told = database.compute(shared -> {
            caller.interrupt();
            final long endNs = System.nanoTime() + PATIENCE.toNanos();
            while (!Thread.interrupted() && System.nanoTime() - endNs < 0) {
                LockSupport.parkNanos(1_000_000);
            }
            return System.nanoTime() - endNs < 0;
        });
        assertThat(told).isTrue();
        assertThat(Thread.interrupted()).isTrue();
    }

    /** By hand: what compute does inside. */
    @Test
    void shouldRunInTheTransactionWhenJoinedByItsHandle() {
        create();
        final AtomicReference<String> kept = new AtomicReference<>("");
        try (Database other = Database.open(ClientContext.ofHandle(database.handle()))) {
            database.inTransaction(transaction -> {
                transaction.update("INSERT INTO t VALUES(1)");
                final String handle = transaction.handle();
                kept.set(handle);
                assertThat(ClientContext.ofHandle(handle).name()).isEqualTo("compute");
                // In the same thread it is there already.
                assertThat(database.<Long, RuntimeException>join(handle, joined -> joined.queryLong(COUNT)))
                        .isEqualTo(1);
                final long seen = OtherThread.call(() -> other.<Long, RuntimeException>join(handle, joined -> {
                            assertThat(joined.queryLong(COUNT)).isEqualTo(1);
                            assertThat(joined.handle()).isEqualTo(handle);
                            other.update("INSERT INTO t VALUES(2)");
                            assertThatThrownBy(joined::rollback).hasMessageContaining("joined");
                            try (Session session = other.openSession()) {
                                assertThatThrownBy(session::begin).hasMessageContaining("would wait for itself");
                            }
                            return joined.queryLong(COUNT);
                        }))
                        .join();
                assertThat(seen).isEqualTo(2);
                assertThat(countOutside()).isZero();
                // Its exception leaves what it did.
                assertThatThrownBy(() -> OtherThread.call(() -> other.join(handle, joined -> {
                                    joined.update("INSERT INTO t VALUES(3)");
                                    throw new IllegalStateException("theirs");
                                }))
                                .join())
                        .hasMessageContaining("theirs");
                assertThat(transaction.queryLong(COUNT)).isEqualTo(3);
            });
            assertThat(other.queryLong(COUNT)).isEqualTo(3);
            assertThatThrownBy(() -> other.join(Objects.requireNonNull(kept.get()), joined -> 1))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TRANSACTION_ENDED));
            for (String handle : List.of(database.handle(), "cleat:x?transaction=1&directory=/nowhere", "x", "")) {
                assertThatThrownBy(() -> other.join(handle, joined -> 1))
                        .isInstanceOfSatisfying(
                                CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MISUSE));
            }
            assertThat(other.update("INSERT INTO t VALUES(4)").changeCount()).isEqualTo(1);
        }
    }

    /** What joined learns that the owner has gone on without it. */
    @Test
    void shouldBeToldWhenTheJoinedTransactionEndsBefore() {
        create();
        try (Session owner = database.openSession();
                Database other = place.open()) {
            final AtomicReference<String> handle = new AtomicReference<>("");
            owner.begin(PATIENCE);
            owner.inTransaction(transaction -> handle.set(transaction.handle()));
            assertThatThrownBy(() -> other.join(Objects.requireNonNull(handle.get()), joined -> {
                        joined.update("INSERT INTO t VALUES(1)");
                        owner.commit();
                        joined.update("INSERT INTO t VALUES(2)");
                        return 1;
                    }))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TRANSACTION_ENDED))
                    .hasMessageContaining("committed by its owner");
            assertThat(other.queryLong(COUNT)).isEqualTo(1);
        }
    }

    /** Inserts as many rows as it is told to. */
    static final class Insert implements RemoteComputation<Integer, String, RuntimeException> {
        @Override
        public String compute(Database shared, Integer count) {
            System.out.println("printed by the computation, which must do no harm");
            for (int i = 0; i < count; i++) {
                shared.update("INSERT INTO t VALUES(?)", i);
            }
            return ProcessHandle.current().pid() + " " + shared.queryLong(COUNT);
        }
    }

    /** I22 to I25, by another JVM. */
    @Test
    void shouldShareTheDatabaseWhenComputedInANewJvm() {
        create();
        final String[] answer =
                database.computeInNewJvm(PATIENCE, Insert.class, 3).split(" ", -1);
        assertThat(Long.parseLong(answer[0]))
                .isNotEqualTo(ProcessHandle.current().pid());
        assertThat(answer[1]).isEqualTo("3");
        assertThat(database.queryLong(COUNT)).isEqualTo(3);
        assertThatThrownBy(() -> database.withLease(PATIENCE).inTransaction(transaction -> {
                    transaction.update("INSERT INTO t VALUES(1)");
                    assertThat(database.computeInNewJvm(PATIENCE, Insert.class, 2))
                            .endsWith(" 6");
                    assertThat(transaction.queryLong(COUNT)).isEqualTo(6);
                    assertThat(countOutside()).isEqualTo(3);
                    throw new IllegalStateException("undo");
                }))
                .hasMessage("undo");
        assertThat(database.queryLong(COUNT)).isEqualTo(3);
        database.snapshot(snapshot -> {
            assertThatThrownBy(() -> database.computeInNewJvm(PATIENCE, Insert.class, 2))
                    .hasMessageContaining("cannot share a snapshot");
            return 1;
        });
    }

    /** Fails as it is told to. */
    static final class Fail implements RemoteComputation<String, Serializable, IOException> {
        @Override
        public Serializable compute(Database shared, String how) throws IOException {
            switch (how) {
                case "checked" -> throw new IOException("theirs");
                case "sql" -> shared.update("INSERT INTO nowhere VALUES(1)");
                case "untransportable" -> throw new Untransportable();
                case "exit" -> Runtime.getRuntime().halt(7);
                case "endless" -> {
                    while (true) {
                        LockSupport.parkNanos(1_000_000_000);
                    }
                }
                default -> {
                    final ArrayList<Object> list = new ArrayList<>();
                    list.add(new Object());
                    return list;
                }
            }
            return "nothing";
        }
    }

    static final class Untransportable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // that is the point
        private final Object field = new Object();

        @Override
        public String getMessage() {
            return "untransportable " + (field != null);
        }
    }

    @Test
    void shouldThrowWhatTheOtherJvmThrew() {
        final Throwable checked = catchThrowable(() -> database.computeInNewJvm(PATIENCE, Fail.class, "checked"));
        assertThat(checked).isExactlyInstanceOf(IOException.class).hasMessage("theirs");
        assertThat(checked.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(Fail.class.getName()))
                .anyMatch(frame -> frame.getClassName().startsWith("worker JVM pid="))
                .anyMatch(frame -> frame.getClassName().equals(ComputeTest.class.getName()));
        assertThatThrownBy(() -> database.computeInNewJvm(PATIENCE, Fail.class, "sql"))
                .isInstanceOfSatisfying(
                        SqlException.class, e -> assertThat(e.primaryCode()).isEqualTo(1))
                .hasMessageContaining("no such table: nowhere");
        assertMisuse("untransportable", "Untransportable");
        assertMisuse("result", "java.lang.Object");
        assertThatThrownBy(() -> database.computeInNewJvm(PATIENCE, Fail.class, "exit"))
                .hasMessageContaining("exitCode=7");
    }

    private void assertMisuse(String how, String text) {
        assertThatThrownBy(() -> database.computeInNewJvm(PATIENCE, Fail.class, how))
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MISUSE))
                .hasMessageContaining(text);
    }

    /** Takes what cannot be sent. */
    @SuppressWarnings("NonApiType") // a List is not Serializable
    static final class Take implements RemoteComputation<ArrayList<Object>, Integer, RuntimeException> {
        @Override
        public Integer compute(Database shared, ArrayList<Object> argument) {
            return argument.size();
        }
    }

    @Test
    void shouldRefuseAnArgumentThatCannotBeSent() {
        final ArrayList<Object> argument = new ArrayList<>(List.of(new Object()));
        assertThatThrownBy(() -> database.computeInNewJvm(PATIENCE, Take.class, argument))
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MISUSE))
                .hasMessageContaining("java.lang.Object");
    }

    @Test
    void shouldKillTheOtherJvmAtTheDeadline() {
        final List<ProcessHandle> before = ProcessHandle.current().children().toList();
        assertThatThrownBy(() -> database.computeInNewJvm(Duration.ofSeconds(3), Fail.class, "endless"))
                .isInstanceOf(CallTimeoutException.class)
                .hasMessageContaining("timeoutMs=3000");
        assertThat(ProcessHandle.current().children().filter(child -> !before.contains(child)))
                .isEmpty();
    }

    /** Computes endlessly in another JVM still. */
    static final class Caller {
        private Caller() {}

        public static void main(String[] args) throws Exception {
            try (Database database = Place.of(args).open()) {
                System.out.println("CALLING");
                database.computeInNewJvm(PATIENCE, Fail.class, "endless");
            }
        }
    }

    @Test
    void shouldEndTheOtherJvmWhenTheCallerIsKilled() {
        try (ChildJvm caller = place.start(Caller.class, "128m")) {
            caller.awaitLine("CALLING");
            final ProcessHandle process = ProcessHandle.of(caller.pid()).orElseThrow();
            await().atMost(PATIENCE).until(() -> process.children().count() == 1);
            final ProcessHandle computing = process.children().findFirst().orElseThrow();
            // Attached: it has read its order, so it watches.
            await().atMost(PATIENCE).until(() -> place.clientLocks().size() == 2);
            caller.kill();
            await().atMost(PATIENCE).until(() -> !computing.isAlive());
        }
    }
}
