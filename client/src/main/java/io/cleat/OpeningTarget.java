// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** Passes the calls of a {@link Database} on to its sessions, opening it at the first one. Thread-safe. */
final class OpeningTarget implements Target {
    private final Opening opening;

    OpeningTarget(Opening opening) {
        this.opening = opening;
    }

    /** The options given, with the timeout of the context that the database was opened with where they have none. */
    static CallOptions options(CallOptions given, DatabaseParts parts) {
        if (given.timeoutNs() != 0) {
            return given;
        }
        final CallOptions options = parts.pool().options();
        return given.equals(CallOptions.OF_CONTEXT) ? options : given.withTimeoutNs(options.timeoutNs());
    }

    @Override
    public UpdateResult update(CallOptions options, String sql, @Nullable Object[] args) {
        final DatabaseParts parts = opening.get();
        return parts.pool().update(options(options, parts), sql, args);
    }

    @Override
    public Rows rows(CallOptions options, String sql, @Nullable Object[] args) {
        final DatabaseParts parts = opening.get();
        return parts.pool().rows(options(options, parts), sql, args);
    }

    @Override
    public UpdateResult script(CallOptions options, String sql) {
        final DatabaseParts parts = opening.get();
        return parts.pool().script(options(options, parts), sql);
    }

    @Override
    public BatchResult batch(CallOptions options, Batch batch) {
        final DatabaseParts parts = opening.get();
        return parts.pool().batch(options(options, parts), batch);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(
            CallOptions options, Nesting nesting, TransactionBlock<T, X> block) throws X {
        final DatabaseParts parts = opening.get();
        return parts.pool().transaction(options(options, parts), nesting, block);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T snapshot(
            CallOptions options, OperationsBlock<T, X> block) throws X {
        final DatabaseParts parts = opening.get();
        return parts.pool().snapshot(options(options, parts), block);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T exclusively(
            CallOptions options, OperationsBlock<T, X> block) throws X {
        final DatabaseParts parts = opening.get();
        return parts.pool().exclusively(options(options, parts), block);
    }
}
