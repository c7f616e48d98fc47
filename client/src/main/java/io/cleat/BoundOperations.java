// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** {@link SqlOperations} on a target, with one timeout for all calls. Threading: that of the target. */
sealed class BoundOperations implements SqlOperations permits Database, Session, Transaction, TimedOperations {
    private final Target target;
    private final long timeoutNs;

    BoundOperations(Target target, long timeoutNs) {
        this.target = target;
        this.timeoutNs = timeoutNs;
    }

    @Override
    public final UpdateResult update(String sql, @Nullable Object... args) {
        return target.update(timeoutNs, sql, args);
    }

    @Override
    public final Rows rows(String sql, @Nullable Object... args) {
        return target.rows(timeoutNs, sql, args);
    }

    @Override
    public final UpdateResult script(String sql) {
        return target.script(timeoutNs, sql);
    }

    @Override
    public final BatchResult batch(Batch batch) {
        return target.batch(timeoutNs, batch);
    }

    @Override
    public final <T extends @Nullable Object, X extends Exception> T transaction(TransactionBlock<T, X> block)
            throws X {
        return target.transaction(timeoutNs, block);
    }

    @Override
    public final SqlOperations withTimeout(Duration timeout) {
        return new TimedOperations(target, Failures.timeoutNs(timeout));
    }

    final Target target() {
        return target;
    }

    final long timeoutNs() {
        return timeoutNs;
    }
}
