// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client takes all that its limits allow, at once, of a coordinator with little memory: that lives, refuses the rest, and serves others. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
final class SmallHeapTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, zeroblob(1000) FROM n";
    private static final String LARGE_ROW = "SELECT zeroblob(12000000), zeroblob(12000000)";
    private static final int RESULT_SESSIONS = 1_000;
    private static final int WAITING_SESSIONS = 5_000;
    private static final int MORE_SESSIONS = 10_000;

    @TempDir
    private Path folder;

    private int inserted;

    @Test
    void shouldServeOthersWhenAClientTakesAllThatItsLimitsAllow() throws Exception {
        final Place place = Place.in(folder, "small");
        try (ChildJvm coordinator = place.start(ServeMain.class, "64m")) {
            coordinator.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            try (Database other = place.open()) {
                other.update("CREATE TABLE t(a)");
                final WireClient greedy = new WireClient(
                        CleatDirectory.resolve(place.directory()), place.name(), () -> LockSupport.parkNanos(50_000));
                assertThat(limitsOf(greedy, 700, i -> greedy.sendNamed(i + 1, "SELECT 1 -- " + i + "x".repeat(8_000))))
                        .as("statement texts")
                        .isPositive();
                assertServes(other);
                assertThat(limitsOf(
                                greedy,
                                1_100,
                                i -> greedy.send(RESULT_SESSIONS + i, WireClient.soon(), 10, ENDLESS + " -- " + i)))
                        .as("open results")
                        .isPositive();
                assertServes(other);
                assertThat(limitsOf(greedy, 10_100, i -> greedy.send(MORE_SESSIONS + i, "SELECT 1")))
                        .as("sessions")
                        .isPositive();
                assertServes(other);
                greedy.awaitLast(greedy.control(RESULT_SESSIONS, TransactionAction.BEGIN));
                assertThat(limitsOf(
                                greedy,
                                60,
                                i -> greedy.send(
                                        WAITING_SESSIONS + i, "INSERT INTO t VALUES(?)", (Object) new byte[200_000])))
                        .as("values that wait")
                        .isPositive();
                assertThat(other.queryLong("SELECT count(*) FROM t")).isEqualTo(inserted);
                assertThat(coordinator.isAlive()).isTrue();
                greedy.close();
                assertServes(other);
            }
            assertThat(coordinator.isAlive()).isTrue();
        }
    }

    @Test
    void shouldServeOthersWhenRowsAreAsLargeAsTheHeap() throws Exception {
        final Place place = Place.in(folder, "large");
        try (ChildJvm coordinator = place.start(ServeMain.class, "64m")) {
            coordinator.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            try (Database other = place.open()) {
                other.update("CREATE TABLE t(a)");
                final WireClient greedy = new WireClient(
                        CleatDirectory.resolve(place.directory()), place.name(), () -> LockSupport.parkNanos(50_000));
                for (int round = 0; round < 3; round++) {
                    final int sessions = 100 * round;
                    for (int i = 0; i < 6; i++) {
                        greedy.send(sessions + i, WireClient.soon(), 10, LARGE_ROW);
                    }
                    greedy.await("an answer to each", () -> answered(greedy) == 6);
                    assertThat(greedy.replies.received())
                            .as("one row fits, six do not")
                            .anyMatch(Reply::isFailure);
                    assertServes(other);
                    for (int i = 0; i < 6; i++) {
                        greedy.awaitLast(greedy.closeSession(sessions + i));
                    }
                    greedy.replies.received().clear();
                    assertServes(other);
                }
                assertThat(coordinator.isAlive()).isTrue();
                greedy.close();
                assertServes(other);
            }
            assertThat(coordinator.isAlive()).isTrue();
        }
    }

    /** How many requests have a first chunk, or have failed. */
    private static long answered(WireClient greedy) {
        greedy.poll();
        return greedy.replies.received().stream()
                .mapToLong(Reply::sequence)
                .distinct()
                .count();
    }

    /** Reads and writes of another client go on. */
    private void assertServes(Database other) {
        for (int i = 0; i < 10; i++) {
            inserted++;
            assertThat(other.update("INSERT INTO t VALUES(?)", i).changeCount()).isEqualTo(1);
            assertThat(other.queryLong("SELECT count(*) FROM t")).isEqualTo(inserted);
        }
    }

    /** Sends requests, and takes what comes until another one behind them is answered. Returns how many were refused with LIMIT. */
    private static int limitsOf(WireClient greedy, int count, IntConsumer send) {
        final int[] limits = new int[1];
        for (int i = 0; i < count; i++) {
            send.accept(i);
            if (i % 200 == 199 || i == count - 1) {
                // Of the same client, so behind all of them in its queue.
                final long last = greedy.send(0, "SELECT 1");
                greedy.await("an answer behind " + i + " others", () -> {
                    greedy.poll();
                    return greedy.replies.isComplete(last);
                });
                for (final Reply reply : greedy.replies.received()) {
                    limits[0] += reply.errorCode() == ErrorCode.LIMIT.number() ? 1 : 0;
                }
                greedy.replies.received().clear();
            }
        }
        return limits[0];
    }
}
