// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What can be done with SQL, wherever one stands: on a {@link Database} (each call by itself, or in the transaction that the
 * calling thread has open), on a {@link Session} or in a {@link Transaction}.
 *
 * <p>Arguments are SQLite's own types: null, Byte, Short, Integer, Long and Boolean (0, 1) as INTEGER, Float and Double as REAL,
 * CharSequence as TEXT, byte[] as BLOB. {@code args[0]} is parameter {@code ?1}. There are exactly as many as the statement has.
 *
 * <p>Every call ends by its deadline: the request timeout of the {@link ClientContext}, or that of {@link #withTimeout(Duration)}.
 * All of them throw a {@link CleatException}: {@link SqlException} when SQLite refused, {@link CallTimeoutException} past the
 * deadline, {@link CancelledException} when it was {@linkplain #cancellable cancelled}, {@link CoordinatorLostException} when the coordinator died and no other took over in time, {@link TransactionLostException} when what was open was lost with it, {@link ClosedException} when this was closed. A call
 * cannot be interrupted: the flag of an interrupted thread is kept, and the call ends by its deadline. Threading: that of the
 * implementation.
 */
public sealed interface SqlOperations permits BoundOperations {

    /**
     * Runs one statement for its effect. Rows that it returns are dropped.
     *
     * @param sql one statement.
     * @param args its parameters.
     * @return what it changed.
     */
    UpdateResult update(String sql, @Nullable Object... args);

    /**
     * Runs one statement and streams its rows, a bounded part at a time.
     *
     * @param sql one statement; one that writes may return rows with RETURNING.
     * @param args its parameters.
     * @return a cursor before the first row. Close it; it belongs to the calling thread.
     */
    Rows rows(String sql, @Nullable Object... args);

    /**
     * Runs several statements, all or nothing. Rows that they return are dropped.
     *
     * @param sql the statements, with semicolons between them, without parameters.
     * @return what they changed together.
     */
    UpdateResult script(String sql);

    /**
     * Sends many rows of parameters in one request, which is applied wholly or not at all.
     *
     * @param batch filled by {@link Batch#add}; it may be sent again.
     * @return what it changed.
     */
    BatchResult batch(Batch batch);

    /**
     * Runs a block in a transaction (BEGIN IMMEDIATE: it waits for the write turn, by the deadline). Commits when the block
     * returns, rolls back when it throws. Plain calls on the same {@link Database} by the thread that runs the block join the
     * transaction, asynchronous ones included. A block that is idle for longer than the {@linkplain #withLease lease} while others
     * wait loses the transaction, and its next call fails with TRANSACTION_ENDED.
     *
     * @param nesting what to do when a transaction is open already.
     * @param block to run, on the calling thread.
     * @param <T> what it returns.
     * @param <X> what it may throw.
     * @return what the block returned.
     * @throws X what the block threw; a failure of the roll-back is added as suppressed.
     * @throws UnsupportedOperationException for REQUIRES_NEW inside a transaction; the block is not run.
     * @throws CleatException MISUSE inside a {@link #snapshot}, or when the thread would wait for itself: it runs a block that holds
     *     the write turn through another session.
     */
    <T extends @Nullable Object, X extends Exception> T transaction(Nesting nesting, TransactionBlock<T, X> block)
            throws X;

    /**
     * Runs a block in a transaction; inside one, in a savepoint: only this block is undone when it throws. See
     * {@link #transaction(Nesting, TransactionBlock)}.
     *
     * @param block to run, on the calling thread.
     * @param <T> what it returns.
     * @param <X> what it may throw.
     * @return what the block returned.
     * @throws X what the block threw.
     */
    default <T extends @Nullable Object, X extends Exception> T transaction(TransactionBlock<T, X> block) throws X {
        return transaction(Nesting.SAVEPOINT, block);
    }

    /**
     * Runs a block in the transaction that is open, or begins one. See {@link Nesting#JOIN}.
     *
     * @param block to run, on the calling thread.
     * @param <T> what it returns.
     * @param <X> what it may throw.
     * @return what the block returned.
     * @throws X what the block threw.
     */
    default <T extends @Nullable Object, X extends Exception> T joinTransaction(TransactionBlock<T, X> block) throws X {
        return transaction(Nesting.JOIN, block);
    }

    /**
     * Runs a block of reads that all see the same commit, whatever others write meanwhile. It takes no write turn and delays no
     * writer. Plain calls on the same {@link Database} by the thread that runs the block see the snapshot too. What writes in it fails
     * with MISUSE, and one result at a time is open in it. Inside a transaction or {@link #exclusively} the block just runs there, where
     * nobody else writes.
     *
     * @param block to run, on the calling thread.
     * @param <T> what it returns.
     * @param <X> what it may throw.
     * @return what the block returned.
     * @throws X what the block threw.
     */
    <T extends @Nullable Object, X extends Exception> T snapshot(OperationsBlock<T, X> block) throws X;

    /**
     * Runs a block while nobody else writes; others read on. Waits for the write turn, first come, first served, by the deadline, and
     * always gives it back. What the block does commits by itself, each statement or transaction. Plain calls on the same
     * {@link Database} by the thread that runs the block use it. The lease is that of a transaction. Inside itself the block just runs.
     *
     * @param block to run, on the calling thread.
     * @param <T> what it returns.
     * @param <X> what it may throw.
     * @return what the block returned.
     * @throws X what the block threw; a failure of giving back is added as suppressed.
     * @throws CleatException MISUSE inside a transaction or a snapshot.
     */
    <T extends @Nullable Object, X extends Exception> T exclusively(OperationsBlock<T, X> block) throws X;

    /**
     * The same operations with another deadline.
     *
     * @param timeout of each call, from when it is made; positive.
     * @return a view; it holds nothing and needs no close.
     */
    SqlOperations withTimeout(Duration timeout);

    /**
     * The same operations with another lease: how long a transaction or exclusive access that they begin may be idle while others wait
     * before it is taken away. For work that computes between its statements.
     *
     * @param lease positive; the coordinator's default is 5 s.
     * @return a view; it holds nothing and needs no close.
     */
    SqlOperations withLease(Duration lease);

    /**
     * The same operations, whose calls can be cancelled from another thread.
     *
     * @param cancellation ends them; see there.
     * @return a view; it holds nothing and needs no close.
     */
    SqlOperations cancellable(Cancellation cancellation);

    /**
     * Runs a block in a transaction, without a result. See {@link #transaction(TransactionBlock)}.
     *
     * @param action to run.
     * @param <X> what it may throw.
     * @throws X what the block threw.
     */
    default <X extends Exception> void inTransaction(TransactionAction<X> action) throws X {
        transaction((TransactionBlock<Boolean, X>) transaction -> {
            action.run(transaction);
            return Boolean.TRUE;
        });
    }

    /**
     * Runs one statement and maps all its rows.
     *
     * @param sql one statement.
     * @param mapper called once a row, on the calling thread.
     * @param args its parameters.
     * @param <T> what a row becomes.
     * @return a list of the caller's own; it holds a null where the mapper returned one.
     */
    default <T> List<T> query(String sql, RowMapper<T> mapper, @Nullable Object... args) {
        final List<T> result = new ArrayList<>();
        try (Rows rows = rows(sql, args)) {
            while (rows.next()) {
                result.add(mapper.map(rows));
            }
        }
        return result;
    }

    /**
     * Runs one statement and maps its first row; further rows are not fetched.
     *
     * @param sql one statement.
     * @param mapper called at most once.
     * @param args its parameters.
     * @param <T> what a row becomes.
     * @return the mapped row; empty when there is none, or it was mapped to null.
     */
    default <T> Optional<T> queryFirst(String sql, RowMapper<T> mapper, @Nullable Object... args) {
        try (Rows rows = rows(sql, args)) {
            return rows.next() ? Optional.ofNullable(mapper.map(rows)) : Optional.empty();
        }
    }

    /**
     * Runs one statement that returns a number, such as {@code SELECT count(*) ...}.
     *
     * @param sql one statement.
     * @param args its parameters.
     * @return the first column of the first row, as {@link Row#getLong(int)} reads it.
     * @throws CleatException of code MISUSE when there is no row.
     */
    default long queryLong(String sql, @Nullable Object... args) {
        try (Rows rows = rows(sql, args)) {
            if (!rows.next()) {
                throw new CleatException(ErrorCode.MISUSE, "no row, where one was asked for: sql=" + sql);
            }
            return rows.getLong(0);
        }
    }

    /**
     * Fills a batch and sends it. See {@link #batch(Batch)}.
     *
     * @param fill adds the rows.
     * @return what it changed.
     */
    default BatchResult batch(Consumer<Batch> fill) {
        final Batch batch = new Batch();
        fill.accept(batch);
        return batch(batch);
    }
}
