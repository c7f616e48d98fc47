// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ErrorCode;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.coordinator.sqlite.Synchronous;
import io.cleat.protocol.codec.TransactionAction;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exclusive access, joined transactions, snapshots and leases, byte by byte, with a stepped coordinator. */
@Timeout(60)
final class SharedTurnTest {
    private static final long TOKEN = 0x1234_5678_9abcL;

    private final List<Throwable> errors = new CopyOnWriteArrayList<>();

    @TempDir
    private Path folder;

    private Coordinator coordinator;
    private WireClient client;
    private WireClient other;

    @BeforeEach
    void launch() {
        coordinator = Coordinator.invoked(new CoordinatorContext("shop")
                .directory(folder.resolve("dir"))
                .databaseFile(folder.resolve("shop.db"))
                .synchronous(Synchronous.NORMAL)
                .transactionLeaseNs(TimeUnit.MILLISECONDS.toNanos(50))
                .transactionLimitNs(TimeUnit.SECONDS.toNanos(2))
                .cursorLeaseNs(TimeUnit.MILLISECONDS.toNanos(500))
                .maxReaders(4)
                .errorHandler(errors::add));
        client = new WireClient(coordinator);
        other = new WireClient(coordinator);
        ok(client.execute(0, "CREATE TABLE t(a INTEGER PRIMARY KEY, b)"));
    }

    @AfterEach
    void close() {
        client.close();
        other.close();
        coordinator.close();
        assertThat(errors).isEmpty();
    }

    private static Reply ok(Reply reply) {
        assertThat(reply.message()).isEmpty();
        return reply;
    }

    private static void ended(Reply reply, String... said) {
        assertThat(reply.errorCode()).isEqualTo(ErrorCode.TRANSACTION_ENDED.number());
        assertThat(reply.message()).contains(said);
    }

    private Reply control(WireClient who, int session, TransactionAction action) {
        return who.awaitLast(who.control(session, action));
    }

    private List<List<Object>> count(WireClient who, int session) {
        return ok(who.execute(session, "SELECT count(*) FROM t")).rows();
    }

    // ---- exclusive access ----

    @Test
    void shouldLetOnlyTheHolderWriteWhenAccessIsExclusive() {
        ok(client.awaitLast(client.control(1, TransactionAction.LOCK, 0, 0, TimeUnit.SECONDS.toNanos(50))));
        final long waiting = other.send(0, "INSERT INTO t VALUES(1, 'other')");
        ok(client.execute(1, "INSERT INTO t VALUES(2, 'holder')"));
        ok(control(client, 1, TransactionAction.BEGIN));
        ok(client.execute(1, "INSERT INTO t VALUES(3, 'holder')"));
        ok(control(client, 1, TransactionAction.COMMIT));
        assertThat(count(client, 0)).isEqualTo(List.of(List.of(2L)));
        assertThat(other.received()).isEmpty();
        ok(control(client, 1, TransactionAction.UNLOCK));
        ok(other.awaitLast(waiting));
        assertThat(count(client, 0)).isEqualTo(List.of(List.of(3L)));
    }

    @Test
    void shouldEndExclusiveAccessWhenItsHolderIsIdleAndSomebodyWaits() {
        ok(control(client, 1, TransactionAction.LOCK));
        ok(other.execute(0, "INSERT INTO t VALUES(1, 'other')"));
        ended(client.execute(1, "INSERT INTO t VALUES(2, 'late')"), "exclusive access was idle", "leaseMs=50");
        ended(client.execute(1, "SELECT 1"), "exclusive");
        ok(control(client, 1, TransactionAction.UNLOCK));
        ok(client.execute(1, "INSERT INTO t VALUES(2, 'again')"));
        assertThat(control(client, 1, TransactionAction.UNLOCK).errorCode()).isEqualTo(ErrorCode.MISUSE.number());
    }

