// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An open transaction, or a savepoint in one, for the time of a block. See {@link SqlOperations#transaction(Nesting, TransactionBlock)}.
 *
 * <p>Used by the thread that runs the block: others are refused, but may {@linkplain Database#join join} it. After its end every call
 * fails with TRANSACTION_ENDED and says who ended it, when and why.
 */
public final class Transaction extends BoundOperations {
    private enum Kind {
        WHOLE,
        SAVEPOINT,
        /** In a transaction that somebody else ends. */
        JOINED
    }

    private final SessionCore session;
    private final BlockGuard guard;
    private Kind kind = Kind.WHOLE;
    private int savepoint;

    Transaction(SessionCore session, CallOptions options) {
        this(session, new BlockGuard(session), options);
    }

    private Transaction(SessionCore session, BlockGuard guard, CallOptions options) {
        super(guard, options);
        this.session = session;
        this.guard = guard;
    }

    /**
     * Undoes what the block did, and ends it: the block may return, but not use the transaction any more.
     *
     * @throws CleatException MISUSE when the block only joined the transaction: throw instead.
     */
    public void rollback() {
        guard.check();
        if (kind == Kind.JOINED) {
            throw Failures.misuse(
                    "a block that has joined a transaction cannot roll it back: throw instead, so that who began it does");
        }
        guard.end(TransactionEnd.byBlock("it was rolled back by rollback()"));
        undo();
    }

    /**
     * A query that is live in this transaction: it sees what the transaction changed, and runs in its session, again after each call
     * of the block that may have written. Its listeners complete at the end, whichever way the transaction ends; nothing runs
     * after it. What a joined session of another client changes does not make it run. See {@link LiveQuery}.
     *
     * @param sql a SELECT.
     * @param mapper called once a row, on the completion executor.
     * @param args its parameters; not used after the return.
     * @param <T> what a row becomes.
     * @return to be listened to, from any thread.
     */
    public <T> LiveQuery<List<T>> watch(String sql, RowMapper<T> mapper, @Nullable Object... args) {
        return live().watch(sql, mapper, args);
    }

    /**
     * As {@link #watch}, for the first row.
     *
     * @param sql a SELECT; give it LIMIT 1 if it may find many.
     * @param mapper called at most once a result.
     * @param args its parameters.
     * @param <T> what the row becomes.
     * @return of the mapped row; empty when there is none, or it was mapped to null.
     */
    public <T> LiveQuery<Optional<T>> watchFirst(String sql, RowMapper<T> mapper, @Nullable Object... args) {
        return live().watchFirst(sql, mapper, args);
    }

    /**
     * Announces that tables changed, with the commit of this transaction; forgotten when it is rolled back.
     *
     * @param updates the tables; none does nothing.
     */
    public void announce(TableUpdate... updates) {
        guard.check();
        if (updates.length > 0) {
            session.announce(options(), LiveCalls.encode(updates));
        }
    }

    private LiveWatch live() {
        guard.check();
        final LiveTarget target = session.liveTarget(guard);
        return new LiveWatch(() -> target, guard);
    }

    /** {@return whether the transaction can still be used, as far as is known} */
    public boolean isOpen() {
        return guard.end() == null;
    }

    /**
     * A text with which another thread or JVM runs in this transaction while its block waits: {@link Database#join}.
     *
     * @return such as {@code cleat:NAME?transaction=TOKEN&directory=PATH}; of no use after the end.
     */
    public String handle() {
        guard.check();
        return DatabaseHandle.parse(session.connection().handle())
                .with(session.state().token())
                .toString();
    }

    /** Begins, runs the block, commits or rolls back. */
    <T extends @Nullable Object, X extends Exception> T run(Nesting nesting, TransactionBlock<T, X> block) throws X {
        begin(nesting);
        final ThreadScopes.@Nullable Scope outer = session.scopes().enter(session, guard);
        final T result;
        try {
            result = block.run(this);
        } catch (Throwable t) {
            session.scopes().leave(outer);
            undoAfter(t, "its block threw " + t);
            throw t;
        }
        session.scopes().leave(outer);
        if (!guard.isEndedByBlock()) {
            commitOrUndo();
        }
        return result;
    }

    private void begin(Nesting nesting) {
        final SessionState state = session.state();
        if (state.isInSnapshot()) {
            throw Failures.misuse(
                    "a snapshot is open, in which nothing is written: begin the transaction outside of its block");
        }
        if (!state.isInTransaction()) {
            state.begin(options(), SessionState.newToken());
        } else if (nesting == Nesting.REQUIRES_NEW) {
            throw new UnsupportedOperationException(
                    "a transaction is open in this thread, and there can be no other beside it: SQLite has one writer, for which it"
                            + " would wait. Use a savepoint (the default) or join");
        } else if (nesting == Nesting.JOIN) {
            kind = Kind.JOINED;
        } else {
            kind = Kind.SAVEPOINT;
            savepoint = state.savepoint(timeoutNs());
        }
    }

    private void commitOrUndo() {
        try {
            options().ensureNotCancelled();
            final @Nullable TransactionEnd lost = session.state().lost();
            if (lost != null) {
                // The block has seen it and gone on: nobody must take this for a success.
                throw session.state().hasJoined() ? lost.exceptionOfJoined() : lost.exception();
            }
            commit();
            guard.end(TransactionEnd.byBlock(kind == Kind.WHOLE ? "it was committed" : "its block returned"));
        } catch (RuntimeException e) {
            undoAfter(e, "its commit failed: " + e.getMessage());
            throw e;
        }
    }

    private void commit() {
        session.endQueries(kind == Kind.WHOLE ? null : guard);
        if (kind == Kind.SAVEPOINT) {
            session.state().releaseSavepoint(savepoint, timeoutNs());
        } else if (kind == Kind.WHOLE) {
            session.state().commit(timeoutNs());
        }
    }

    private void undo() {
        session.endQueries(kind == Kind.WHOLE ? null : guard);
        final SessionState state = session.state();
        if (kind == Kind.WHOLE) {
            state.rollback(timeoutNs());
        } else if (kind == Kind.SAVEPOINT && state.lost() == null) {
            // What was lost is as good as undone, and the outermost block ends it.
            rollbackTo(state);
            session.changed();
            state.releaseSavepoint(savepoint, timeoutNs());
        }
    }

    /** When it fails nobody may commit what should be undone: the outer blocks can only roll back. */
    private void rollbackTo(SessionState state) {
        try {
            state.rollbackTo(savepoint, timeoutNs());
        } catch (Throwable t) {
            state.lose(TransactionEnd.byFailedUndo(t));
            throw t;
        }
    }

    private void undoAfter(Throwable cause, String why) {
        if (guard.isEndedByBlock()) {
            return;
        }
        final @Nullable TransactionEnd lost = session.state().lost();
        guard.end(lost != null ? lost : TransactionEnd.byBlock("it was rolled back because " + why));
        try {
            undo();
        } catch (RuntimeException e) {
            if (e != cause) {
                cause.addSuppressed(e);
            }
        }
    }
}
