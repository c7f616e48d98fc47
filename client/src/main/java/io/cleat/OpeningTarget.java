// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** Passes the calls of a {@link Database} on to its sessions, opening it at the first one. Thread-safe. */
final class OpeningTarget implements Target {
    /** Stands for the request timeout of the context that the database was opened with. */
    static final long TIMEOUT_OF_CONTEXT = 0;

    private final Opening opening;

    OpeningTarget(Opening opening) {
        this.opening = opening;
    }

    /** A timeout that was given, or the one of the context. */
    static long timeoutNs(long given, DatabaseParts parts) {
        return given == TIMEOUT_OF_CONTEXT ? parts.connection().context().requestTimeoutNs() : given;
    }

    @Override
    public UpdateResult update(long timeoutNs, String sql, @Nullable Object[] args) {
        final DatabaseParts parts = opening.get();
        return parts.pool().update(timeoutNs(timeoutNs, parts), sql, args);
    }

    @Override
    public Rows rows(long timeoutNs, String sql, @Nullable Object[] args) {
        final DatabaseParts parts = opening.get();
        return parts.pool().rows(timeoutNs(timeoutNs, parts), sql, args);
    }

    @Override
    public UpdateResult script(long timeoutNs, String sql) {
        final DatabaseParts parts = opening.get();
        return parts.pool().script(timeoutNs(timeoutNs, parts), sql);
    }

    @Override
    public BatchResult batch(long timeoutNs, Batch batch) {
        final DatabaseParts parts = opening.get();
        return parts.pool().batch(timeoutNs(timeoutNs, parts), batch);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(long timeoutNs, TransactionBlock<T, X> block)
            throws X {
        final DatabaseParts parts = opening.get();
        return parts.pool().transaction(timeoutNs(timeoutNs, parts), block);
    }
}
