// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.CallTimeoutException;
import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.queue.InsideWrite;
import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordWriter;
import io.cleat.status.StatusFile;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes are suspended (SIGSTOP) and go on (SIGCONT), or die at the worst moment of a write. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SuspensionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(1_500);
    private static final long LEASE_NS = TimeUnit.MILLISECONDS.toNanos(700);

    /** What a dead writer may cost the others. */
    private static final long STALL_MS = 500;

    @TempDir
    Path folder;

    @Test
    void shouldKeepTheNameWhenTheCoordinatorIsSuspended() throws Exception {
        final Place place = Place.in(folder, "kept");
        try (ChildJvm coordinator = place.serve();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            coordinator.suspend();
            try (ChildJvm second = place.startServing()) {
                assertThat(second.awaitLine("REFUSED"))
                        .startsWith("NAME_IN_USE")
                        .contains("pid=" + coordinator.pid());
                assertThatThrownBy(() -> Coordinator.launch(place.coordinator()))
                        .isInstanceOf(CleatException.class)
                        .hasMessageContaining("pid=" + coordinator.pid())
                        .extracting(e -> ((CleatException) e).code())
                        .isEqualTo(ErrorCode.NAME_IN_USE);
                assertThat(database.isClosed()).as("suspended is not dead").isFalse();
            } finally {
                coordinator.resume();
            }
            database.update("INSERT INTO t VALUES(1)");
            assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
            assertThat(database.coordinatorPid()).isEqualTo(coordinator.pid());
        }
    }

    @Test
    void shouldAnswerEachCallOnceWhenTheCoordinatorGoesOn() throws Exception {
        final Place place = Place.in(folder, "once");
        try (ChildJvm coordinator = place.serve();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            // Some of these are on their way, or half done, whenever the coordinator is stopped.
            final AtomicBoolean enough = new AtomicBoolean();
            final CompletableFuture<Long> stream = CompletableFuture.supplyAsync(() -> {
                long next = 1_000;
                while (!enough.get()) {
                    assertThat(database.update("INSERT INTO t VALUES(?)", next++)
                                    .changeCount())
                            .isEqualTo(1);
                }
                return next;
            });
            await().atMost(PATIENCE).until(() -> database.queryLong("SELECT count(*) FROM t") > 20);
            final List<CompletableFuture<?>> patient = new ArrayList<>();
            coordinator.suspend();
            try {
                for (int i = 0; i < 50; i++) {
                    patient.add(database.updateAsync("INSERT INTO t VALUES(?)", 100 + i));
                }
                final List<CompletableFuture<Throwable>> hasty = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    final int value = i;
                    hasty.add(failureOf(() -> database.withTimeout(SHORT).update("INSERT INTO t VALUES(?)", value)));
                    hasty.add(failureOf(() -> database.withTimeout(SHORT).queryLong("SELECT ?", -value - 1)));
                }
                for (CompletableFuture<Throwable> failure : hasty) {
                    assertThat(failure.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                            .isInstanceOf(CallTimeoutException.class)
                            .hasMessageContaining("pid=" + coordinator.pid());
                }
            } finally {
                coordinator.resume();
            }
            // The sessions of the hasty calls are used again: no late reply is taken for that of another call.
            for (long i = 0; i < 500; i++) {
                assertThat(database.queryLong("SELECT ?", i)).isEqualTo(i);
            }
            for (CompletableFuture<?> call : patient) {
                call.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            enough.set(true);
            final long next = stream.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(database.query("SELECT a FROM t ORDER BY a", row -> row.getLong(0)))
                    .containsExactlyElementsOf(
                            LongStream.concat(LongStream.range(100, 150), LongStream.range(1_000, next))
                                    .boxed()
                                    .toList());
        }
    }

    private static CompletableFuture<Throwable> failureOf(Runnable call) {
        final CompletableFuture<Throwable> failure = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        call.run();
                        failure.complete(new AssertionError("it was answered"));
                    } catch (CleatException e) {
                        failure.complete(e);
                    }
                })
                .start();
        return failure;
    }

    @Test
    void shouldLetASuspendedClientGoOnWhenNobodyWaitedForItsTransaction() throws Exception {
        final Place place = Place.in(folder, "alone");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator().transactionLeaseNs(LEASE_NS));
                Database database = place.open();
                ChildJvm client = place.attach()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            CommandMain.tell(client, "begin", "INSERT INTO t VALUES(1)");
            client.suspend();
            final long stoppedNs = System.nanoTime();
            // Longer than its lease and than any liveness bound; readers wait for no turn.
            await().atMost(PATIENCE)
                    .until(() -> database.queryLong("SELECT count(*) FROM t") == 0
                            && System.nanoTime() - stoppedNs > TimeUnit.SECONDS.toNanos(3));
            client.resume();
            CommandMain.tell(client, "INSERT INTO t VALUES(2)", "commit");
            assertThat(database.query("SELECT a FROM t ORDER BY a", row -> row.getLong(0)))
                    .containsExactly(1L, 2L);
        }
    }

    @Test
    void shouldTakeNoMoreThanTheLeaseFromASuspendedClientWhenSomebodyWaits() throws Exception {
        final Place place = Place.in(folder, "waiting");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator().transactionLeaseNs(LEASE_NS));
                Database database = place.open();
                ChildJvm client = place.attach()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            CommandMain.tell(client, "begin", "INSERT INTO t VALUES(1)");
            client.suspend();
            try {
                // Waits for the turn, and gets it without the holder's doing anything.
                database.update("INSERT INTO t VALUES(2)");
            } finally {
                client.resume();
            }
            client.send("commit");
            assertThat(client.awaitLine("ERR")).contains("TRANSACTION_ENDED").contains("NOT_APPLIED");
            client.send("rollback");
            client.awaitLine(PATIENCE, line -> line.startsWith("OK") || line.startsWith("ERR"));
            CommandMain.tell(client, "INSERT INTO t VALUES(3)");
            assertThat(database.query("SELECT a FROM t ORDER BY a", row -> row.getLong(0)))
                    .containsExactly(2L, 3L);
        }
    }

    @Test
    void shouldStallNobodyWhenAClientIsKilledInsideAQueueWrite() throws Exception {
        final Place place = Place.in(folder, "inside");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            // A busy machine stalls everybody now and then, a dead writer would each time.
            long longestMs = Long.MAX_VALUE;
            for (int round = 0; round < 3 && longestMs > STALL_MS; round++) {
                longestMs = longestStallMs(place, database);
            }
            assertThat(longestMs).isLessThanOrEqualTo(STALL_MS);
        }
    }

    /** Until nothing is left of the dead one. */
    private static long longestStallMs(Place place, Database database) throws Exception {
        final ConcurrentLinkedQueue<Long> tookNs = new ConcurrentLinkedQueue<>();
        final AtomicBoolean enough = new AtomicBoolean();
        try (ChildJvm client = place.start(HalfWriter.class, "256m")) {
            client.awaitLine(PATIENCE, line -> line.equals("INSIDE"));
            final CompletableFuture<Void> others = CompletableFuture.runAsync(() -> {
                while (!enough.get()) {
                    final long startNs = System.nanoTime();
                    database.update("INSERT INTO t VALUES(1)");
                    tookNs.add(System.nanoTime() - startNs);
                }
            });
            client.kill();
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(place.clientLocks()).hasSize(1);
                assertThat(place.replyQueues()).hasSize(1);
            });
            enough.set(true);
            others.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(tookNs).isNotEmpty();
        return TimeUnit.NANOSECONDS.toMillis(
                tookNs.stream().mapToLong(Long::longValue).max().orElseThrow());
    }

    /** Attaches, and stays inside a write to its request queue until it is killed. */
    static final class HalfWriter {
        private HalfWriter() {}

        public static void main(String[] args) {
            final Place place = Place.of(args);
            try (Database database = place.open()) {
                final CleatDirectory directory = CleatDirectory.resolve(place.directory());
                final StatusFile status = StatusFile.open(directory.statusFile(place.name()));
                final RecordQueue queue = RecordQueue.open(
                        directory.requests(place.name(), database.clientId()),
                        QueueSettings.of(status.header()::requestCycleAcquire));
                final RecordWriter writer = queue.writer();
                InsideWrite.call(writer, () -> {
                    System.out.println("INSIDE");
                    try {
                        System.in.read();
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
                writer.write(new UnsafeBuffer(new byte[4_096]), 0, 4_096);
                throw new IllegalStateException("nobody killed it");
            }
        }
    }
}