    @Test
    void shouldKeepExclusiveAccessWhenItsHolderReadsOrRunsLong() {
        ok(control(client, 1, TransactionAction.LOCK));
        final long waiting = other.send(0, "INSERT INTO t VALUES(1, 'other')");
        final long longer = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
        while (System.nanoTime() - longer < 0) {
            ok(client.execute(1, "SELECT 1"));
        }
        final long steps = 3_000_000;
        ok(client.execute(
                1,
                "INSERT INTO t SELECT 2, count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT "
                        + steps + ") SELECT i FROM n)"));
        ok(client.execute(1, "INSERT INTO t VALUES(3, 'still mine')"));
        assertThat(other.received()).isEmpty();
        ok(control(client, 1, TransactionAction.UNLOCK));
        ok(other.awaitLast(waiting));
    }

    @Test
    void shouldRefuseASavepointWhenAResultOfReturningIsOpen() {
        ok(client.awaitLast(client.control(1, TransactionAction.BEGIN, 0, 0, TimeUnit.SECONDS.toNanos(50))));
        final long rows = client.send(
                1,
                WireClient.soon(),
                1,
                "INSERT INTO t SELECT i, zeroblob(1000) FROM "
                        + "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200) SELECT i FROM n) RETURNING *");
        client.await("the first rows", () -> client.received().stream().anyMatch(r -> r.sequence() == rows));
        final Reply refused = client.awaitLast(client.control(1, TransactionAction.SAVEPOINT, 1, 0, 0));
        assertThat(refused.errorCode()).isEqualTo(ErrorCode.MISUSE.number());
        assertThat(refused.message()).contains("RETURNING is open");
        client.cancel(1, rows);
        client.awaitLast(rows);
        ok(client.awaitLast(client.control(1, TransactionAction.SAVEPOINT, 1, 0, 0)));
        ok(control(client, 1, TransactionAction.COMMIT));
        assertThat(count(other, 0)).isEqualTo(List.of(List.of(200L)));
    }

    @Test
    void shouldHandTheTurnOnWhenAnExclusiveHolderDies() {
        final WireClient dying = new WireClient(coordinator);
        ok(dying.awaitLast(dying.control(1, TransactionAction.LOCK, 0, 0, TimeUnit.SECONDS.toNanos(50))));
        dying.die();
        ok(other.execute(0, "INSERT INTO t VALUES(1, 'other')"));
    }

    @Test
    void shouldGrantInArrivalOrderWhenSeveralWaitForTheTurn() {
        ok(client.awaitLast(client.control(1, TransactionAction.LOCK, 0, 0, TimeUnit.SECONDS.toNanos(50))));
        final long second = other.control(1, TransactionAction.BEGIN, 0, 0, TimeUnit.SECONDS.toNanos(50));
        other.await("the second to arrive", () -> other.slot().requestConsumedBytesAcquire() > 0);
        final long third = client.send(3, "INSERT INTO t VALUES(3, 'third')");
        ok(control(client, 1, TransactionAction.UNLOCK));
        ok(other.awaitLast(second));
        ok(other.execute(1, "INSERT INTO t VALUES(2, 'second')"));
        assertThat(client.received()).isEmpty();
        ok(control(other, 1, TransactionAction.COMMIT));
        ok(client.awaitLast(third));
    }

