// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A sequence of requests, run in the order sent, with transaction state of its own. It reads its own writes.
 *
 * <p>Used by one thread at a time; handing it over is the caller's to synchronize. Not tied to the thread's transaction on the
 * {@link Database}.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Session implements SqlOperations, AutoCloseable {
    Session() {}

    @Override
    public UpdateResult update(String sql, @Nullable Object... args) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public Rows rows(String sql, @Nullable Object... args) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public UpdateResult script(String sql) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public BatchResult batch(Batch batch) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(TransactionBlock<T, X> block) throws X {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public SqlOperations withTimeout(Duration timeout) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Prepares a statement for many executions: its text travels once, and running it allocates nothing.
     *
     * @param sql one statement. It is checked when first executed.
     * @return of this session's thread; close it.
     */
    public SqlStatement prepare(String sql) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Begins a transaction (BEGIN IMMEDIATE), waiting for the write turn up to the deadline.
     *
     * @throws CleatException MISUSE when one is open.
     */
    public void begin() {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Commits the open transaction. Rows that are open in it are closed.
     *
     * @return the commit sequence.
     * @throws CleatException MISUSE when none is open; TRANSACTION_ENDED when somebody else ended it.
     */
    public long commit() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Rolls the open transaction back; succeeds when somebody else ended it. MISUSE when none is open. */
    public void rollback() {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Sets a savepoint in the open transaction.
     *
     * @return its number, for {@link #releaseSavepoint} and {@link #rollbackTo}.
     */
    public int savepoint() {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Forgets a savepoint and those set after it, and keeps what was done.
     *
     * @param savepoint its number.
     */
    public void releaseSavepoint(int savepoint) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Undoes what was done since a savepoint, which stays; those set after it are forgotten.
     *
     * @param savepoint its number.
     */
    public void rollbackTo(int savepoint) {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@return whether {@link #begin} was called and neither commit nor rollback since} */
    public boolean isInTransaction() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Rolls back an open transaction, closes statements and rows, ends the session. Idempotent; throws nothing. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("not yet");
    }
}
