// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The checks of the torture find each thing that can go wrong: a real file and real journals, and then one change behind their back. */
@Timeout(30)
final class VerifierTest {
    @TempDir
    private Path folder;

    private Path file;

    /** Worker 1: unit 1 applied, 2 a batch of three, 3 refused, 4 on its way when it was killed. Worker 2: a transfer, and looks. */
    @BeforeEach
    void makeBooks() throws Exception {
        file = folder.resolve("books.db");
        Books.create(file);
        try (Journal journal = Journal.create(folder, 1)) {
            journal.acknowledge(journal.intend(1, "insert"));
            journal.acknowledge(journal.intend(3, "batch"));
            journal.refuse(journal.intend(2, "refused"), "CHECK constraint failed");
            assertThat(journal.intend(2, "async")).isEqualTo(4);
        }
        change(row(1, 1, 0), row(1, 2, 0), row(1, 2, 1), row(1, 2, 2));
        try (Journal journal = Journal.create(folder, 2)) {
            journal.acknowledge(journal.intend(2, "transfer"));
            journal.count("snapshots", 7);
            final List<Long> balances = LongStream.rangeClosed(1, Books.ACCOUNTS)
                    .mapToObj(VerifierTest::balance)
                    .toList();
            journal.last(6, balances.toString());
        }
        change(
                "UPDATE accounts SET balance = balance - 5 WHERE id = 1",
                "UPDATE accounts SET balance = balance + 5 WHERE id = 2",
                "INSERT INTO facts(worker, unit, part, account, amount) VALUES (2, 1, 0, 1, -5), (2, 1, 1, 2, 5)");
    }

    private static long balance(long account) {
        return Books.BALANCE + (account == 1 ? -5 : account == 2 ? 5 : 0);
    }

    @Test
    void shouldPassWhenAllIsAsTold() throws Exception {
        assertThat(failed()).isEmpty();
    }

    @Test
    void shouldPassWhenAKilledWorkersLastUnitIsThereWhole() throws Exception {
        // With ids below those that the listener has seen.
        change(row(1, 4, 0), row(1, 4, 1), "UPDATE facts SET id = -id WHERE worker = 1 AND unit = 4");
        assertThat(failed()).isEmpty();
    }

    @Test
    void shouldNameTheUnitWhenAnAcknowledgedRowIsMissing() throws Exception {
        change("DELETE FROM facts WHERE worker = 1 AND unit = 1");
        final List<Check> failed = failed();
        assertThat(failed).extracting(Check::name).containsExactly("acknowledged");
        assertThat(failed.get(0).evidence())
                .contains("first: worker 1 unit 1", "table: no row")
                .anyMatch(line -> line.startsWith("journal of worker 1: ") && line.endsWith(" I 1 1 insert"))
                .anyMatch(line -> line.startsWith("journal of worker 1: ") && line.endsWith(" A 1"));
    }

    @Test
    void shouldFailWhenAnAcknowledgedRowIsThereTwice() throws Exception {
        change("UPDATE facts SET id = 1000 WHERE id = 6", row(1, 1, 0));
        assertThat(failed()).extracting(Check::name).contains("acknowledged");
    }

    @Test
    void shouldFailWhenABatchIsTorn() throws Exception {
        change("DELETE FROM facts WHERE worker = 1 AND unit = 2 AND part = 1");
        assertThat(failed()).extracting(Check::name).containsExactly("acknowledged", "whole");
    }

    @Test
    void shouldFailWhenAKilledWorkersLastUnitIsTorn() throws Exception {
        change("UPDATE facts SET worker = 1, unit = 4, part = 1 WHERE worker = 1 AND unit = 1");
        assertThat(failed()).extracting(Check::name).containsExactly("acknowledged", "undecided", "whole");
    }

    @Test
    void shouldFailWhenARefusedUnitIsThere() throws Exception {
        change("UPDATE facts SET unit = 3 WHERE worker = 1 AND unit = 1");
        assertThat(failed()).extracting(Check::name).containsExactly("acknowledged", "refused", "whole");
    }

