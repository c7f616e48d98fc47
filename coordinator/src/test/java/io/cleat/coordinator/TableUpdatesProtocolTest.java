// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static io.cleat.coordinator.sqlite.TableChange.ANY;
import static io.cleat.coordinator.sqlite.TableChange.DELETE;
import static io.cleat.coordinator.sqlite.TableChange.INSERT;
import static io.cleat.coordinator.sqlite.TableChange.UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ErrorCode;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.coordinator.WireReplies.Update;
import io.cleat.coordinator.sqlite.Synchronous;
import io.cleat.coordinator.sqlite.TableChange;
import io.cleat.protocol.codec.TransactionAction;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients are told of commits, byte by byte, with a stepped coordinator. */
@Timeout(60)
final class TableUpdatesProtocolTest {
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();

    @TempDir
    private Path folder;

    private Coordinator coordinator;
    private WireClient writer;
    private WireClient listener;

    @BeforeEach
    void launch() {
        launch(true);
    }

    private void launch(boolean exclusive) {
        coordinator = Coordinator.invoked(new CoordinatorContext("shop")
                .directory(folder.resolve("dir"))
                .databaseFile(folder.resolve("shop.db"))
                .synchronous(Synchronous.NORMAL)
                .exclusiveFile(exclusive)
                .errorHandler(errors::add));
        writer = new WireClient(coordinator);
        listener = new WireClient(coordinator);
        writer.execute(0, "CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b TEXT UNIQUE)");
        writer.execute(0, "CREATE TABLE IF NOT EXISTS log(b)");
    }

    @AfterEach
    void close() {
        writer.close();
        listener.close();
        coordinator.close();
        assertThat(errors).isEmpty();
    }

    private List<Update> told() {
        listener.poll();
        return listener.replies.updates();
    }

    @Test
    void shouldTellTheWriterBeforeItsReplyWhenItIsInterested() {
        writer.interest();
        final int before = writer.repliesSeen();
        final Reply reply = writer.execute(0, "INSERT INTO t VALUES(1, 'a')");
        assertThat(writer.replies.updates()).hasSize(1);
        final Update update = writer.replies.updates().get(0);
        assertThat(update.repliesBefore()).isEqualTo(before);
        assertThat(update.commitSequence()).isEqualTo(reply.commitSequence());
        assertThat(update.tables()).isEqualTo(Map.of("t", INSERT));
        assertThat(update.anything() || update.schema() || update.manual()).isFalse();
    }

    @Test
    void shouldNameEveryTableWhenATriggerWrites() {
        writer.execute(0, "CREATE TRIGGER tr AFTER UPDATE ON t BEGIN INSERT INTO log VALUES(new.b); END");
        writer.execute(0, "INSERT INTO t VALUES(1, 'a')");
        listener.interest(new TableChange("LOG", ANY));
        writer.execute(0, "INSERT INTO t VALUES(2, 'b')");
        writer.execute(0, "UPDATE t SET b = 'c' WHERE a = 1");
        assertThat(told()).extracting(Update::tables).containsExactly(Map.of("t", UPDATE, "log", INSERT));
    }

    @Test
    void shouldTellOnlyTheKindsWhenSomeAreWanted() {
        listener.interest(new TableChange("t", DELETE));
        writer.execute(0, "INSERT INTO t VALUES(1, 'a')");
        writer.execute(0, "UPDATE t SET b = 'b'");
        writer.execute(0, "DELETE FROM t WHERE a = 1");
        assertThat(told()).extracting(Update::tables).containsExactly(Map.of("t", DELETE));
    }

    @Test
    void shouldTellNothingWhenNothingChanged() {
        listener.interest();
        writer.execute(0, "UPDATE t SET b = 'b' WHERE a = 77");
        assertThat(writer.execute(0, "INSERT INTO t VALUES('text', 1)").isFailure())
                .isTrue();
        writer.execute(0, "SELECT * FROM t");
        assertThat(told()).isEmpty();
    }

    @Test
    void shouldTellACommitOnceWhenManyShareIt() {
        listener.interest();
        final long first = writer.send(1, "INSERT INTO t VALUES(1, 'a')");
        final long second = writer.send(2, "INSERT INTO log VALUES('x')");
        final long third = writer.send(3, "DELETE FROM t WHERE a = 1");
        final long commit = writer.awaitLast(third).commitSequence();
        assertThat(writer.awaitLast(first).commitSequence()).isEqualTo(commit);
        assertThat(writer.awaitLast(second).commitSequence()).isEqualTo(commit);
        assertThat(told()).hasSize(1);
        assertThat(told().get(0).tables()).isEqualTo(Map.of("t", INSERT | DELETE, "log", INSERT));
        assertThat(told().get(0).commitSequence()).isEqualTo(commit);
    }

