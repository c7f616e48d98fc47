// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.coordinator.sqlite.Synchronous;
import io.cleat.coordinator.sqlite.TableChange;
import io.cleat.protocol.codec.TransactionAction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the coordinator keeps for one client is bounded, counted exactly, and no other client feels it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ClientLimitsTest {
    private static final int REQUESTS = 16;
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, zeroblob(1000) FROM n";

    @TempDir
    Path folder;

    private Coordinator coordinator;
    private WireClient holder;
    private WireClient greedy;

    @BeforeEach
    void launch() {
        coordinator = Coordinator.invoked(new CoordinatorContext("shop")
                .directory(folder.resolve("dir"))
                .databaseFile(folder.resolve("shop.db"))
                .synchronous(Synchronous.NORMAL)
                .transactionLeaseNs(TimeUnit.HOURS.toNanos(1))
                .clientLimits(ClientLimits.defaults()
                        .requests(REQUESTS)
                        .bytes(1 << 20)
                        .results(4)
                        .sessions(100)
                        .statementBytes(64 << 10)
                        .interestTables(10)));
        holder = new WireClient(coordinator);
        greedy = new WireClient(coordinator);
        holder.execute(0, "CREATE TABLE t(a)");
    }

    @AfterEach
    void close() {
        greedy.close();
        holder.close();
        coordinator.close();
    }

    @Test
    void shouldAnswerLimitWhenTooManyRequestsWait() {
        begin();
        final List<Long> waiting = fill();
        final Reply refused = greedy.awaitLast(greedy.send(1, "INSERT INTO t VALUES('refused')"));
        assertThat(refused.message())
                .contains("too many requests of this client wait: waiting=" + REQUESTS + " limit=" + REQUESTS);
        assertThat(refused.started()).isFalse();
        // The other one does not feel it, and reads need no waiting.
        assertThat(holder.execute(5, "SELECT 1").rows()).containsExactly(List.of(1L));
        assertThat(greedy.execute(50, "SELECT 1").rows()).containsExactly(List.of(1L));
        rollback();
        waiting.forEach(
                sequence -> assertThat(greedy.awaitLast(sequence).changeCount()).isEqualTo(1));
        assertThat(holder.execute(0, "SELECT count(*) FROM t").rows()).containsExactly(List.of((long) REQUESTS));
    }

    @Test
    void shouldHaveAllItsRoomAgainWhicheverWayRequestsEnd() {
        begin();
        fill().forEach(sequence -> {
            greedy.cancel((int) (sequence % 3), sequence);
            greedy.cancel(0, sequence);
            greedy.cancel(1, sequence);
            greedy.cancel(2, sequence);
        });
        refillAndEnd("cancelled");
        fill();
        // A session ends in its order: when what waits in it had the turn.
        final List<Long> closed = new ArrayList<>();
        for (int session = 0; session < 3; session++) {
            closed.add(greedy.closeSession(session));
        }
        rollback();
        closed.forEach(greedy::awaitLast);
        settle();
        begin();
        refillAndEnd("closed");
        final long soonNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
        final List<Long> late = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            late.add(greedy.send(i % 3, soonNs, 1000, "INSERT INTO t VALUES(1)"));
        }
        // What waits behind it in its session, too, once its turn in the session comes.
        late.forEach(sequence ->
                assertThat(greedy.awaitLast(sequence).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED.number()));
        refillAndEnd("late");
        fill();
        rollback();
        settle();
        begin();
        refillAndEnd("executed");
        rollback();
    }

    @Test
    void shouldHaveAllItsRoomAgainWhenItsTransactionsSnapshotsAndResultsEnd() {
        for (int round = 0; round < 3; round++) {
            greedy.awaitLast(greedy.control(7, TransactionAction.BEGIN));
            greedy.awaitLast(greedy.control(8, TransactionAction.BEGIN_READ));
            final List<Long> results = List.of(
                    greedy.send(7, WireClient.soon(), 10, ENDLESS),
                    greedy.send(8, WireClient.soon(), 10, ENDLESS),
                    greedy.send(9, WireClient.soon(), 10, ENDLESS),
                    greedy.send(10, WireClient.soon(), 10, ENDLESS));
            results.forEach(sequence -> greedy.await("the first rows of " + sequence, () -> greedy.received().stream()
                    .anyMatch(reply -> reply.sequence() == sequence)));
            final Reply refused = greedy.awaitLast(greedy.send(11, WireClient.soon(), 10, ENDLESS));
            assertThat(refused.errorCode()).isEqualTo(ErrorCode.LIMIT.number());
            assertThat(refused.message()).contains("too many results of this client are open: open=4 limit=4");
            greedy.send(8, "SELECT 1");
            greedy.send(10, "INSERT INTO t VALUES(1)");
            switch (round) {
                case 0 ->
                    results.forEach(sequence -> {
                        greedy.cancel(7, sequence);
                        greedy.cancel(8, sequence);
                        greedy.cancel(9, sequence);
                        greedy.cancel(10, sequence);
                    });
                case 1 -> {
                    for (int session = 7; session < 11; session++) {
                        greedy.awaitLast(greedy.closeSession(session));
                    }
                }
                default -> {
                    greedy.awaitLast(greedy.control(7, TransactionAction.ROLLBACK));
                    greedy.awaitLast(greedy.control(8, TransactionAction.ROLLBACK));
                    greedy.awaitLast(greedy.closeSession(9));
                    greedy.awaitLast(greedy.closeSession(10));
                }
            }
            if (round == 0) {
                greedy.awaitLast(greedy.control(7, TransactionAction.ROLLBACK));
                greedy.awaitLast(greedy.control(8, TransactionAction.ROLLBACK));
            }
            settle();
            begin();
            refillAndEnd("round " + round);
            rollback();
        }
    }

    @Test
    void shouldStillTakeWhatEndsSomethingWhenItIsAtItsLimit() {
        greedy.awaitLast(greedy.control(7, TransactionAction.BEGIN));
        holder.send(0, "INSERT INTO t VALUES('behind')");
        // Each waits for the turn that its own client has.
        final List<Long> waiting = fill();
        final Reply commit = greedy.awaitLast(greedy.control(7, TransactionAction.COMMIT));
        assertThat(commit.isFailure()).isFalse();
        waiting.forEach(sequence -> greedy.awaitLast(sequence));
    }

    @Test
    void shouldAnswerLimitWhenTheRequestsThatWaitAreTooLong() {
        begin();
        final byte[] large = new byte[200_000];
        for (int i = 0; i < 5; i++) {
            greedy.send(i, "INSERT INTO t VALUES(?)", (Object) large);
        }
        final Reply refused = greedy.awaitLast(greedy.send(6, "INSERT INTO t VALUES(?)", (Object) large));
        assertThat(refused.errorCode()).isEqualTo(ErrorCode.LIMIT.number());
        assertThat(refused.message()).contains("limitBytes=1048576");
        rollback();
        settle();
        assertThat(greedy.execute(0, "SELECT count(*) FROM t").rows()).containsExactly(List.of(5L));
    }

    @Test
    void shouldAnswerLimitWhenPiecesPileUp() {
        for (int i = 0; i < 5; i++) {
            greedy.sendInPieces(i, "SELECT 1", 2_000_000, 200_000);
        }
        // A MiB is taken for the first one at once; what is beyond is not taken on the sender's word.
        assertThat(greedy.received()).hasSize(4).allMatch(reply -> reply.errorCode() == ErrorCode.LIMIT.number());
        final long given = greedy.sequence;
        for (long sequence = given - 4; sequence <= given; sequence++) {
            greedy.cancel(0, sequence);
        }
        settle();
        greedy.received().clear();
        // Alone, it may be longer than all that waits together may be.
        final long alone = greedy.sendInPieces(0, "SELECT 2", 3_000_000, 3_000_000);
        assertThat(greedy.awaitLast(alone).message()).doesNotContain("limit");
        begin();
        refillAndEnd("after pieces");
        rollback();
    }

    @Test
    void shouldAnswerLimitWhenKeptStatementsAreTooLong() {
        final String text = "SELECT 1 -- " + "x".repeat(30_000);
        assertThat(greedy.awaitLast(greedy.sendNamed(1, text + 1)).isFailure()).isFalse();
        assertThat(greedy.awaitLast(greedy.sendNamed(2, text + 2)).isFailure()).isFalse();
        final Reply refused = greedy.awaitLast(greedy.sendNamed(3, text + 3));
        assertThat(refused.errorCode()).isEqualTo(ErrorCode.LIMIT.number());
        assertThat(refused.message()).contains("limitBytes=65536");
        // In the place of another one there is room, and where one was forgotten.
        assertThat(greedy.awaitLast(greedy.sendNamed(2, text + 4)).isFailure()).isFalse();
        greedy.forget(1);
        greedy.forget(1);
        assertThat(greedy.awaitLast(greedy.sendNamed(3, text + 3)).isFailure()).isFalse();
        assertThat(greedy.awaitLast(greedy.sendNamed(4, text + 5)).errorCode()).isEqualTo(ErrorCode.LIMIT.number());
        assertThat(greedy.awaitLast(greedy.sendNamed(3, "")).rows()).containsExactly(List.of(1L));
    }

    @Test
    void shouldAnswerLimitWhenAnInterestOrAnAnnouncementNamesTooMuch() {
        final TableChange[] tables = new TableChange[11];
        for (int i = 0; i < tables.length; i++) {
            tables[i] = new TableChange("t" + i, 7);
        }
        assertThat(greedy.interest(tables).message()).contains("too many tables: tables=11 limit=10");
        final TableChange[] many = new TableChange[10_000];
        for (int i = 0; i < many.length; i++) {
            many[i] = new TableChange("t" + i, 7);
        }
        greedy.awaitLast(greedy.control(7, TransactionAction.BEGIN));
        for (int i = 0; i < 10; i++) {
            assertThat(greedy.announce(7, many).isFailure()).isFalse();
        }
        assertThat(greedy.announce(7, many).errorCode()).isEqualTo(ErrorCode.LIMIT.number());
        greedy.awaitLast(greedy.control(7, TransactionAction.ROLLBACK));
        assertThat(holder.interest(tables[0]).isFailure()).isFalse();
    }

    @Test
    void shouldAnswerLimitWhenThereAreTooManySavepoints() {
        greedy.awaitLast(greedy.control(7, TransactionAction.BEGIN));
        for (int i = 0; i < 1000; i++) {
            final Reply set = greedy.awaitLast(greedy.control(7, TransactionAction.SAVEPOINT, i, 0, 0));
            assertThat(set.isFailure()).isFalse();
        }
        assertThat(greedy.awaitLast(greedy.control(7, TransactionAction.SAVEPOINT, 1000, 0, 0))
                        .errorCode())
                .isEqualTo(ErrorCode.LIMIT.number());
        assertThat(greedy.awaitLast(greedy.control(7, TransactionAction.COMMIT)).isFailure())
                .isFalse();
    }

    @Test
    void shouldNameTheLimitThatIsOutOfRange() {
        assertThatThrownBy(() -> ClientLimits.defaults().requests(1))
                .isInstanceOf(CleatException.class)
                .hasMessageContaining("clientLimits.requests=1 is outside 16 to 1000000");
    }

    private void begin() {
        assertThat(holder.awaitLast(holder.control(1, TransactionAction.BEGIN)).isFailure())
                .isFalse();
    }

    private void rollback() {
        holder.awaitLast(holder.control(1, TransactionAction.ROLLBACK));
    }

    /** Writes that wait for the turn, as many as may wait. */
    private List<Long> fill() {
        final List<Long> sent = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            sent.add(greedy.send(i % 3, "INSERT INTO t VALUES(1)"));
        }
        step();
        assertThat(greedy.received()).isEmpty();
        return sent;
    }

    /** Exactly so many have room, neither more nor fewer. */
    private void refillAndEnd(String after) {
        settle();
        final List<Long> sent = fill();
        assertThat(greedy.awaitLast(greedy.send(1, "INSERT INTO t VALUES(2)")).errorCode())
                .as(after)
                .isEqualTo(ErrorCode.LIMIT.number());
        for (final long sequence : sent) {
            for (int session = 0; session < 3; session++) {
                greedy.cancel(session, sequence);
            }
        }
        settle();
    }

    /** Everything that was sent is done, as far as it can be. */
    private void settle() {
        step();
        greedy.received();
        step();
        greedy.received().clear();
    }

    private void step() {
        for (int i = 0; i < 200; i++) {
            coordinator.doWork();
        }
        greedy.poll();
    }
}
