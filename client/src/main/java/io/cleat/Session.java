// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;

/**
 * A sequence of requests, run in the order sent, with transaction state of its own. It reads its own writes.
 *
 * <p>Used by one thread at a time; handing it over is the caller's to synchronize. It is apart from the blocks that the thread runs on
 * the {@link Database}: what would wait for a write turn that such a block holds is refused with MISUSE, because the thread would wait
 * for itself. A {@linkplain #begin begun} transaction belongs to no thread, so that who waits for one of his own other sessions is
 * not told from who waits for somebody else: that ends by the deadline, whose error names the holder.
 */
public final class Session extends BoundOperations implements AutoCloseable {
    private final SessionCore core;

    Session(SessionCore core, CallOptions options) {
        super(core, options);
        this.core = core;
    }

    /**
     * Prepares a statement for many executions: its text travels once, and running it allocates nothing.
     *
     * @param sql one statement. It is checked when first executed.
     * @return of this session's thread; close it.
     */
    public SqlStatement prepare(String sql) {
        return new SqlStatement(core, sql, timeoutNs());
    }

    /**
     * What a statement takes and gives, without running it and without waiting for the write turn: under the schema that the session sees now, in a
     * transaction with what that changed, in a snapshot with what that sees. In a snapshot a statement that writes is described too.
     *
     * <p>A description is remembered by the text for all sessions of the database, until the schema changes: the change of another client is noticed before
     * anybody can have been told of it. Where the coordinator does not own the file ({@code exclusiveFile(false)}) nothing is remembered. As with
     * SQLite's own prepared statements the schema may change between the description and the run; what a run returns describes itself.
     *
     * @param sql one statement.
     * @return its parameters and columns.
     * @throws SqlException what SQLite cannot compile: no such table, a syntax error.
     * @throws CleatException REFUSED when a run would be: two statements, BEGIN and the like as text, what clients may not do.
     */
    public StatementDescription describe(String sql) {
        return core.describe(timeoutNs(), sql);
    }

    /**
     * Begins a transaction (BEGIN IMMEDIATE), waiting for the write turn up to the deadline.
     *
     * @throws CleatException MISUSE when one is open.
     */
    public void begin() {
        core.begin(timeoutNs(), 0, SessionState.newToken());
    }

    /**
     * As {@link #begin()}, with another lease.
     *
     * @param lease how long the transaction may be idle while others wait; positive.
     */
    public void begin(Duration lease) {
        core.begin(timeoutNs(), Failures.timeoutNs(lease), SessionState.newToken());
    }

    /**
     * Commits the open transaction. Rows that are open in it are closed.
     *
     * @return the commit sequence.
     * @throws CleatException MISUSE when none is open; TRANSACTION_ENDED when somebody else ended it.
     */
    public long commit() {
        return core.state().commit(timeoutNs());
    }

    /** Rolls the open transaction back; succeeds when somebody else ended it. MISUSE when none is open. */
    public void rollback() {
        core.state().rollback(timeoutNs());
    }

    /**
     * Sets a savepoint in the open transaction.
     *
     * @return its number, for {@link #releaseSavepoint} and {@link #rollbackTo}.
     */
    public int savepoint() {
        return core.state().savepoint(timeoutNs());
    }

    /**
     * Forgets a savepoint and those set after it, and keeps what was done.
     *
     * @param savepoint its number.
     */
    public void releaseSavepoint(int savepoint) {
        core.state().releaseSavepoint(savepoint, timeoutNs());
    }

    /**
     * Undoes what was done since a savepoint, which stays; those set after it are forgotten.
     *
     * @param savepoint its number.
     */
    public void rollbackTo(int savepoint) {
        core.state().rollbackTo(savepoint, timeoutNs());
    }

    /** {@return whether {@link #begin} was called and neither commit nor rollback since} */
    public boolean isInTransaction() {
        return core.state().isInTransaction();
    }

    /** Rolls back an open transaction, closes statements and rows, ends the session. Idempotent; throws nothing. */
    @Override
    public void close() {
        core.close(timeoutNs());
    }
}