    @Test
    void shouldTellAtTheCommitWithoutWhatASavepointUndidWhenATransactionEnds() {
        listener.interest();
        writer.awaitLast(writer.control(1, TransactionAction.BEGIN));
        writer.execute(1, "INSERT INTO t VALUES(1, 'a') RETURNING a");
        writer.awaitLast(writer.control(1, TransactionAction.SAVEPOINT, 1, 0, 0));
        writer.execute(1, "INSERT INTO log VALUES('x')");
        writer.awaitLast(writer.control(1, TransactionAction.ROLLBACK_TO, 1, 0, 0));
        writer.execute(1, "DELETE FROM t");
        writer.awaitLast(writer.control(1, TransactionAction.RELEASE, 1, 0, 0));
        assertThat(told()).isEmpty();
        final Reply reply = writer.awaitLast(writer.control(1, TransactionAction.COMMIT));
        assertThat(told()).extracting(Update::tables).containsExactly(Map.of("t", INSERT | DELETE));
        assertThat(told().get(0).commitSequence()).isEqualTo(reply.commitSequence());
    }

    @Test
    void shouldTellNothingWhenATransactionIsRolledBackOrUndoesAll() {
        listener.interest();
        writer.awaitLast(writer.control(1, TransactionAction.BEGIN));
        writer.execute(1, "INSERT INTO t VALUES(1, 'a')");
        writer.awaitLast(writer.control(1, TransactionAction.ROLLBACK));
        writer.awaitLast(writer.control(1, TransactionAction.BEGIN));
        writer.awaitLast(writer.control(1, TransactionAction.SAVEPOINT, 1, 0, 0));
        writer.execute(1, "INSERT INTO t VALUES(1, 'a')");
        writer.awaitLast(writer.control(1, TransactionAction.ROLLBACK_TO, 1, 0, 0));
        final long before =
                writer.awaitLast(writer.control(1, TransactionAction.COMMIT)).commitSequence();
        assertThat(told()).isEmpty();
        assertThat(writer.execute(0, "INSERT INTO t VALUES(1, 'a')").commitSequence())
                .isEqualTo(before + 1);
    }

    @Test
    void shouldTellEverybodyWithAnyInterestWhenTheSchemaChanges() {
        listener.interest(new TableChange("elsewhere", ANY));
        writer.execute(0, "CREATE TABLE made(x)");
        writer.execute(0, "ALTER TABLE made RENAME TO remade");
        writer.execute(0, "DROP TABLE remade");
        assertThat(told()).hasSize(3).allMatch(Update::schema);
        assertThat(told().get(0).tables()).containsKey("made");
        assertThat(told().get(1).tables()).containsKeys("made", "remade");
        assertThat(told().get(2).tables()).containsKey("remade");
    }

    @Test
    void shouldNameWhatANewTriggerChangesWhenAWriteWasQueuedBeforeIt() {
        listener.interest(new TableChange("log", INSERT));
        writer.awaitLast(writer.control(1, TransactionAction.BEGIN));
        writer.execute(1, "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES(new.b); END");
        final long queued = writer.send(2, "INSERT INTO t VALUES(1, 'a')");
        writer.awaitLast(writer.control(1, TransactionAction.COMMIT));
        final Reply reply = writer.awaitLast(queued);
        assertThat(told()).hasSize(2);
        assertThat(told().get(1).tables()).isEqualTo(Map.of("t", INSERT, "log", INSERT));
        assertThat(told().get(1).commitSequence()).isEqualTo(reply.commitSequence());
    }

