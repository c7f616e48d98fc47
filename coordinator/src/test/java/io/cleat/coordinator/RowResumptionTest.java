// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ErrorCode;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.coordinator.sqlite.SqliteSettings;
import io.cleat.protocol.codec.Outcome;
import io.cleat.protocol.codec.TransactionAction;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link ResumptionTest} says, where the file is shared and outcomes are rows; and what is only so there. */
class RowResumptionTest extends ResumptionTest {
    @Override
    CoordinatorContext context() {
        return super.context().exclusiveFile(false);
    }

    /** Of the other form only: there are no files that can be lost. */
    @Override
    void shouldNotKnowAWriteThatIsRefusedNowWhenOutcomesWereLost() {}

    /** Of the other form only. */
    @Override
    void shouldNotKnowAWriteWhenExclusiveAccessAndOutcomesWereLost() {}

    /** Of the other form only: here the file is shared all the time. */
    @Override
    void shouldNotKnowAWriteOfAnExclusiveRunWhenTheFileWasSharedSince() {}

    private long outcomes() {
        return (Long) rows("SELECT count(*) FROM cleat_outcome WHERE sequence > 0")
                .get(0)
                .get(0);
    }

    @Override
    @Test
    void shouldNotKnowWhatHasManyLaterWrites() {
        final long first = client.send(0, "INSERT INTO t(b) VALUES('first')");
        client.awaitLast(first);
        long last = 0;
        for (int i = 0; i < 2600; i++) {
            last = client.send(0, "INSERT INTO t(b) VALUES(1)");
            if (i % 100 == 0) {
                client.awaitLast(last);
            }
        }
        client.awaitLast(last);
        assertThat(outcomes()).isBetween(2048L, 2048L + 256);
        succeed();
        assertFailed(client.again(first), ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN);
        assertThat(client.again(last).changeCount()).isEqualTo(1);
        assertThat(client.again(last - 2000).changeCount()).isEqualTo(1);
        assertThat(client.ask(client.id, first).get(0)).isEqualTo((long) OutcomeQuestions.FORGOTTEN);
        assertThat(rows("SELECT count(*) FROM t")).containsExactly(List.of(2601L));
    }

    @Override
    @Test
    void shouldForgetTheOutcomesOfAClientThatSaidGoodbye() {
        final WireClient other = new WireClient(coordinator);
        other.execute(0, "INSERT INTO t(b) VALUES('o')");
        final String count = "SELECT count(*) FROM cleat_outcome WHERE client = " + other.id;
        assertThat(rows(count)).containsExactly(List.of(1L));
        other.close();
        client.await("its rows to go with another commit", () -> {
            client.execute(0, "INSERT INTO t(b) VALUES('x')");
            return rows(count).equals(List.of(List.of(0L)));
        });
    }

    @Test
    void shouldLetClientsReadTheTableAndNotChangeIt() {
        client.execute(0, "INSERT INTO t(b) VALUES('x')");
        assertThat(rows("SELECT sequence > 0, change_count FROM cleat_outcome WHERE client = " + client.id
                        + " ORDER BY sequence DESC LIMIT 1"))
                .containsExactly(List.of(1L, 1L));
        for (final String sql : List.of(
                "DELETE FROM cleat_outcome",
                "UPDATE CLEAT_OUTCOME SET change_count = 7",
                "INSERT INTO cleat_outcome VALUES(1, 1, 1, 1, 1, 1, 1, 1, NULL, NULL)",
                "DROP TABLE 'cleat_outcome'",
                "ALTER TABLE cleat_outcome ADD COLUMN x",
                "CREATE INDEX i ON [cleat_outcome](flags)",
                "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM cleat_outcome; END")) {
            assertFailed(client.execute(0, sql), ErrorCode.REFUSED, Outcome.NOT_APPLIED);
        }
    }

    @Test
    void shouldNotCountItsOwnRowsAsChanges() {
        final long before = client.execute(0, "INSERT INTO t(b) VALUES('x')").commitSequence();
        assertThat(client.execute(0, "UPDATE t SET b = 1 WHERE a < 0").commitSequence())
                .isEqualTo(before);
        client.awaitLast(client.control(3, TransactionAction.BEGIN));
        client.execute(3, "INSERT INTO t(b) VALUES('t')");
        assertThat(client.execute(3, "SELECT changes(), last_insert_rowid()").rows())
                .containsExactly(List.of(1L, 2L));
        client.awaitLast(client.control(3, TransactionAction.COMMIT));
        assertThat(client.execute(0, "INSERT INTO t(b) VALUES('y')").lastRowId())
                .isEqualTo(3);
    }

