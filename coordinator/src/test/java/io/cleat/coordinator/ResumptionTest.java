// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ErrorCode;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.protocol.codec.Outcome;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.status.CoordinatorState;
import io.cleat.status.SystemCounter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.status.AtomicCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client attaches to the successor and sends again what waits: what was applied is answered, not done twice. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ResumptionTest {
    @TempDir
    Path folder;

    final List<Throwable> errors = new ArrayList<>();
    Coordinator coordinator;
    WireClient client;

    @BeforeEach
    void launch() {
        coordinator = start();
        client = new WireClient(coordinator);
        client.execute(0, "CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
    }

    /** Of the coordinators; what another form of evidence has otherwise, its test overrides. */
    CoordinatorContext context() {
        return Place.in(folder, "shop").coordinator().errorHandler(errors::add);
    }

    private Coordinator start() {
        return Coordinator.invoked(context());
    }

    @AfterEach
    void close() {
        client.close();
        coordinator.close();
        assertThat(errors).isEmpty();
    }

    /** The coordinator hands over, and the client follows. */
    final void succeed() {
        coordinator.handOver("moving");
        client.poll();
        assertThat(client.replies.closing()).isEqualTo("moving");
        assertThat(client.replies.hasSuccessor()).isTrue();
        assertThat(client.status().header().stateAcquire()).isEqualTo(CoordinatorState.HANDED_OVER);
        coordinator = start();
        client = client.resume(coordinator::doWork);
    }

    final List<List<Object>> rows(String sql) {
        return client.execute(50, sql).rows();
    }

    static void assertFailed(Reply reply, ErrorCode code, Outcome outcome) {
        assertThat(reply.message()).isNotEmpty();
        assertThat(reply.errorCode()).as(reply.message()).isEqualTo(code.number());
        assertThat(reply.outcome()).as(reply.message()).isEqualTo(outcome);
    }

    @Test
    void shouldAnswerAWriteFromItsOutcomeWhenItIsSentAgain() {
        final long insert = client.send(0, "INSERT INTO t(b) VALUES('x'), ('y')");
        final Reply first = client.awaitLast(insert);
        final long update = client.send(0, "UPDATE t SET b = b || 'z' RETURNING a, b");
        final Reply returned = client.awaitLast(update);
        succeed();
        final Reply again = client.again(insert);
        assertThat(again.changeCount()).isEqualTo(2);
        assertThat(again.lastRowId()).isEqualTo(2);
        assertThat(again.commitSequence()).isEqualTo(first.commitSequence()).isEqualTo(2);
        assertThat(client.again(update).rows())
                .isEqualTo(returned.rows())
                .containsExactly(List.of(1L, "xz"), List.of(2L, "yz"));
        assertThat(rows("SELECT b FROM t")).containsExactly(List.of("xz"), List.of("yz"));
        assertThat(client.execute(0, "INSERT INTO t(b) VALUES('n')").commitSequence())
                .as("the commit sequence goes on")
                .isEqualTo(4);
    }

    @Test
    void shouldExecuteWhatWasNotAppliedWhenItIsSentAgain() {
        final long refused = client.send(0, "INSERT INTO t VALUES(1, 'x'), (1, 'y')");
        assertThat(client.awaitLast(refused).sqliteCode()).isEqualTo(1555);
        final long read = client.send(0, "SELECT count(*) FROM t");
        assertThat(client.awaitLast(read).rows()).containsExactly(List.of(0L));
        coordinator.handOver("moving");
        // Nobody has read this one.
        final long late = client.send(0, "INSERT INTO t VALUES(7, 'late')");
        coordinator = start();
        client = client.resume(coordinator::doWork);
        assertThat(client.again(refused).sqliteCode()).isEqualTo(1555);
        assertThat(client.again(read).rows()).containsExactly(List.of(0L));
        assertThat(client.again(late).changeCount()).isEqualTo(1);
        assertThat(client.again(late).changeCount()).isEqualTo(1);
        assertThat(rows("SELECT a FROM t")).containsExactly(List.of(7L));
    }

    @Test
    void shouldSayAppliedWhenTheRowsThatItReturnedWereTooMany() {
        final String sql = "INSERT INTO t(b) SELECT zeroblob(9000) FROM (VALUES(1), (2)) RETURNING b";
        final long insert = client.send(0, sql);
        assertThat(client.awaitLast(insert).rows()).hasSize(2);
        succeed();
        assertFailed(client.again(insert), ErrorCode.COORDINATOR_LOST, Outcome.APPLIED);
        assertThat(rows("SELECT count(*) FROM t")).containsExactly(List.of(2L));
    }

    @Test
    void shouldKnowTheOutcomesOfABatchAndAScriptAndAVacuum() {
        final long batch = client.sendBatch(0, "INSERT INTO t(b) VALUES(?)", "x", "y", "z");
        assertThat(client.awaitLast(batch).changeCount()).isEqualTo(3);
        final long script =
                client.sendScript(0, "INSERT INTO t(b) VALUES('s'); CREATE TABLE u(a); DELETE FROM t WHERE b = 'x'");
        final Reply scriptDone = client.awaitLast(script);
        assertThat(scriptDone.message()).isEmpty();
        final long vacuum = client.send(0, "VACUUM");
        assertThat(client.awaitLast(vacuum).message()).isEmpty();
        succeed();
        final AtomicCounter answeredAgain = client.status().counters().counter(SystemCounter.DUPLICATES);
        assertThat(client.again(batch).changeCount()).isEqualTo(3);
        assertThat(answeredAgain.get()).isEqualTo(1);
        assertThat(client.again(script).changeCount()).isEqualTo(scriptDone.changeCount());
        assertThat(answeredAgain.get()).isEqualTo(2);
        assertThat(client.again(vacuum).message()).isEmpty();
        assertThat(answeredAgain.get()).as("VACUUM was not run again").isEqualTo(3);
        assertThat(rows("SELECT b FROM t ORDER BY b")).containsExactly(List.of("s"), List.of("y"), List.of("z"));
    }

    @Test
    void shouldRefuseUntilUnlockedWhenExclusiveAccessWasLost() {
        client.awaitLast(client.control(3, TransactionAction.LOCK));
        succeed();
        client.sessionLost(3, 0, true);
        assertFailed(client.execute(3, "SELECT 1"), ErrorCode.TRANSACTION_LOST, Outcome.NOT_APPLIED);
        assertThat(client.awaitLast(client.control(3, TransactionAction.ROLLBACK))
                        .message())
                .isEmpty();
        assertFailed(
                client.awaitLast(client.control(3, TransactionAction.BEGIN)),
                ErrorCode.TRANSACTION_LOST,
                Outcome.NOT_APPLIED);
        assertThat(client.awaitLast(client.control(3, TransactionAction.UNLOCK)).message())
                .isEmpty();
        assertThat(client.execute(3, "INSERT INTO t VALUES(2, 'y')").changeCount())
                .isEqualTo(1);
    }

    /** The coordinator hands over, and what was known of the client's writes is gone. */
    private void succeedWithoutOutcomes() throws IOException {
        coordinator.handOver("moving");
        Files.delete(folder.resolve("dir/shop/outcomes/" + client.id + ".dat"));
        coordinator = start();
        client = client.resume(coordinator::doWork);
    }

    @Test
    void shouldAnswerAWriteFromItsOutcomeWhenExclusiveAccessWasLost() {
        client.awaitLast(client.control(3, TransactionAction.LOCK));
        final long insert = client.send(3, "INSERT INTO t VALUES(1, 'x')");
        client.awaitLast(insert);
        final long failed = client.send(3, "INSERT INTO t VALUES(1, 'x')");
        client.awaitLast(failed);
        succeed();
        client.sessionLost(3, 0, true);
        assertThat(client.again(insert).changeCount()).isEqualTo(1);
        assertFailed(client.again(failed), ErrorCode.TRANSACTION_LOST, Outcome.NOT_APPLIED);
        assertThat(rows("SELECT a FROM t")).containsExactly(List.of(1L));
    }

    @Test
    void shouldNotKnowAWriteWhenExclusiveAccessAndOutcomesWereLost() throws Exception {
        client.awaitLast(client.control(3, TransactionAction.LOCK));
        final long insert = client.send(3, "INSERT INTO t VALUES(1, 'x')");
        client.awaitLast(insert);
        succeedWithoutOutcomes();
        client.sessionLost(3, 0, true);
        assertFailed(client.again(insert), ErrorCode.TRANSACTION_LOST, Outcome.UNKNOWN);
        assertFailed(client.execute(3, "SELECT 1"), ErrorCode.TRANSACTION_LOST, Outcome.NOT_APPLIED);
    }

    @Test
    void shouldSayAppliedWhenTheCommitOfAStatementWasGivenUp() {
        client.awaitLast(client.control(3, TransactionAction.BEGIN));
        final long insert = client.send(3, "INSERT INTO t VALUES(1, 'x')");
        client.awaitLast(client.control(3, TransactionAction.COMMIT));
        succeed();
        client.sessionLost(3, 0);
        assertFailed(client.again(insert), ErrorCode.TRANSACTION_LOST, Outcome.APPLIED);
        assertThat(client.awaitLast(client.control(3, TransactionAction.ROLLBACK))
                        .message())
                .isEmpty();
    }

    @Test
    void shouldNotKnowAWriteThatIsRefusedNowWhenOutcomesWereLost() throws Exception {
        final long insert = client.send(0, "INSERT INTO t VALUES(1, 'x')");
        client.awaitLast(insert);
        final long read = client.send(0, "SELECT count(*) FROM t");
        client.awaitLast(read);
        client.execute(0, "CREATE TABLE u(a)");
        final long gone = client.send(0, "INSERT INTO u VALUES(1)");
        client.awaitLast(gone);
        client.execute(0, "DROP TABLE u");
        final long late = client.send(0, System.nanoTime(), 1 << 20, "INSERT INTO t VALUES(2, 'y')");
        client.awaitLast(late);
        final long begin = client.control(3, TransactionAction.BEGIN);
        client.awaitLast(begin);
        succeedWithoutOutcomes();
        for (final long sequence : List.of(insert, gone, late, begin)) {
            assertFailed(client.again(sequence), ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN);
        }
        assertThat(client.again(read).rows()).containsExactly(List.of(1L));
    }

    @Test
    void shouldAnswerAWriteFromItsOutcomeWhenItIsRefusedNow() {
        final long insert = client.send(3, "INSERT INTO t(b) VALUES('x')");
        client.awaitLast(insert);
        coordinator.handOver("moving");
        coordinator = Coordinator.invoked(context()
                .errorHandler(errors::add)
                .clientLimits(ClientLimits.defaults().sessions(1)));
        client = client.resume(coordinator::doWork);
        client.execute(0, "SELECT 1");
        assertThat(client.again(insert).changeCount()).isEqualTo(1);
        assertThat(client.execute(0, "SELECT b FROM t").rows()).containsExactly(List.of("x"));
        assertThat(errors).singleElement().asString().contains("too many sessions of one client: limit=1");
        errors.clear();
    }

    @Test
    void shouldServeADatabaseThatIsNamedByALink() throws Exception {
        final Path real = folder.resolve("real.db");
        final Path link = Files.createSymbolicLink(folder.resolve("link.db"), real);
        try (Coordinator linked = Coordinator.invoked(new CoordinatorContext("linked")
                        .directory(folder.resolve("dir"))
                        .databaseFile(link));
                WireClient other = new WireClient(linked)) {
            other.execute(0, "CREATE TABLE t(a)");
            assertThat(other.execute(0, "INSERT INTO t VALUES(1)").changeCount())
                    .isEqualTo(1);
        }
        assertThat(real).isRegularFile();
        assertThat(link).isSymbolicLink();
    }

    @Test
    void shouldNotSpeakOfADeathWhenTheLastCommitWasRefused() {
        coordinator.handOver("moving");
        coordinator = Coordinator.invoked(
                Place.in(folder, "shop").coordinator().foreignKeys(true).errorHandler(errors::add));
        client = client.resume(coordinator::doWork);
        client.execute(0, "CREATE TABLE c(p REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
        assertThat(client.execute(0, "INSERT INTO c VALUES(99)").sqliteCode()).isEqualTo(787);
        succeed();
        assertThat(errors).isEmpty();
    }

    @Test
    void shouldNotKnowAWriteOfAnExclusiveRunWhenTheFileWasSharedSince() {
        final long insert = client.send(0, "INSERT INTO t(b) VALUES('x')");
        client.awaitLast(insert);
        coordinator.handOver("moving");
        coordinator = Coordinator.invoked(
                Place.in(folder, "shop").coordinator().exclusiveFile(false).errorHandler(errors::add));
        client = client.resume(coordinator::doWork);
        final long shared = client.send(0, "INSERT INTO t(b) VALUES('y')");
        client.awaitLast(shared);
        succeed();
        assertFailed(client.again(insert), ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN);
        assertFailed(client.again(shared), ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN);
        assertThat(rows("SELECT b FROM t")).containsExactly(List.of("x"), List.of("y"));
    }

    @Test
    void shouldTellThatATransactionWasLostUntilItIsRolledBack() {
        client.awaitLast(client.control(3, TransactionAction.BEGIN));
        final long insert = client.send(3, "INSERT INTO t VALUES(1, 'x')");
        client.awaitLast(insert);
        succeed();
        client.sessionLost(3, 0);
        assertFailed(client.again(insert), ErrorCode.TRANSACTION_LOST, Outcome.NOT_APPLIED);
        assertFailed(client.execute(3, "SELECT 1"), ErrorCode.TRANSACTION_LOST, Outcome.NOT_APPLIED);
        assertFailed(
                client.awaitLast(client.control(3, TransactionAction.COMMIT)),
                ErrorCode.TRANSACTION_LOST,
                Outcome.NOT_APPLIED);
        assertThat(client.awaitLast(client.control(3, TransactionAction.ROLLBACK))
                        .message())
                .isEmpty();
        assertThat(client.execute(3, "INSERT INTO t VALUES(2, 'y')").changeCount())
                .isEqualTo(1);
        assertThat(rows("SELECT a FROM t")).containsExactly(List.of(2L));
    }

    @Test
    void shouldAnswerACommitFromItsOutcomeWhenItWasMade() {
        final long begin = client.control(3, TransactionAction.BEGIN);
        final long insert = client.send(3, "INSERT INTO t VALUES(1, 'x')");
        final long commit = client.control(3, TransactionAction.COMMIT);
        final Reply committed = client.awaitLast(commit);
        succeed();
        client.sessionLost(3, commit);
        assertFailed(client.again(insert), ErrorCode.TRANSACTION_LOST, Outcome.APPLIED);
        assertThat(client.again(commit).commitSequence()).isEqualTo(committed.commitSequence());
        // Even if all of it is sent again, and nobody said that it was lost.
        assertThat(client.again(begin).message()).isEmpty();
        assertFailed(client.again(insert), ErrorCode.TRANSACTION_LOST, Outcome.APPLIED);
        assertThat(client.again(commit).message()).isEmpty();
        assertThat(client.execute(3, "INSERT INTO t VALUES(2, 'y')").changeCount())
                .isEqualTo(1);
        assertThat(rows("SELECT a FROM t")).containsExactly(List.of(1L), List.of(2L));
    }

    @Test
    void shouldSayThatACommitWasNotMadeWhenItsTransactionWasLost() {
        client.awaitLast(client.control(3, TransactionAction.BEGIN));
        client.awaitLast(client.send(3, "INSERT INTO t VALUES(1, 'x')"));
        coordinator.handOver("moving");
        final long insert = client.send(3, "INSERT INTO t VALUES(2, 'x')");
        final long commit = client.control(3, TransactionAction.COMMIT);
        coordinator = start();
        client = client.resume(coordinator::doWork);
        client.sessionLost(3, commit);
        assertFailed(client.again(insert), ErrorCode.TRANSACTION_LOST, Outcome.NOT_APPLIED);
        assertFailed(client.again(commit), ErrorCode.TRANSACTION_LOST, Outcome.NOT_APPLIED);
        assertThat(client.execute(3, "INSERT INTO t VALUES(3, 'y')").changeCount())
                .isEqualTo(1);
        assertThat(rows("SELECT a FROM t")).containsExactly(List.of(3L));
    }

    @Test
    void shouldNotKnowWhatHasManyLaterWrites() {
        final long first = client.send(0, "INSERT INTO t(b) VALUES('first')");
        client.awaitLast(first);
        long last = 0;
        for (int i = 0; i < 2047; i++) {
            last = client.send(0, "INSERT INTO t(b) VALUES(1)");
            if (i % 100 == 0) {
                client.awaitLast(last);
            }
        }
        client.awaitLast(last);
        succeed();
        assertFailed(client.again(first), ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN);
        assertThat(client.again(last).changeCount()).isEqualTo(1);
        assertThat(client.ask(client.id, first).get(0)).isEqualTo((long) OutcomeQuestions.FORGOTTEN);
        assertThat(rows("SELECT count(*) FROM t")).containsExactly(List.of(2048L));
    }

    @Test
    void shouldKeepATextUnderItsNumberBeforeARequestThatRefersToIt() {
        client.statementId = 4;
        client.execute(0, "INSERT INTO t(b) VALUES('x')");
        final long second = client.send(0, "");
        client.awaitLast(second);
        succeed();
        client.keepStatement(4, "INSERT INTO t(b) VALUES('z')");
        client.statementId = 4;
        assertThat(client.execute(0, "").changeCount()).isEqualTo(1);
        client.statementId = 0;
        assertThat(rows("SELECT b FROM t")).containsExactly(List.of("x"), List.of("x"), List.of("z"));
    }

    @Test
    void shouldSayWhatBecameOfARequest() {
        final long insert = client.send(0, "INSERT INTO t(b) VALUES('x') RETURNING a");
        client.awaitLast(insert);
        final long refused = client.send(0, "INSERT INTO t VALUES(1, 'y')");
        client.awaitLast(refused);
        try (WireClient other = new WireClient(coordinator)) {
            assertThat(other.ask(client.id, insert).subList(0, 4)).containsExactly(1L, 1L, 1L, 2L);
            assertThat((byte[]) other.ask(client.id, insert).get(5)).isNotEmpty();
            assertThat(other.ask(client.id, refused).get(0)).isEqualTo(0L);
            assertThat(other.ask(client.id, refused + 1).get(0)).isEqualTo(2L);
            client.awaitLast(client.control(3, TransactionAction.BEGIN));
            final long inTransaction = client.send(3, "INSERT INTO t(b) VALUES('t')");
            client.awaitLast(inTransaction);
            assertThat(other.ask(client.id, inTransaction).get(0)).isEqualTo(2L);
            client.awaitLast(client.control(3, TransactionAction.COMMIT));
            assertThat(other.ask(client.id, inTransaction).get(0)).isEqualTo(3L);
            assertThat(other.ask(123_456, 1).get(0)).isEqualTo(3L);
            final long dead;
            final long deadId;
            try (WireClient third = new WireClient(coordinator)) {
                deadId = third.id;
                dead = third.send(0, "INSERT INTO t(b) VALUES('dead')");
                third.awaitLast(dead);
                third.die();
                third.await(
                        "its end",
                        () -> third.slot().clientId() != deadId
                                || third.slot().stateAcquire() == io.cleat.status.ClientSlotState.FREE);
            }
            assertThat(other.ask(deadId, dead).get(0)).isEqualTo(1L);
            assertThat(other.ask(deadId, dead + 1).get(0)).isEqualTo(0L);
        }
    }

    @Test
    void shouldForgetTheOutcomesOfAClientThatSaidGoodbye() {
        final Path outcomes = folder.resolve("dir/shop/outcomes");
        final WireClient other = new WireClient(coordinator);
        final Path file = outcomes.resolve(other.id + ".dat");
        assertThat(file).isRegularFile();
        other.close();
        client.await("its file to go", () -> !java.nio.file.Files.exists(file));
    }
}