    @Test
    void shouldFailWhenNobodyMeantARow() throws Exception {
        change("UPDATE facts SET unit = 99 WHERE worker = 1 AND unit = 1");
        assertThat(failed()).extracting(Check::name).containsExactly("acknowledged", "intended");
    }

    @Test
    void shouldFailWhenMoneyIsMade() throws Exception {
        change("UPDATE accounts SET balance = balance + 1 WHERE id = 7");
        final List<Check> failed = failed();
        assertThat(failed).extracting(Check::name).containsExactly("sum", "balances", "shown");
        assertThat(failed.get(1).detail()).isEqualTo("account 7: balance 1000001, by its facts 1000000");
    }

    @Test
    void shouldFailWhenHalfATransferIsThere() throws Exception {
        change(
                "DELETE FROM facts WHERE worker = 2 AND part = 1",
                "UPDATE accounts SET balance = " + Books.BALANCE + " WHERE id = 2",
                // The same sum and the same newest row: only the unit tells.
                "UPDATE accounts SET balance = balance + 5 WHERE id = 3");
        assertThat(failed()).extracting(Check::name).contains("acknowledged", "whole", "balances");
    }

    @Test
    void shouldFailWhenAWorkerWasNotTold() throws Exception {
        write(3, "1 I 1 1 insert\n2 U 1 the coordinator is gone\n");
        final List<Check> failed = failed();
        assertThat(failed).extracting(Check::name).containsExactly("unknown");
        assertThat(failed.get(0).evidence())
                .containsExactly(
                        "journal of worker 3: 1 I 1 1 insert", "journal of worker 3: 2 U 1 the coordinator is gone");
    }

    @Test
    void shouldFailWhenAWorkerSawABrokenRule() throws Exception {
        write(3, "1 X listener told commit 5 after commit 5\n2 X call boom\n");
        final List<Check> failed = failed();
        assertThat(failed).extracting(Check::name).containsExactly("call", "listener");
        assertThat(failed.get(1).evidence()).containsExactly("worker 3: told commit 5 after commit 5");
    }

    @Test
    void shouldFailWhenAForeignKeyIsBroken() throws Exception {
        change(
                "INSERT INTO accounts VALUES (999, " + Books.BALANCE + ")",
                "UPDATE facts SET account = 999 WHERE part = 1 AND worker = 2",
                "DELETE FROM accounts WHERE id = 999");
        assertThat(failed()).extracting(Check::name).contains("foreign_key_check");
    }

    @Test
    void shouldIgnoreTheLastLineWhenItsWriterWasKilledInIt() throws Exception {
        write(3, "1 I 1 1 insert\n2 A");
        assertThat(failed()).isEmpty();
    }

    @Test
    void shouldFailWhenSomebodyWhoCountsHasSeenNothing() throws Exception {
        assertThat(failed(Set.of(WorkerKind.READER, WorkerKind.LISTENER, WorkerKind.EXCLUSIVE)))
                .extracting(Check::name)
                .containsExactly("exclusive", "listener", "live");
    }

    private List<Check> failed() throws Exception {
        return failed(Set.of(WorkerKind.TRANSFER, WorkerKind.READER));
    }

    private List<Check> failed(Set<WorkerKind> kinds) throws Exception {
        return new Verifier(file, folder, 3, kinds)
                .run().stream().filter(check -> !check.passed()).toList();
    }

    private void write(int worker, String lines) throws Exception {
        Files.writeString(Journal.file(folder, worker), lines, StandardOpenOption.CREATE_NEW);
    }

    private static String row(int worker, int unit, int part) {
        return "INSERT INTO facts(worker, unit, part) VALUES (" + worker + ", " + unit + ", " + part + ")";
    }

    private void change(String... statements) throws Exception {
        try (Connection connection = Books.open(file);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.executeUpdate(sql);
            }
        }
    }
}
