// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.Batch;
import io.cleat.BatchResult;
import io.cleat.Database;
import io.cleat.SqlException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Batches: one request, one transaction. Acceptance: B1, B3 to B7, B9, B10; a commit is told from two by the commit sequence. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BatchTest {
    private static final String UPSERT =
            "INSERT INTO t VALUES(?, ?) ON CONFLICT(id) DO UPDATE SET v = excluded.v WHERE t.v < ?";

    @TempDir
    Path folder;

    private Coordinator coordinator;
    private Database database;

    @BeforeEach
    void open() {
        final Place place = Place.in(folder, "batch");
        coordinator = Coordinator.launch(place.coordinator());
        database = place.open();
        database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    private List<String> rows() {
        return database.query("SELECT id, v FROM t ORDER BY id", row -> row.getLong(0) + "=" + row.getText(1));
    }

    private long commits() {
        return database.update("UPDATE t SET id = id WHERE id = (SELECT min(id) FROM t)")
                .commitSequence();
    }

    /** B1, B10: whatever the statements, in the order added, in one commit. */
    @Test
    void shouldRunInOrderAndInOneCommitWhenStatementsAreMixed() {
        final long before = database.update("INSERT INTO t VALUES(1, 'one')").commitSequence();
        final BatchResult result = database.batch(batch -> batch.add("INSERT INTO t VALUES(?, ?)", 2, "two")
                .add("UPDATE t SET v = ? WHERE id = ?", "zwei", 2)
                .add("INSERT INTO t VALUES(?, ?)", 3, "three")
                .add("REPLACE INTO t VALUES(?, ?)", 1, "eins")
                .add("DELETE FROM t WHERE id = ?", 3)
                .add("UPDATE t SET v = v || '!'")
                .add("UPDATE t SET v = ? WHERE id = ?", "two again", 2));
        assertThat(result.rowCount()).isEqualTo(7);
        assertThat(result.commitSequence()).isEqualTo(before + 1);
        assertThat(rows()).containsExactly("1=eins!", "2=two again");
    }

    /** B3, B5: as written, both parts. */
    @Test
    void shouldRunUpsertsAsWritten() {
        database.batch(batch -> batch.add(UPSERT, 1, 10, 100).add(UPSERT, 2, 10, 100));
        database.batch(batch -> batch.add(UPSERT, 1, 20, 100).add(UPSERT, 2, 20, 5));
        assertThat(rows()).containsExactly("1=20", "2=10");
    }

    /** B4: one text, two rows of arguments; the text is named in what went wrong. */
    @Test
    void shouldHaveOneTextAndTwoRowsWhenTheStatementIsTheSame() {
        final Batch batch = new Batch().add(UPSERT, 1, 1, 9).add(UPSERT, 1, 2, 9);
        assertThat(batch.rowCount()).isEqualTo(2);
        assertThat(database.batch(batch).changeCount()).isEqualTo(2);
        assertThat(rows()).containsExactly("1=2");
        final Batch failing = new Batch().add("INSERT INTO t VALUES(?, 0)", 5).add("INSERT INTO t VALUES(?, 0)", 5);
        assertThatThrownBy(() -> database.batch(failing)).isInstanceOfSatisfying(SqlException.class, e -> {
            assertThat(e.batchRow()).isEqualTo(1);
            assertThat(e.sql()).isEqualTo("INSERT INTO t VALUES(?, 0)");
        });
        assertThat(rows()).containsExactly("1=2");
    }

    /** B6, B9. */
    @Test
    void shouldRunInTheTransactionWhenThereIsOne() {
        final long before = database.update("INSERT INTO t VALUES(0, 0)").commitSequence();
        database.inTransaction(transaction -> {
            transaction.batch(batch -> batch.add("INSERT INTO t VALUES(1, 1)").add("INSERT INTO t VALUES(2, 2)"));
            database.batch(batch -> batch.add("INSERT INTO t VALUES(3, 3)"));
            assertThat(OtherThread.call(this::rows).join()).containsExactly("0=0");
        });
        assertThat(rows()).hasSize(4);
        assertThat(commits()).isEqualTo(before + 2);
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    database.batch(batch -> batch.add("DELETE FROM t"));
                    throw new IllegalStateException("undo");
                }))
                .hasMessage("undo");
        assertThat(rows()).hasSize(4);
    }

    /** B6: a batch that fails in a transaction is undone alone. */
    @Test
    void shouldUndoOnlyTheBatchWhenItFailsInATransaction() {
        database.inTransaction(transaction -> {
            transaction.update("INSERT INTO t VALUES(1, 1)");
            assertThatThrownBy(() -> transaction.batch(
                            batch -> batch.add("INSERT INTO t VALUES(2, 2)").add("INSERT INTO t VALUES(1, 1)")))
                    .isInstanceOf(SqlException.class);
        });
        assertThat(rows()).containsExactly("1=1");
    }

    /** B7. */
    @Test
    void shouldHoldAllThatWasAddedWhenItIsFilledByAnotherThread() {
        final long before = database.update("INSERT INTO t VALUES(0, 0)").commitSequence();
        final CompletableFuture<BatchResult> done = OtherThread.call(() -> {
                    final Batch batch = new Batch();
                    for (int i = 1; i <= 100; i++) {
                        batch.add("INSERT INTO t VALUES(?, ?)", i, i);
                    }
                    return batch;
                })
                .thenCompose(database::batchAsync);
        assertThat(done.join().rowCount()).isEqualTo(100);
        assertThat(done.join().commitSequence()).isEqualTo(before + 1);
        assertThat(rows()).hasSize(101);
    }

    /** B10. */
    @Test
    void shouldApplyNothingWhenOneRowFails() {
        assertThatThrownBy(() -> database.batch(
                        batch -> batch.add("INSERT INTO t VALUES(1, 1)").add("INSERT INTO t VALUES(1, 1)")))
                .isInstanceOf(SqlException.class);
        assertThat(rows()).isEmpty();
    }
}