    @Test
    void shouldNameTheHolderWhenAWaiterReachesItsDeadline() {
        ok(client.awaitLast(client.control(1, TransactionAction.BEGIN, 0, 0, TimeUnit.SECONDS.toNanos(50))));
        ok(client.execute(1, "INSERT INTO t VALUES(1, 'mine')"));
        final Reply late = other.awaitLast(other.send(
                0, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100), 1000, "INSERT INTO t VALUES(2, 'x')"));
        assertThat(late.errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED.number());
        assertThat(late.started()).isFalse();
        assertThat(late.message()).contains("held by client=wire", "pid=", "ageMs=", "INSERT INTO t VALUES(1, 'mine')");
        ok(control(client, 1, TransactionAction.ROLLBACK));
    }

    @Test
    void shouldEndABusyHolderWhenTheTotalLimitIsOverAndSomebodyWaits() {
        ok(client.awaitLast(client.control(1, TransactionAction.BEGIN, 0, 0, TimeUnit.SECONDS.toNanos(50))));
        final long waiting = other.send(0, "INSERT INTO t VALUES(1, 'other')");
        Reply reply = ok(client.execute(1, "INSERT INTO t VALUES(2, 'busy')"));
        while (!reply.isFailure()) {
            reply = client.execute(1, "UPDATE t SET b = 'busy'");
        }
        ended(reply, "held the write turn for too long", "limitMs=2000");
        ok(other.awaitLast(waiting));
        assertThat(count(other, 0)).isEqualTo(List.of(List.of(1L)));
    }

    // ---- joined sessions ----

    @Test
    void shouldRunInTheTransactionOfAnotherWhenASessionJoins() {
        ok(client.awaitLast(client.control(1, TransactionAction.BEGIN, 0, TOKEN, 0)));
        ok(client.execute(1, "INSERT INTO t VALUES(1, 'a')"));
        ok(other.awaitLast(other.control(7, TransactionAction.JOIN, 0, TOKEN, 0)));
        assertThat(count(other, 7)).isEqualTo(List.of(List.of(1L)));
        ok(other.awaitLast(other.control(7, TransactionAction.SAVEPOINT, 1, 0, 0)));
        ok(other.execute(7, "INSERT INTO t VALUES(2, 'b')"));
        ok(other.awaitLast(other.control(7, TransactionAction.RELEASE, 1, 0, 0)));
        ok(control(other, 7, TransactionAction.COMMIT));
        // It has left: what it asks now is asked outside.
        assertThat(count(other, 7)).isEqualTo(List.of(List.of(0L)));
        assertThat(count(client, 1)).isEqualTo(List.of(List.of(2L)));
        ok(control(client, 1, TransactionAction.COMMIT));
        assertThat(count(other, 7)).isEqualTo(List.of(List.of(2L)));
    }

    @Test
    void shouldTellTheJoinedWhenTheOwnerEndsTheTransaction() {
        ok(client.awaitLast(client.control(1, TransactionAction.BEGIN, 0, TOKEN, 0)));
        ok(other.awaitLast(other.control(7, TransactionAction.JOIN, 0, TOKEN, 0)));
        ok(control(client, 1, TransactionAction.COMMIT));
        ended(other.execute(7, "INSERT INTO t VALUES(2, 'late')"), "committed by its owner");
        ok(control(other, 7, TransactionAction.ROLLBACK));
        ok(other.execute(7, "INSERT INTO t VALUES(2, 'late')"));
    }

    @Test
    void shouldRefuseToJoinWhenTheTokenIsNotOfAnOpenTransaction() {
        ended(other.awaitLast(other.control(7, TransactionAction.JOIN, 0, TOKEN, 0)), "not open");
        ok(client.awaitLast(client.control(1, TransactionAction.BEGIN, 0, 0, 0)));
        ended(other.awaitLast(other.control(7, TransactionAction.JOIN, 0, 0, 0)), "not open");
    }

    @Test
    void shouldKeepTheTransactionWhenAJoinedClientDies() {
        ok(client.awaitLast(client.control(1, TransactionAction.BEGIN, 0, TOKEN, TimeUnit.SECONDS.toNanos(50))));
        final WireClient dying = new WireClient(coordinator);
        ok(dying.awaitLast(dying.control(7, TransactionAction.JOIN, 0, TOKEN, 0)));
        ok(dying.execute(7, "INSERT INTO t VALUES(1, 'joined')"));
        dying.die();
        dying.await(
                "the dead to be seen",
                () -> !java.nio.file.Files.exists(coordinator.directory().replies("shop", dying.id)));
        ok(client.execute(1, "INSERT INTO t VALUES(2, 'owner')"));
        ok(control(client, 1, TransactionAction.COMMIT));
        assertThat(count(other, 0)).isEqualTo(List.of(List.of(2L)));
    }

    // ---- snapshots ----

    @Test
    void shouldSeeOneCommitWhenASnapshotIsOpen() {
        final long seen = ok(control(client, 1, TransactionAction.BEGIN_READ)).commitSequence();
        ok(other.execute(0, "INSERT INTO t VALUES(1, 'a')"));
        assertThat(count(client, 1)).isEqualTo(List.of(List.of(0L)));
        final Reply rows = ok(client.execute(1, "SELECT * FROM t"));
        assertThat(rows.commitSequence()).isEqualTo(seen);
        assertThat(client.execute(1, "INSERT INTO t VALUES(2, 'b')").errorCode())
                .isEqualTo(ErrorCode.MISUSE.number());
        ok(control(client, 1, TransactionAction.COMMIT));
        assertThat(count(client, 1)).isEqualTo(List.of(List.of(1L)));
    }

    @Test
    void shouldStreamOneAfterTheOtherWhenResultsOfASnapshotAreLong() {
        ok(
                client.execute(
                        0,
                        "INSERT INTO t SELECT value, zeroblob(1000) FROM generate_series(1, 2000)"
                                .replace(
                                        "generate_series(1, 2000)",
                                        "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 2000) SELECT * FROM n)")));
        final long began = client.control(1, TransactionAction.BEGIN_READ);
        final long all = client.send(1, WireClient.soon(), 8 << 20, "SELECT a, b FROM t");
        final long count = client.send(1, "SELECT count(*) FROM t");
        final long committed = client.control(1, TransactionAction.COMMIT);
        ok(client.awaitLast(began));
        assertThat(ok(client.awaitLast(all)).rows()).hasSize(2000);
        assertThat(ok(client.awaitLast(count)).rows()).isEqualTo(List.of(List.of(2000L)));
        ok(client.awaitLast(committed));
    }

    @Test
    void shouldCloseTheResultWhenASnapshotIsRolledBack() {
        final long unread = beginToRead();
        ok(control(client, 1, TransactionAction.ROLLBACK));
        assertThat(client.awaitLast(unread).errorCode()).isEqualTo(ErrorCode.CANCELLED.number());
    }

    /** A result of a snapshot in session 1, whose first rows are there and whose others wait for credit; its sequence. */
    private long beginToRead() {
        ok(control(client, 1, TransactionAction.BEGIN_READ));
        final long unread = client.send(
                1,
                WireClient.soon(),
                1,
                "SELECT randomblob(1000) FROM "
                        + "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT i FROM n)");
        client.await("the first rows", () -> client.received().stream().anyMatch(r -> r.sequence() == unread));
        return unread;
    }

    @Test
    void shouldCloseASessionWhenAResultOfItsSnapshotIsNotRead() {
        beginToRead();
        ok(client.awaitLast(client.closeSession(1)));
        ok(control(client, 2, TransactionAction.BEGIN_READ));
        ok(control(client, 3, TransactionAction.BEGIN_READ));
    }

    @Test
    void shouldTakeAnIdleSnapshotsConnectionWhenOthersNeedOne() {
        ok(control(client, 1, TransactionAction.BEGIN_READ));
        ok(control(client, 2, TransactionAction.BEGIN_READ));
        // Two of the four cannot be kept: the conductor's, and one for long reads.
        ok(control(other, 1, TransactionAction.BEGIN_READ));
        ok(control(other, 1, TransactionAction.ROLLBACK));
        ended(client.execute(1, "SELECT 1"), "snapshot", "idle");
        ok(control(client, 1, TransactionAction.ROLLBACK));
        ok(client.execute(1, "SELECT 1"));
    }

    @Test
    void shouldSayNotStartedWhenASnapshotThatWaitsIsCancelled() {
        ok(control(client, 1, TransactionAction.BEGIN_READ));
        ok(control(client, 2, TransactionAction.BEGIN_READ));
        // Whoever is idle for longer than the lease would make room.
        ok(client.execute(1, "SELECT 1"));
        ok(client.execute(2, "SELECT 1"));
        final long waiting = other.control(1, TransactionAction.BEGIN_READ);
        other.cancel(1, waiting);
        final Reply cancelled = other.awaitLast(waiting);
        assertThat(cancelled.errorCode()).isEqualTo(ErrorCode.CANCELLED.number());
        assertThat(cancelled.started()).isFalse();
        assertThat(count(other, 1)).isEqualTo(List.of(List.of(0L)));
    }

    @Test
    void shouldGiveTheConnectionBackWhenAClientDiesInASnapshot() {
        for (int i = 0; i < 5; i++) {
            final WireClient dying = new WireClient(coordinator);
            ok(control(dying, 1, TransactionAction.BEGIN_READ));
            dying.send(1, WireClient.soon(), 1, "SELECT randomblob(100000), randomblob(100000)");
            dying.die();
        }
        ok(control(client, 1, TransactionAction.BEGIN_READ));
        assertThat(count(client, 1)).isEqualTo(List.of(List.of(0L)));
    }
}
