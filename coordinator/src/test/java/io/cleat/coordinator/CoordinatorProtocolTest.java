// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.ErrorCode;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.coordinator.sqlite.Synchronous;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.status.ClientSlotState;
import io.cleat.status.SystemCounter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CoordinatorProtocolTest {
    @TempDir
    Path folder;

    private final List<Throwable> errors = new ArrayList<>();
    private Coordinator coordinator;
    private WireClient client;

    @BeforeEach
    void launch() {
        coordinator = Coordinator.invoked(new CoordinatorContext("shop")
                .directory(folder.resolve("dir"))
                .databaseFile(folder.resolve("shop.db"))
                .synchronous(Synchronous.NORMAL)
                .transactionLeaseNs(TimeUnit.MILLISECONDS.toNanos(50))
                .errorHandler(errors::add));
        client = new WireClient(coordinator);
        assertThat(client.execute(0, "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE)")
                        .message())
                .isEmpty();
    }

    @AfterEach
    void close() {
        client.close();
        coordinator.close();
        assertThat(folder.resolve("dir/shop/requests")).doesNotExist();
        assertThat(folder.resolve("dir/shop/replies")).doesNotExist();
        assertThat(errors).isEmpty();
    }

    @Test
    void shouldAnswerWithRowsWhenAStatementReads() {
        final Reply inserted = client.execute(0, "INSERT INTO t VALUES(?, ?)", 7, "seven");
        assertThat(inserted.changeCount()).isEqualTo(1);
        assertThat(inserted.lastRowId()).isEqualTo(7);
        assertThat(inserted.commitSequence()).isEqualTo(2);
        assertThat(client.execute(0, "SELECT a, b, NULL, 1.5, x'01' IS NOT NULL FROM t")
                        .rows())
                .containsExactly(List.of(7L, "seven", "NULL", 1.5, 1L));
    }

    @Test
    void shouldShareACommitWhenWritesWaitTogether() {
        final List<Long> sent = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            sent.add(client.send(i, "INSERT INTO t VALUES(?, ?)", i, "v" + (i == 20 ? 10 : i)));
        }
        for (int i = 0; i < 50; i++) {
            final Reply reply = client.awaitLast(sent.get(i));
            if (i == 20) {
                assertThat(reply.sqliteCode()).isEqualTo(2067);
                assertThat(reply.message()).startsWith("[SQLITE_CONSTRAINT_UNIQUE]");
            } else {
                assertThat(reply.changeCount()).isEqualTo(1);
            }
        }
        assertThat(client.status().counters().value(SystemCounter.COMMITS)).isLessThan(10);
        assertThat(client.execute(0, "SELECT count(*) FROM t").rows()).containsExactly(List.of(49L));
    }

    @Test
    void shouldRunTheOthersWhenOneRollsTheGroupBack() {
        final List<Long> sent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sent.add(client.send(
                    i, (i == 9 ? "INSERT OR ROLLBACK" : "INSERT") + " INTO t VALUES(?, ?)", i, "v" + (i == 9 ? 3 : i)));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(client.awaitLast(sent.get(i)).isFailure()).isEqualTo(i == 9);
        }
        assertThat(client.execute(0, "SELECT count(*) FROM t").rows()).containsExactly(List.of(19L));
    }

    @Test
    void shouldKeepTheOrderOfASessionWhenReadsFollowWrites() {
        final long first = client.send(3, "INSERT INTO t VALUES(1, 'a')");
        final long count = client.send(3, "SELECT count(*) FROM t");
        final long second = client.send(3, "INSERT INTO t VALUES(2, 'b')");
        final long countAgain = client.send(3, "SELECT count(*) FROM t");
        assertThat(client.awaitLast(first).changeCount()).isEqualTo(1);
        assertThat(client.awaitLast(count).rows()).containsExactly(List.of(1L));
        assertThat(client.awaitLast(second).changeCount()).isEqualTo(1);
        assertThat(client.awaitLast(countAgain).rows()).containsExactly(List.of(2L));
    }

    @Test
    void shouldStreamUnderFlowControlWhenAResultIsLong() {
        final String sql =
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i, 'x' || i FROM n";
        final long sent = client.send(0, WireClient.soon(), 100_000, sql);
        client.await(
                "the credit to be used up",
                () -> client.received().stream().mapToInt(Reply::rowBytes).sum() >= 100_000);
        for (int i = 0; i < 1000; i++) {
            coordinator.doWork();
        }
        assertThat(client.received().stream().mapToInt(Reply::rowBytes).sum()).isBetween(100_000, 270_000);
        assertThat(client.execute(1, "SELECT 1").rows()).containsExactly(List.of(1L));
        client.credit(0, sent, 1 << 30);
        final Reply last = client.awaitLast(sent);
        assertThat(last.message()).isEmpty();
        assertThat(last.rows()).hasSize(200_000);
        assertThat(last.rows().get(199_999)).isEqualTo(List.of(200_000L, "x200000"));
    }

    @Test
    void shouldSendARowThatIsLargerThanARecord() {
        client.execute(0, "CREATE TABLE big(x)");
        client.execute(0, "INSERT INTO big VALUES(zeroblob(3000000))");
        final Reply reply = client.awaitLast(client.send(0, WireClient.soon(), 1 << 30, "SELECT 1, x, 'end' FROM big"));
        assertThat(reply.rows()).hasSize(1);
        assertThat((byte[]) reply.rows().get(0).get(1)).hasSize(3_000_000);
        assertThat(reply.rows().get(0).get(2)).isEqualTo("end");
    }

    @Test
    void shouldCloseTheResultWhenItsClientCancels() {
        final String sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
        final long sent = client.send(0, WireClient.soon(), 1000, sql);
        client.await("rows", () -> !client.received().isEmpty());
        client.cancel(0, sent);
        assertThat(client.awaitLast(sent).errorCode()).isEqualTo(ErrorCode.CANCELLED.number());
        final long endless =
                client.send(0, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n");
        for (int i = 0; i < 100; i++) {
            coordinator.doWork();
        }
        client.cancel(0, endless);
        assertThat(client.awaitLast(endless).errorCode()).isEqualTo(ErrorCode.CANCELLED.number());
    }

    @Test
    void shouldNotExecuteWhenTheDeadlineIsPast() {
        final long sent = client.send(0, System.nanoTime() - 1, 1000, "INSERT INTO t VALUES(1, 'a')");
        assertThat(client.awaitLast(sent).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED.number());
        assertThat(client.execute(0, "SELECT count(*) FROM t").rows()).containsExactly(List.of(0L));
    }

    @Test
    void shouldStopAtItsDeadlineWhenAWriteRunsLong() {
        final long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
        final long sent = client.send(
                0,
                deadlineNs,
                1000,
                "INSERT INTO t SELECT i, i FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)");
        assertThat(client.awaitLast(sent).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED.number());
        assertThat(client.execute(0, "SELECT count(*) FROM t").rows()).containsExactly(List.of(0L));
    }

    @Test
    void shouldIsolateOthersWhenATransactionIsOpen() {
        assertThat(client.awaitLast(client.control(1, TransactionAction.BEGIN)).isFailure())
                .isFalse();
        assertThat(client.execute(1, "INSERT INTO t VALUES(1, 'a') RETURNING a").rows())
                .containsExactly(List.of(1L));
        assertThat(client.execute(1, "SELECT count(*) FROM t").rows()).containsExactly(List.of(1L));
        assertThat(client.execute(2, "SELECT count(*) FROM t").rows()).containsExactly(List.of(0L));
        assertThat(client.awaitLast(client.control(1, TransactionAction.COMMIT)).isFailure())
                .isFalse();
        assertThat(client.execute(2, "SELECT count(*) FROM t").rows()).containsExactly(List.of(1L));
    }

    @Test
    void shouldTakeTheTurnAwayWhenAHolderIsIdleAndSomebodyWaits() {
        client.awaitLast(client.control(1, TransactionAction.BEGIN));
        client.execute(1, "INSERT INTO t VALUES(1, 'a')");
        assertThat(client.execute(2, "INSERT INTO t VALUES(2, 'b')").changeCount())
                .isEqualTo(1);
        final Reply late = client.execute(1, "INSERT INTO t VALUES(3, 'c')");
        assertThat(late.errorCode()).isEqualTo(ErrorCode.TRANSACTION_ENDED.number());
        assertThat(late.message()).contains("idle").contains("leaseMs=50");
        assertThat(client.awaitLast(client.control(1, TransactionAction.ROLLBACK))
                        .isFailure())
                .isFalse();
        assertThat(client.execute(1, "SELECT a FROM t").rows()).containsExactly(List.of(2L));
    }

    @Test
    void shouldRollBackWhenAClientDiesInATransaction() {
        final WireClient other = new WireClient(coordinator);
        other.awaitLast(other.control(0, TransactionAction.BEGIN));
        other.execute(0, "INSERT INTO t VALUES(1, 'a')");
        other.die();
        assertThat(client.execute(0, "INSERT INTO t VALUES(2, 'b')").changeCount())
                .isEqualTo(1);
        assertThat(client.execute(0, "SELECT a FROM t").rows()).containsExactly(List.of(2L));
        client.await(
                "its folder to go", () -> !Files.exists(coordinator.directory().replies("shop", other.id)));
        client.await("its slot to be free", () -> other.slot().stateAcquire() == ClientSlotState.FREE);
    }

    @Test
    void shouldRefuseWhenTheClientSpeaksAnotherVersion() {
        assertThatThrownBy(() -> new WireClient(coordinator, 99, 100)).hasMessageContaining("speaks protocol 1 to 1");
    }

    @Test
    void shouldServeReadsWhenALongWriteRuns() {
        final WireClient writer = client;
        final long sent = writer.send(
                0,
                WireClient.soon(),
                1000,
                "INSERT INTO t SELECT i, 'x' || i FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT i FROM n)");
        final long read = writer.send(1, "SELECT count(*) FROM t");
        // One step runs the whole write; the read must have been answered from inside it.
        coordinator.doWork();
        writer.poll();
        final Reply answered = writer.awaitLast(read);
        assertThat(answered.rows()).containsExactly(List.of(0L));
        assertThat(writer.awaitLast(sent).changeCount()).isEqualTo(400_000);
    }

    @Test
    void shouldSayGoodbyeWhenItCloses() {
        coordinator.close("maintenance");
        client.poll();
        assertThat(client.replies.closing()).isEqualTo("maintenance");
    }

    @Test
    void shouldRefuseWhenSqlWouldHurtOthers() {
        assertThat(client.execute(0, "ATTACH '/tmp/x.db' AS x").errorCode()).isEqualTo(ErrorCode.REFUSED.number());
        assertThat(client.execute(0, "BEGIN").errorCode()).isEqualTo(ErrorCode.REFUSED.number());
        assertThat(client.execute(0, "SELECT last_insert_rowid()").errorCode()).isEqualTo(ErrorCode.REFUSED.number());
        assertThat(client.execute(0, "SELECT 1; SELECT 2").isFailure()).isTrue();
        assertThat(client.execute(0, "SELECT ?").message()).contains("1 parameters, given were 0");
        assertThat(client.execute(0, "SELEC 1").message()).contains("syntax error");
        assertThat(client.execute(0, "SELECT * FROM nobody").message()).contains("no such table: nobody");
        assertThat(client.execute(0, "  -- nothing").isFailure()).isTrue();
    }

    @Test
    void shouldShareACommitWhenASessionPipelinesWrites() {
        final long before = client.status().counters().value(SystemCounter.COMMITS);
        long last = 0;
        for (int i = 0; i < 100; i++) {
            last = client.send(4, "INSERT INTO t VALUES(?, ?)", i, "p" + i);
        }
        final long count = client.send(4, "SELECT count(*) FROM t");
        assertThat(client.awaitLast(last).changeCount()).isEqualTo(1);
        assertThat(client.awaitLast(count).rows()).containsExactly(List.of(100L));
        assertThat(client.status().counters().value(SystemCounter.COMMITS) - before)
                .isLessThan(10);
    }

    @Test
    void shouldApplyNothingWhenReturnedRowsAreTooMany() {
        client.execute(0, "CREATE TABLE wide(x)");
        final String many =
                "INSERT INTO wide SELECT zeroblob(100000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT i FROM n) RETURNING x";
        assertThat(client.execute(0, many).errorCode()).isEqualTo(ErrorCode.LIMIT.number());
        assertThat(client.execute(0, "SELECT count(*) FROM wide").rows()).containsExactly(List.of(0L));
    }

    @Test
    void shouldApplyNothingWhenAStatementFailsHalfWay() {
        final String half = "INSERT OR FAIL INTO t VALUES(1, 'a'), (2, 'b'), (1, 'c')";
        assertThat(client.execute(0, half).isFailure()).isTrue();
        final long one = client.send(1, half);
        final long two = client.send(2, "INSERT INTO t VALUES(9, 'z')");
        assertThat(client.awaitLast(one).isFailure()).isTrue();
        assertThat(client.awaitLast(two).changeCount()).isEqualTo(1);
        assertThat(client.execute(0, "SELECT a FROM t").rows()).containsExactly(List.of(9L));
    }

    @Test
    void shouldTellARowIdOnlyWhenTheRequestInserted() {
        assertThat(client.execute(0, "INSERT INTO t VALUES(777, 'a')").lastRowId())
                .isEqualTo(777);
        assertThat(client.execute(0, "UPDATE t SET b = 'b'").lastRowId()).isZero();
        assertThat(client.execute(0, "INSERT INTO t VALUES(777, 'c') ON CONFLICT(a) DO UPDATE SET b = 'd'")
                        .lastRowId())
                .isZero();
        client.execute(0, "CREATE TABLE w(k PRIMARY KEY) WITHOUT ROWID");
        assertThat(client.execute(0, "INSERT INTO w VALUES('k')").lastRowId()).isZero();
    }

    @Test
    void shouldCountRowsWhenAWriteReturnsThemInATransaction() {
        client.awaitLast(client.control(1, TransactionAction.BEGIN));
        final Reply reply = client.execute(1, "INSERT INTO t VALUES(1, 'a'), (2, 'b') RETURNING a");
        assertThat(reply.rows()).hasSize(2);
        assertThat(reply.changeCount()).isEqualTo(2);
        client.awaitLast(client.control(1, TransactionAction.COMMIT));
    }

    @Test
    void shouldDescribeEveryTextWhenReadsCameBefore() {
        for (int i = 0; i < 1000; i++) {
            assertThat(client.execute(0, "SELECT " + i + " + 1").rows()).containsExactly(List.of(i + 1L));
        }
    }

    @Test
    void shouldRunWhenATextBeginsWithManyComments() {
        final String comments = "-- a comment\n".repeat(5000);
        assertThat(client.execute(0, comments + "INSERT INTO t VALUES(1, 'a')").changeCount())
                .isEqualTo(1);
        assertThat(client.execute(0, "SELECT 1").rows()).containsExactly(List.of(1L));
    }

    @Test
    void shouldAnswerLimitWhenThereAreTooManySessions() {
        for (int i = 0; i < 10_000; i += 100) {
            long last = 0;
            for (int j = i; j < i + 100; j++) {
                last = client.send(j, "SELECT 1");
            }
            client.awaitLast(last);
        }
        assertThat(client.execute(10_001, "SELECT 1").errorCode()).isEqualTo(ErrorCode.LIMIT.number());
        errors.clear();
    }

    @Test
    void shouldAnswerAtTheDeadlineWhenALongWriteIsInTheWay() {
        client.send(
                0,
                WireClient.soon(),
                1000,
                "INSERT INTO t SELECT i, 'x' || i FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT i FROM n)");
        final long late = client.send(
                1, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20), 1000, "INSERT INTO t VALUES(-1, 'late')");
        final Reply reply = client.awaitLast(late);
        assertThat(reply.errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED.number());
        assertThat(client.execute(0, "SELECT count(*) FROM t WHERE a = -1").rows())
                .containsExactly(List.of(0L));
    }
}
