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
     * @return the commit sequence of the last commit before it: nobody commits between that and what this transaction does.
     * @throws CleatException MISUSE when one is open.
     */
    public long begin() {
        return core.begin(timeoutNs(), 0, SessionState.newToken());
    }

    /**
     * As {@link #begin()}, with another lease.
     *
     * @param lease how long the transaction may be idle while others wait; positive.
     * @return as there.
     */
    public long begin(Duration lease) {
        return core.begin(timeoutNs(), Failures.timeoutNs(lease), SessionState.newToken());
    }

    /**
     * As {@link #begin()}, with another deadline.
     *
     * @param timeout how long to wait for the write turn; positive. Past it: {@link CallTimeoutException}, and nothing was begun.
     * @return as there.
     */
    public long beginWithin(Duration timeout) {
        return core.begin(Failures.timeoutNs(timeout), 0, SessionState.newToken());
    }

    /**
     * Begins a snapshot: until {@link #endSnapshot} the reads of this session all see one commit, whatever others write meanwhile. It
     * takes no write turn. What writes in it fails with MISUSE. One that nobody has used for longer than the cursor lease may be ended by the
     * coordinator when others need its read connection (TRANSACTION_ENDED).
     *
     * @return the commit sequence that it sees.
     * @throws CleatException MISUSE when a transaction or a snapshot is open.
     */
    public long beginSnapshot() {
        return core.state().beginRead(CallOptions.of(timeoutNs()));
    }

    /**
     * Ends the snapshot, also one that ended by itself; rows that are open in it are closed.
     *
     * @throws CleatException MISUSE when none is open.
     */
    public void endSnapshot() {
        core.state().endRead(timeoutNs());
    }

    /** {@return whether {@link #beginSnapshot} was called and {@link #endSnapshot} was not since} */
    public boolean isInSnapshot() {
        return core.state().isInSnapshot();
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

    /**
     * Sets a PRAGMA for this session alone, as if it had a connection of its own: {@code foreign_keys}, {@code recursive_triggers},
     * {@code case_sensitive_like}, {@code ignore_check_constraints}, {@code reverse_unordered_selects}, {@code automatic_index},
     * {@code cell_size_check}, {@code legacy_alter_table}, {@code trusted_schema}, {@code read_uncommitted}, {@code query_only},
     * {@code busy_timeout} (kept, nothing more), and {@code defer_foreign_keys} for the open transaction, or the next one. The same as
     * executing {@code PRAGMA name=value}. It holds until it is set again, also when another coordinator takes over. As in SQLite,
     * {@code foreign_keys} does not change inside a transaction.
     *
     * @param pragma its name: letters and underscores.
     * @param value {@code ON}, {@code OFF}, or a number.
     * @throws IllegalArgumentException when name or value are of other characters.
     * @throws CleatException REFUSED when sessions cannot set this one.
     */
    public void setting(String pragma, String value) {
        update("PRAGMA " + word(pragma) + "=" + word(value));
    }

    /**
     * What a PRAGMA is for this session: one that it may {@linkplain #setting(String, String) set} (other than
     * {@code case_sensitive_like}, of which SQLite does not tell), or any that can be asked.
     *
     * @param pragma its name: letters and underscores.
     * @return the first column of the first row, as text; empty when there is none.
     * @throws IllegalArgumentException when the name is of other characters.
     * @throws CleatException REFUSED when it cannot be asked.
     */
    public String setting(String pragma) {
        try (Rows rows = rows("PRAGMA " + word(pragma))) {
            return rows.next() ? String.valueOf(rows.getText(0)) : "";
        }
    }

    private static String word(String text) {
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            final boolean isWord = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '_'
                    || (c == '-' && i == 0);
            if (!isWord) {
                throw new IllegalArgumentException("neither the name nor the value of a PRAGMA: " + text);
            }
        }
        if (text.isEmpty()) {
            throw new IllegalArgumentException("a PRAGMA has a name and a value that are not empty");
        }
        return text;
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
