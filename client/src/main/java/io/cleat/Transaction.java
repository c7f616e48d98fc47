// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.live.LiveHub;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An open transaction, or a savepoint in one, for the time of a block. See {@link SqlOperations#transaction}.
 *
 * <p>Used by the thread that runs the block: others are refused. After its end every call fails with TRANSACTION_ENDED and says
 * how it ended.
 */
public final class Transaction extends BoundOperations {
    private final SessionCore session;
    private final Guard guard;
    private int savepoint;

    Transaction(SessionCore session, long timeoutNs) {
        this(session, new Guard(session), timeoutNs);
    }

    private Transaction(SessionCore session, Guard guard, long timeoutNs) {
        super(guard, timeoutNs);
        this.session = session;
        this.guard = guard;
    }

    /** Undoes what the block did, and ends it: the block may return, but not use the transaction any more. */
    public void rollback() {
        guard.check();
        guard.ended = "it was rolled back by its own block";
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
            session.announce(LiveCalls.encode(updates), timeoutNs());
        }
    }

    private LiveWatch live() {
        guard.check();
        session.queries().begin(this);
        final LiveTarget target =
                new LiveTarget.OfTransaction(LiveHub.of(session.connection()), session.queries(), this);
        return new LiveWatch(() -> target, this);
    }

    /** {@return whether the transaction can still be used} */
    public boolean isOpen() {
        return guard.ended == null;
    }

    /** Throws when the transaction has ended, or the thread is another's. */
    void ensureUsable() {
        guard.check();
    }

    /** Begins, runs the block, commits or rolls back. */
    <T extends @Nullable Object, X extends Exception> T run(TransactionBlock<T, X> block) throws X {
        begin();
        final T result;
        try {
            result = block.run(this);
        } catch (Throwable t) {
            undoAfter(t, "it was rolled back because its block threw " + t);
            throw t;
        }
        if (isOpen()) {
            try {
                commit();
                guard.ended = "it was committed";
            } catch (RuntimeException e) {
                undoAfter(e, "it was rolled back because its commit failed: " + e.getMessage());
                throw e;
            }
        }
        return result;
    }

    private void begin() {
        if (session.isInTransaction()) {
            savepoint = session.savepoint(timeoutNs());
        } else {
            session.begin(timeoutNs());
        }
    }

    private void commit() {
        session.endQueries(this);
        if (savepoint > 0) {
            session.releaseSavepoint(savepoint, timeoutNs());
        } else {
            session.commit(timeoutNs());
        }
    }

    private void undo() {
        session.endQueries(this);
        if (savepoint > 0) {
            session.rollbackTo(savepoint, timeoutNs());
            session.releaseSavepoint(savepoint, timeoutNs());
        } else {
            session.rollback(timeoutNs());
        }
    }

    private void undoAfter(Throwable cause, String reason) {
        if (!isOpen()) {
            return;
        }
        guard.ended = reason;
        try {
            undo();
        } catch (RuntimeException e) {
            if (e != cause) {
                cause.addSuppressed(e);
            }
        }
    }

    /** Lets calls through while the transaction is open and the thread is its own. */
    private static final class Guard implements Target {
        private final SessionCore session;
        private final Thread owner = Thread.currentThread();
        private volatile @Nullable String ended;

        Guard(SessionCore session) {
            this.session = session;
        }

        void check() {
            if (Thread.currentThread() != owner) {
                throw Failures.misuse("a transaction is used by the thread that runs its block: owner="
                        + owner.getName() + " caller=" + Thread.currentThread().getName());
            }
            if (ended != null) {
                throw new CleatException(ErrorCode.TRANSACTION_ENDED, "the transaction has ended: " + ended);
            }
        }

        @Override
        public UpdateResult update(long timeoutNs, String sql, @Nullable Object[] args) {
            check();
            return session.update(timeoutNs, sql, args);
        }

        @Override
        public Rows rows(long timeoutNs, String sql, @Nullable Object[] args) {
            check();
            return session.rows(timeoutNs, sql, args);
        }

        @Override
        public UpdateResult script(long timeoutNs, String sql) {
            check();
            return session.script(timeoutNs, sql);
        }

        @Override
        public BatchResult batch(long timeoutNs, Batch batch) {
            check();
            return session.batch(timeoutNs, batch);
        }

        @Override
        public <T extends @Nullable Object, X extends Exception> T transaction(
                long timeoutNs, TransactionBlock<T, X> block) throws X {
            check();
            return session.transaction(timeoutNs, block);
        }
    }
}
