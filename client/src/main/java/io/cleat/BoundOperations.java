// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** {@link SqlOperations} on a target, with the same options for all calls. Threading: that of the target. */
sealed class BoundOperations implements SqlOperations permits Database, Session, Transaction, OperationsView {
    private final Target target;
    private final CallOptions options;

    BoundOperations(Target target, CallOptions options) {
        this.target = target;
        this.options = options;
    }

    @Override
    public final UpdateResult update(String sql, @Nullable Object... args) {
        return target.update(options, sql, args);
    }

    @Override
    public final Rows rows(String sql, @Nullable Object... args) {
        return target.rows(options, sql, args);
    }

    @Override
    public final UpdateResult script(String sql) {
        return target.script(options, sql);
    }

    @Override
    public final BatchResult batch(Batch batch) {
        return target.batch(options, batch);
    }

    @Override
    public final <T extends @Nullable Object, X extends Exception> T transaction(
            Nesting nesting, TransactionBlock<T, X> block) throws X {
        return target.transaction(options, nesting, block);
    }

    @Override
    public final <T extends @Nullable Object, X extends Exception> T snapshot(OperationsBlock<T, X> block) throws X {
        return target.snapshot(options, block);
    }

    @Override
    public final <T extends @Nullable Object, X extends Exception> T exclusively(OperationsBlock<T, X> block) throws X {
        return target.exclusively(options, block);
    }

    @Override
    public final SqlOperations withTimeout(Duration timeout) {
        return new OperationsView(target, options.withTimeoutNs(Failures.timeoutNs(timeout)));
    }

    @Override
    public final SqlOperations withLease(Duration lease) {
        return new OperationsView(target, options.withLeaseNs(Failures.timeoutNs(lease)));
    }

    @Override
    public final SqlOperations cancellable(Cancellation cancellation) {
        return new OperationsView(target, options.with(cancellation));
    }

    final Target target() {
        return target;
    }

    final CallOptions options() {
        return options;
    }

    final long timeoutNs() {
        return options.timeoutNs();
    }
}