    @Test
    void shouldWaitForAnotherProcessWhenItHoldsASharedFilesLock() throws Exception {
        close();
        launch(false);
        try (Connection outside = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("shop.db"));
                Statement statement = outside.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            final long waiting = writer.send(0, "INSERT INTO t VALUES(1, 'a')");
            assertThat(writer.execute(1, "SELECT count(*) FROM t").rows()).isEqualTo(List.of(List.of(0L)));
            final Reply late = writer.awaitLast(
                    writer.send(2, System.nanoTime() + 100_000_000, 1000, "INSERT INTO t VALUES(2, 'b')"));
            assertThat(late.isFailure()).isTrue();
            statement.execute("COMMIT");
            assertThat(writer.awaitLast(waiting).isFailure()).isFalse();
        }
    }

    @Test
    void shouldNameATableWhenItIsDroppedAndMadeAgain() {
        writer.execute(0, "INSERT INTO log VALUES('x')");
        listener.interest();
        writer.awaitLast(writer.control(1, TransactionAction.BEGIN));
        writer.execute(1, "DROP TABLE log");
        writer.execute(1, "CREATE TABLE log(b)");
        writer.awaitLast(writer.control(1, TransactionAction.COMMIT));
        assertThat(told()).hasSize(1);
        assertThat(told().get(0).schema()).isTrue();
        assertThat(told().get(0).tables()).containsEntry("log", ANY);
    }

    @Test
    void shouldPassOnWhatAClientSaysWhenItAnnounces() {
        listener.interest(new TableChange("users", ANY));
        writer.announce(0, new TableChange("todos", UPDATE));
        writer.announce(0, new TableChange("users", UPDATE), new TableChange("todos", INSERT));
        assertThat(told()).hasSize(1);
        assertThat(told().get(0).manual()).isTrue();
        assertThat(told().get(0).tables()).isEqualTo(Map.of("users", UPDATE, "todos", INSERT));
        writer.awaitLast(writer.control(1, TransactionAction.BEGIN));
        writer.announce(1, new TableChange("users", DELETE));
        assertThat(told()).hasSize(1);
        writer.execute(1, "INSERT INTO t VALUES(1, 'a')");
        writer.awaitLast(writer.control(1, TransactionAction.COMMIT));
        assertThat(told().get(1).tables()).isEqualTo(Map.of("users", DELETE, "t", INSERT));
        writer.awaitLast(writer.control(1, TransactionAction.BEGIN));
        writer.announce(1, new TableChange("users", DELETE));
        writer.awaitLast(writer.control(1, TransactionAction.ROLLBACK));
        assertThat(told()).hasSize(2);
    }

    @Test
    void shouldForgetWhatWasWantedWhenItIsReplaced() {
        listener.interest(new TableChange("t", ANY));
        listener.interest(new TableChange("log", ANY));
        writer.execute(0, "INSERT INTO t VALUES(1, 'a')");
        assertThat(told()).isEmpty();
        listener.close();
        writer.execute(0, "INSERT INTO log VALUES(1)");
        listener = new WireClient(coordinator);
    }

    @Test
    void shouldSayAnythingWhenAListenerHasLeftTooMuchUnread() {
        listener.interest();
        final long chunks =
                listener.send(0, Long.MAX_VALUE / 2 + System.nanoTime(), 8 << 20, "SELECT zeroblob(2000000)");
        writer.await("the chunks to be written", () -> listener.writtenBytes() > 2_000_000);
        writer.execute(0, "INSERT INTO t VALUES(1, 'a')");
        writer.execute(0, "INSERT INTO t VALUES(2, 'b')");
        listener.awaitLast(chunks);
        writer.await("the listener to be told", () -> {
            listener.poll();
            return !listener.replies.updates().isEmpty();
        });
        assertThat(told()).hasSize(1);
        assertThat(told().get(0).anything()).isTrue();
        final long last = writer.execute(0, "INSERT INTO t VALUES(3, 'c')").commitSequence();
        assertThat(told()).hasSize(2);
        assertThat(told().get(1).commitSequence()).isEqualTo(last);
    }

    @Test
    void shouldSayAnythingWhenAnotherProcessChangesASharedFile() throws Exception {
        close();
        launch(false);
        listener.interest(new TableChange("t", ANY));
        writer.execute(0, "INSERT INTO log VALUES(1)");
        assertThat(told()).isEmpty();
        try (Connection outside = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("shop.db"));
                Statement statement = outside.createStatement()) {
            statement.execute("INSERT INTO t VALUES(9, 'outside')");
        }
        writer.await("the listener to be told", () -> {
            listener.poll();
            return !listener.replies.updates().isEmpty();
        });
        assertThat(told()).hasSize(1);
        assertThat(told().get(0).outside()).isTrue();
        assertThat(told().get(0).anything()).isTrue();
        assertThat(writer.execute(0, "SELECT b FROM t").rows()).containsExactly(List.of("outside"));
    }

    @Test
    void shouldRefuseWhenALengthIsLongerThanTheRecord() {
        for (final int length : new int[] {10, 1 << 29, Integer.MAX_VALUE, -1}) {
            final Reply refused = writer.describe(0, "SELECT 1", length);
            assertThat(refused.errorCode()).isEqualTo(ErrorCode.PROTOCOL.number());
            assertThat(refused.message()).contains("length=" + length, "bytesLeft=8");
        }
        assertThat(errors).hasSize(4);
        errors.clear();
    }

    @Test
    void shouldSayWhatAStatementReadsAndChangesWhenAsked() {
        writer.execute(0, "CREATE VIEW v AS SELECT t.a FROM t JOIN log ON t.b = log.b");
        assertThat(writer.describe(0, "SELECT * FROM v").rows())
                .containsExactlyInAnyOrder(List.of("t", 8L), List.of("log", 8L));
        assertThat(writer.describe(0, "INSERT INTO log SELECT b FROM t").rows())
                .containsExactlyInAnyOrder(List.of("t", 8L), List.of("log", (long) INSERT));
        assertThat(writer.describe(0, "SELECT * FROM missing").message()).contains("no such table: missing");
    }
}
