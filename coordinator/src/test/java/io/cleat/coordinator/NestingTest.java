// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Nesting;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transactions inside transactions. Acceptance: T3 to T6. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class NestingTest {
    @TempDir
    Path folder;

    private Coordinator coordinator;
    private Database database;

    @BeforeEach
    void open() {
        final Place place = Place.in(folder, "nesting");
        coordinator = Coordinator.launch(place.coordinator());
        database = place.open();
        database.update("CREATE TABLE t(a)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    private List<Long> rows() {
        return database.query("SELECT a FROM t ORDER BY a", row -> row.getLong(0));
    }

    /** T3: no second BEGIN, and one commit at the end. */
    @Test
    void shouldRunInTheOpenTransactionWhenJoining() {
        final long before = database.update("INSERT INTO t VALUES(0)").commitSequence();
        database.inTransaction(outer -> {
            outer.update("INSERT INTO t VALUES(1)");
            final long inner = database.joinTransaction(joined -> {
                joined.update("INSERT INTO t VALUES(2)");
                return outer.queryLong("SELECT count(*) FROM t");
            });
            assertThat(inner).isEqualTo(3);
        });
        assertThat(database.update("INSERT INTO t VALUES(9)").commitSequence()).isEqualTo(before + 2);
        assertThat(rows()).containsExactly(0L, 1L, 2L, 9L);
    }

    /** T3: what a joined block did is undone only with all the rest. */
    @Test
    void shouldKeepWhatAJoinedBlockDidWhenItsExceptionIsCaught() {
        database.inTransaction(outer -> {
            assertThatThrownBy(() -> outer.joinTransaction(joined -> {
                        joined.update("INSERT INTO t VALUES(1)");
                        throw new IllegalStateException("inner");
                    }))
                    .hasMessage("inner");
            assertThatThrownBy(() -> outer.joinTransaction(joined -> {
                        joined.rollback();
                        return 1;
                    }))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MISUSE))
                    .hasMessageContaining("joined");
        });
        assertThat(rows()).containsExactly(1L);
    }

    @Test
    void shouldBeginATransactionWhenThereIsNoneToJoin() {
        assertThatThrownBy(() -> database.joinTransaction(joined -> {
                    joined.update("INSERT INTO t VALUES(1)");
                    throw new IllegalStateException("undo");
                }))
                .hasMessage("undo");
        assertThat(rows()).isEmpty();
        assertThat(database.<Integer, RuntimeException>transaction(
                        Nesting.REQUIRES_NEW,
                        transaction ->
                                transaction.script("INSERT INTO t VALUES(2)").changeCount() == 1 ? 2 : 0))
                .isEqualTo(2);
        assertThat(rows()).containsExactly(2L);
    }

    /** T4. */
    @Test
    void shouldRefuseAndNotRunTheBlockWhenANewTransactionIsRequiredInside() {
        final AtomicBoolean ran = new AtomicBoolean();
        database.inTransaction(outer -> {
            outer.update("INSERT INTO t VALUES(1)");
            assertThat(catchThrowable(() -> database.transaction(Nesting.REQUIRES_NEW, inner -> {
                        ran.set(true);
                        return 1;
                    })))
                    .isInstanceOf(UnsupportedOperationException.class);
        });
        assertThat(ran).isFalse();
        assertThat(rows()).containsExactly(1L);
    }

    /** T5: the savepoint is released before the commit: the outer block sees what the inner did, others do not yet. */
    @Test
    void shouldCommitTheInnerIntoTheOuterWhenBothEnd() {
        database.inTransaction(outer -> {
            outer.update("INSERT INTO t VALUES(1)");
            outer.inTransaction(inner -> {
                inner.update("INSERT INTO t VALUES(2)");
                inner.inTransaction(innermost -> innermost.update("INSERT INTO t VALUES(3)"));
            });
            assertThat(outer.queryLong("SELECT count(*) FROM t")).isEqualTo(3);
            assertThat(OtherThread.call(this::rows).join()).isEmpty();
        });
        assertThat(rows()).containsExactly(1L, 2L, 3L);
    }

    /** T6. */
    @Test
    void shouldUndoOnlyTheInnerWhenItThrows() {
        final IllegalStateException mine = new IllegalStateException("mine");
        database.inTransaction(outer -> {
            outer.update("INSERT INTO t VALUES(1)");
            assertThat(catchThrowable(() -> database.inTransaction(inner -> {
                        inner.update("INSERT INTO t VALUES(2)");
                        database.inTransaction(innermost -> innermost.update("INSERT INTO t VALUES(3)"));
                        throw mine;
                    })))
                    .isSameAs(mine);
            outer.inTransaction(inner -> {
                inner.update("INSERT INTO t VALUES(4)");
                inner.rollback();
                // The plain database is in the outer one still.
                database.update("INSERT INTO t VALUES(5)");
            });
        });
        assertThat(rows()).containsExactly(1L, 5L);
    }

    @Test
    void shouldUndoTheInnerTooWhenTheOuterThrows() {
        assertThatThrownBy(() -> database.inTransaction(outer -> {
                    outer.inTransaction(inner -> inner.update("INSERT INTO t VALUES(1)"));
                    throw new IllegalStateException("outer");
                }))
                .hasMessage("outer");
        assertThat(rows()).isEmpty();
    }
}
