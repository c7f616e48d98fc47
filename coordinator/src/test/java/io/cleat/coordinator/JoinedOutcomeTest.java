// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.RequestException;
import io.cleat.RequestId;
import io.cleat.RequestOutcome;
import io.cleat.Session;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.protocol.codec.Outcome;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What became of writes in a transaction that another client had begun, asked for by request: in both forms of evidence. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class JoinedOutcomeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long TOKEN = 0x1234_5678_9abcL;
    private static final long LEASE_NS = TimeUnit.SECONDS.toNanos(50);
    private static final long NOT_APPLIED = OutcomeQuestions.NOT_APPLIED;
    private static final long APPLIED = OutcomeQuestions.APPLIED;
    private static final long UNDECIDED = OutcomeQuestions.UNDECIDED;
    private static final long FORGOTTEN = OutcomeQuestions.FORGOTTEN;

    @TempDir
    private Path folder;

    private final List<Throwable> errors = new ArrayList<>();

    private Coordinator start(boolean isShared) {
        return Coordinator.invoked(
                Place.in(folder, "join").coordinator().exclusiveFile(!isShared).errorHandler(errors::add));
    }

    private void prepare(boolean isShared) {
        try (Coordinator first = start(isShared);
                WireClient client = new WireClient(first)) {
            ok(client.execute(0, "CREATE TABLE t(a INTEGER PRIMARY KEY, b)"));
        }
    }

    private static Reply ok(Reply reply) {
        assertThat(reply.message()).isEmpty();
        return reply;
    }

    private static void begin(WireClient owner) {
        ok(owner.awaitLast(owner.control(1, TransactionAction.BEGIN, 0, TOKEN, LEASE_NS)));
        ok(owner.execute(1, "INSERT INTO t(b) VALUES('owner')"));
    }

    private static void join(WireClient joined) {
        ok(joined.awaitLast(joined.control(7, TransactionAction.JOIN, 0, TOKEN, 0)));
    }

    private static long write(WireClient joined, String sql) {
        final long sequence = joined.send(7, sql);
        ok(joined.awaitLast(sequence));
        return sequence;
    }

    private static void control(WireClient client, int session, TransactionAction action) {
        ok(client.awaitLast(client.control(session, action)));
    }

    private static void savepoint(WireClient owner, TransactionAction action) {
        ok(owner.awaitLast(owner.control(1, action, 1, 0, 0)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayAppliedWhenTheOwnerHasCommitted(boolean isShared) {
        prepare(isShared);
        final long insert;
        final long returning;
        final long failed;
        final long undone;
        final long leave;
        final WireClient owner;
        WireClient joined;
        try (Coordinator coordinator = start(isShared)) {
            owner = new WireClient(coordinator);
            joined = new WireClient(coordinator);
            begin(owner);
            join(joined);
            insert = write(joined, "INSERT INTO t(b) VALUES('x'), ('y')");
            returning = write(joined, "UPDATE t SET b = b || 'z' WHERE b IN ('x', 'y') RETURNING b");
            failed = joined.send(7, "INSERT INTO t(a) VALUES(1)");
            assertThat(joined.awaitLast(failed).sqliteCode()).isEqualTo(1555);
            savepoint(owner, TransactionAction.SAVEPOINT);
            undone = write(joined, "DELETE FROM t");
            savepoint(owner, TransactionAction.ROLLBACK_TO);
            assertThat(owner.ask(joined.id, insert).get(0)).isEqualTo(UNDECIDED);
            leave = joined.control(7, TransactionAction.COMMIT);
            ok(joined.awaitLast(leave));
            assertThat(owner.ask(joined.id, insert).get(0))
                    .as("it has left, and the transaction is open")
                    .isEqualTo(UNDECIDED);
            control(owner, 1, TransactionAction.COMMIT);
            assertThat(owner.ask(joined.id, insert)).startsWith(APPLIED, 2L, 3L);
            assertThat(owner.ask(joined.id, failed).get(0)).isEqualTo(NOT_APPLIED);
            coordinator.handOver("moving");
        }
        try (Coordinator successor = start(isShared)) {
            joined = joined.resume(successor::doWork);
            assertThat(joined.ask(joined.id, insert)).startsWith(APPLIED, 2L, 3L);
            assertThat(joined.ask(joined.id, returning)).startsWith(APPLIED, 2L);
            assertThat(joined.ask(joined.id, failed).get(0)).isEqualTo(NOT_APPLIED);
            assertThat(joined.ask(joined.id, undone).get(0)).isEqualTo(NOT_APPLIED);
            joined.sessionLost(7, leave);
            final Reply again = ok(joined.again(insert));
            assertThat(again.changeCount()).isEqualTo(2);
            assertThat(again.lastRowId()).isEqualTo(3);
            final Reply rowsAreGone = joined.again(returning);
            assertThat(rowsAreGone.errorCode()).isEqualTo(ErrorCode.COORDINATOR_LOST.number());
            assertThat(rowsAreGone.outcome()).isEqualTo(Outcome.APPLIED);
            final Reply lost = joined.again(undone);
            assertThat(lost.errorCode()).isEqualTo(ErrorCode.TRANSACTION_LOST.number());
            assertThat(lost.outcome()).isEqualTo(Outcome.NOT_APPLIED);
            ok(joined.again(leave));
            assertThat(joined.execute(0, "SELECT b FROM t").rows())
                    .containsExactly(List.of("owner"), List.of("xz"), List.of("yz"));
            joined.close();
            owner.die();
        }
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayNotAppliedWhenTheOwnerHasRolledBackOrIsGone(boolean isShared) {
        prepare(isShared);
        try (Coordinator coordinator = start(isShared);
                WireClient owner = new WireClient(coordinator);
                WireClient joined = new WireClient(coordinator)) {
            begin(owner);
            join(joined);
            final long insert = write(joined, "INSERT INTO t(b) VALUES('x')");
            control(joined, 7, TransactionAction.COMMIT);
            assertThat(owner.ask(joined.id, insert).get(0)).isEqualTo(UNDECIDED);
            control(owner, 1, TransactionAction.ROLLBACK);
            assertThat(owner.ask(joined.id, insert).get(0)).isEqualTo(NOT_APPLIED);
            begin(owner);
            join(joined);
            final long lost = write(joined, "INSERT INTO t(b) VALUES('x')");
            owner.closeSession(1);
            joined.await(
                    "the transaction to be lost",
                    () -> joined.ask(joined.id, lost).get(0).equals(NOT_APPLIED));
            assertThat(joined.execute(0, "SELECT b FROM t").rows()).isEmpty();
        }
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldKnowTheWritesOfAJoinedClientWhenItIsDead(boolean isShared) {
        prepare(isShared);
        try (Coordinator coordinator = start(isShared);
                WireClient owner = new WireClient(coordinator)) {
            final WireClient dying = new WireClient(coordinator);
            begin(owner);
            join(dying);
            final long insert = write(dying, "INSERT INTO t(b) VALUES('x')");
            dying.die();
            owner.await(
                    "the dead to be seen",
                    () -> !Files.exists(coordinator.directory().replies("join", dying.id)));
            assertThat(owner.ask(dying.id, insert).get(0)).isEqualTo(UNDECIDED);
            control(owner, 1, TransactionAction.COMMIT);
            assertThat(owner.ask(dying.id, insert)).startsWith(APPLIED, 1L, 2L);
        }
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldForgetTheFirstWhenAJoinedClientWritesVeryMuch(boolean isShared) {
        prepare(isShared);
        try (Coordinator coordinator = start(isShared);
                WireClient owner = new WireClient(coordinator);
                WireClient joined = new WireClient(coordinator)) {
            begin(owner);
            join(joined);
            final List<Long> writes = new ArrayList<>();
            for (int i = 0; i < JoinedWrites.KEPT_COUNT + 2; i++) {
                writes.add(joined.send(7, "INSERT INTO t(b) VALUES('x')"));
            }
            writes.forEach(sequence -> ok(joined.awaitLast(sequence)));
            assertThat(owner.ask(joined.id, writes.get(0)).get(0)).isEqualTo(UNDECIDED);
            control(owner, 1, TransactionAction.COMMIT);
            assertThat(owner.ask(joined.id, writes.get(0)).get(0)).isEqualTo(FORGOTTEN);
            assertThat(owner.ask(joined.id, writes.get(1)).get(0)).isEqualTo(FORGOTTEN);
            assertThat(owner.ask(joined.id, writes.get(2))).startsWith(APPLIED, 1L, 4L);
            assertThat(owner.ask(joined.id, writes.get(writes.size() - 1)).get(0))
                    .isEqualTo(APPLIED);
        }
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "BEFORE_COMMIT:1, false, false",
        "BEFORE_COMMIT:1, true, false",
        "AFTER_COMMIT:1, false, true",
        "AFTER_COMMIT:1, true, true",
        "BEFORE_REPLY:1, false, true",
        "BEFORE_REPLY:1, true, true"
    })
    void shouldTellTheTruthWhenTheCoordinatorDiesInTheOwnersCommit(String point, boolean isShared, boolean isApplied)
            throws Exception {
        prepare(isShared);
        final Place place = Place.in(folder, "join");
        final long insert;
        final long commit;
        WireClient owner;
        WireClient joined;
        try (ChildJvm dying = place.startDying(point, "exclusiveFile=" + !isShared)) {
            dying.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            owner = attach(place);
            joined = attach(place);
            begin(owner);
            join(joined);
            insert = write(joined, "INSERT INTO t(b) VALUES('x'), ('y')");
            commit = owner.control(1, TransactionAction.COMMIT);
            assertThat(dying.awaitExit(PATIENCE)).isEqualTo(137);
        }
        try (Coordinator successor = start(isShared);
                WireClient other = new WireClient(successor)) {
            owner = owner.resume(successor::doWork);
            owner.sessionLost(1, commit);
            assertThat(owner.again(commit).isFailure()).isEqualTo(!isApplied);
            joined = joined.resume(successor::doWork);
            if (isApplied) {
                assertThat(other.ask(joined.id, insert)).startsWith(APPLIED, 2L, 3L);
            }
            joined.sessionLost(7, 0);
            final Reply again = joined.again(insert);
            assertThat(again.isFailure()).isEqualTo(!isApplied);
            assertThat(again.changeCount()).isEqualTo(isApplied ? 2 : 0);
            // What it sends next tells that nothing of before comes any more.
            control(joined, 7, TransactionAction.ROLLBACK);
            assertThat(other.ask(joined.id, insert).get(0)).isEqualTo(isApplied ? APPLIED : NOT_APPLIED);
            assertThat(other.execute(0, "SELECT count(*) FROM t").rows()).containsExactly(List.of(isApplied ? 3L : 0L));
            joined.close();
            owner.close();
        }
        assertThat(errors).isEmpty();
    }

    /** The owner has committed what the block did, and the block does not know it. */
    @Test
    void shouldSayUnknownAtTheEndOfABlockWhenItsTransactionHasEndedBefore() {
        final Place place = Place.in(folder, "block");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open();
                Database other = place.open();
                Session owner = database.openSession()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            final String[] handle = new String[1];
            owner.begin(PATIENCE);
            owner.inTransaction(transaction -> handle[0] = transaction.handle());
            assertThatThrownBy(() -> other.join(handle[0], joined -> {
                        joined.update("INSERT INTO t VALUES(1)");
                        owner.commit();
                        assertThatThrownBy(() -> joined.update("INSERT INTO t VALUES(2)"))
                                .isInstanceOfSatisfying(RequestException.class, e -> assertThat(e.outcome())
                                        .isEqualTo(io.cleat.Outcome.NOT_APPLIED));
                        return 1;
                    }))
                    .isInstanceOfSatisfying(
                            RequestException.class, e -> assertThat(e.outcome()).isEqualTo(io.cleat.Outcome.UNKNOWN));
            // Its JOIN was the first request.
            final RequestOutcome insert = database.outcome(new RequestId(other.clientId(), 2));
            assertThat(insert.isApplied()).isTrue();
            assertThat(insert.result().changeCount()).isEqualTo(1);
        }
    }

    private static WireClient attach(Place place) {
        return new WireClient(
                CleatDirectory.resolve(place.directory()), place.name(), () -> LockSupport.parkNanos(50_000));
    }
}