    @Test
    void shouldNotKeepThatACommitSucceededWhenItFailedFirst() {
        client.execute(0, "CREATE TABLE p(a INTEGER PRIMARY KEY)");
        client.execute(0, "CREATE TABLE f(a REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
        coordinator.handOver("moving");
        coordinator = Coordinator.invoked(context().foreignKeys(true));
        client = client.resume(coordinator::doWork);
        client.awaitLast(client.control(3, TransactionAction.BEGIN));
        client.execute(3, "INSERT INTO f VALUES(1)");
        final long failed = client.control(3, TransactionAction.COMMIT);
        assertThat(client.awaitLast(failed).sqliteCode()).isEqualTo(787);
        client.execute(3, "INSERT INTO p VALUES(1)");
        final long commit = client.control(3, TransactionAction.COMMIT);
        assertThat(client.awaitLast(commit).message()).isEmpty();
        succeed();
        assertThat(client.ask(client.id, commit).get(0)).isEqualTo((long) OutcomeQuestions.APPLIED);
        assertThat(rows("SELECT sequence FROM cleat_outcome WHERE sequence = " + failed))
                .isEmpty();
    }

    @Test
    void shouldSayUnknownWhenTheDirectoryIsAnother() throws Exception {
        final long insert = client.send(0, "INSERT INTO t(b) VALUES('x')");
        client.awaitLast(insert);
        coordinator.handOver("moving");
        // As after a reboot: rows of the database, and ids that begin anew.
        Files.delete(folder.resolve("dir/shop/incarnation"));
        coordinator = Coordinator.invoked(context());
        client = client.resume(coordinator::doWork);
        assertFailed(client.again(insert), ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN);
        final long next = client.send(0, "INSERT INTO t(b) VALUES('y')");
        client.awaitLast(next);
        succeed();
        assertFailed(client.again(insert), ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN);
        assertThat(client.again(next).changeCount()).isEqualTo(1);
        assertThat(rows("SELECT b FROM t")).containsExactly(List.of("x"), List.of("y"));
    }

    @Test
    void shouldSayUnknownWhenACoordinatorInBetweenKeptNoRows() {
        final long insert = client.send(0, "INSERT INTO t(b) VALUES('x')");
        client.awaitLast(insert);
        coordinator.handOver("moving");
        coordinator = Coordinator.invoked(context().exclusiveFile(true));
        client = client.resume(coordinator::doWork);
        assertFailed(client.again(insert), ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN);
        final long between = client.send(0, "INSERT INTO t(b) VALUES('y')");
        client.awaitLast(between);
        succeed();
        assertFailed(client.again(between), ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN);
        assertThat(rows("SELECT b FROM t")).containsExactly(List.of("x"), List.of("y"));
    }

    @Test
    void shouldRefuseToStartWhenThereIsAnotherTableOfItsName() throws Exception {
        final Place place = new Place(folder.resolve("dir"), "other", folder.resolve("other.db"));
        try (SqliteDatabase database = SqliteDatabase.open(SqliteSettings.of(place.file()))) {
            final SqliteConnection writer = database.writer();
            writer.exec("CREATE TABLE cleat_outcome(a)");
        }
        final List<Throwable> refused = new ArrayList<>();
        try {
            Coordinator.invoked(place.coordinator().exclusiveFile(false)).close();
        } catch (io.cleat.CleatException e) {
            refused.add(e);
        }
        assertThat(refused).hasSize(1);
        assertThat(refused.get(0)).hasMessageContaining("rename it");
    }

    @Test
    void shouldAnswerFromARowWhenOthersWroteMeanwhile() {
        final long insert = client.send(0, "INSERT INTO t(b) VALUES('x') RETURNING a, b");
        final Reply first = client.awaitLast(insert);
        coordinator.handOver("moving");
        try (SqliteDatabase database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("shop.db")))) {
            database.writer().exec("INSERT INTO t(b) VALUES('outside')");
        }
        coordinator = Coordinator.invoked(context());
        client = client.resume(coordinator::doWork);
        assertThat(client.again(insert).rows()).isEqualTo(first.rows());
        assertThat(rows("SELECT b FROM t")).containsExactly(List.of("x"), List.of("outside"));
    }
}
