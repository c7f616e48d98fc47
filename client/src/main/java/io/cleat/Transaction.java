// SPDX-License-Identifier: Apache-2.0
package io.cleat;

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
        if (savepoint > 0) {
            session.releaseSavepoint(savepoint, timeoutNs());
        } else {
            session.commit(timeoutNs());
        }
    }

    private void undo() {
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
