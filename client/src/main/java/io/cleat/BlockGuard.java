// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * Lets calls through to a session while a block runs and the thread is its own.
 *
 * <p>Made by the thread that runs the block; others are refused.
 */
final class BlockGuard implements Target {
    private final SessionCore session;
    private final Thread owner = Thread.currentThread();
    private volatile @Nullable TransactionEnd end;

    BlockGuard(SessionCore session) {
        this.session = session;
    }

    void check() {
        if (Thread.currentThread() != owner) {
            throw Failures.misuse("what a block is given is used by the thread that runs its block: owner="
                    + owner.getName() + " caller=" + Thread.currentThread().getName());
        }
        final @Nullable TransactionEnd ended = end();
        if (ended != null) {
            throw ended.exception();
        }
    }

    /** How the block has ended, or what it ran in; null while it can be used. */
    @Nullable
    TransactionEnd end() {
        return end != null ? end : session.state().lost();
    }

    /** The first end stays. */
    void end(TransactionEnd newEnd) {
        if (end == null) {
            end = newEnd;
        }
    }

    /** Whether its own block ended it. */
    boolean isEndedByBlock() {
        return end != null;
    }

    @Override
    public UpdateResult update(CallOptions options, String sql, @Nullable Object[] args) {
        check();
        return session.update(options, sql, args);
    }

    @Override
    public Rows rows(CallOptions options, String sql, @Nullable Object[] args) {
        check();
        return session.rows(options, sql, args);
    }

    @Override
    public UpdateResult script(CallOptions options, String sql) {
        check();
        return session.script(options, sql);
    }

    @Override
    public BatchResult batch(CallOptions options, Batch batch) {
        check();
        return session.batch(options, batch);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(
            CallOptions options, Nesting nesting, TransactionBlock<T, X> block) throws X {
        check();
        return session.transaction(options, nesting, block);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T snapshot(
            CallOptions options, OperationsBlock<T, X> block) throws X {
        check();
        return session.snapshot(options, block);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T exclusively(
            CallOptions options, OperationsBlock<T, X> block) throws X {
        check();
        return session.exclusively(options, block);
    }
}
