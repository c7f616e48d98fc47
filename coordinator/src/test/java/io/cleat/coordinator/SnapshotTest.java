// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.SqlOperations;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several reads that see one commit. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SnapshotTest {
    private static final String COUNT = "SELECT count(*) FROM t";

    @TempDir
    Path folder;

    private Place place;
    private Coordinator coordinator;
    private Database database;

    @BeforeEach
    void open() {
        place = Place.in(folder, "snapshot");
        coordinator = Coordinator.launch(place.coordinator());
        database = place.open();
        database.script("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    @Test
    void shouldSeeOneCommitWhileOthersWrite() {
        try (ChildJvm other = place.attach()) {
            final long seen = database.snapshot(snapshot -> {
                assertThat(snapshot.queryLong(COUNT)).isEqualTo(1);
                // No write turn is taken.
                OtherThread.call(() -> database.update("INSERT INTO t VALUES(2)"))
                        .join();
                other.send("INSERT INTO t VALUES(3)");
                other.awaitLine("OK");
                assertThat(OtherThread.call(() -> database.queryLong(COUNT)).join())
                        .isEqualTo(3);
                assertThat(snapshot.queryLong(COUNT)).isEqualTo(1);
                // The plain database of the thread is in it, asynchronous calls and long reads included.
                assertThat(database.queryLong(COUNT)).isEqualTo(1);
                assertThat(database.queryAsync(COUNT, row -> row.getLong(0)).join())
                        .containsExactly(1L);
                assertThat(database.queryLong(
                                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000)"
                                        + " SELECT count(*) * (SELECT count(*) FROM t) FROM n"))
                        .isEqualTo(200_000);
                return snapshot.snapshot(nested -> nested.queryLong(COUNT));
            });
            assertThat(seen).isEqualTo(1);
        }
        assertThat(database.queryLong(COUNT)).isEqualTo(3);
    }

    @Test
    void shouldRefuseToWriteInIt() {
        database.snapshot(snapshot -> {
            for (SqlOperations operations : new SqlOperations[] {snapshot, database}) {
                assertMisuse(() -> operations.update("INSERT INTO t VALUES(2)"));
                assertMisuse(() -> operations.script("INSERT INTO t VALUES(2)"));
                assertMisuse(() -> operations.batch(batch -> batch.add("INSERT INTO t VALUES(2)")));
                assertMisuse(() -> operations.inTransaction(transaction -> {}));
                assertMisuse(() -> operations.exclusively(exclusive -> 1));
            }
            return snapshot.queryLong(COUNT);
        });
        assertThat(database.update("INSERT INTO t VALUES(2)").changeCount()).isEqualTo(1);
        assertThat(database.queryLong(COUNT)).isEqualTo(2);
    }

    private static void assertMisuse(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MISUSE))
                .hasMessageContaining("snapshot");
    }

    @Test
    void shouldJustRunInTheTransactionWhenThereIsOne() {
        database.inTransaction(transaction -> {
            transaction.update("INSERT INTO t VALUES(2)");
            assertThat(database.<Long, RuntimeException>snapshot(snapshot -> snapshot.queryLong(COUNT)))
                    .isEqualTo(2);
            transaction.rollback();
        });
        assertThat(database.queryLong(COUNT)).isEqualTo(1);
    }

    @Test
    void shouldEndWhenTheBlockThrows() {
        final AtomicReference<SqlOperations> kept = new AtomicReference<>();
        final IllegalStateException mine = new IllegalStateException("mine");
        assertThat(catchThrowable(() -> database.snapshot(snapshot -> {
                    kept.set(snapshot);
                    throw mine;
                })))
                .isSameAs(mine)
                .hasNoSuppressedExceptions();
        assertThatThrownBy(() -> Objects.requireNonNull(kept.get()).queryLong(COUNT))
                .hasMessageContaining("has ended");
        // As many as there are connections, one after the other: each was given back.
        for (int i = 0; i < 50; i++) {
            assertThat(database.<Long, RuntimeException>snapshot(snapshot -> snapshot.queryLong(COUNT)))
                    .isEqualTo(1);
        }
    }
}
