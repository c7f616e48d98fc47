// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Runs each call of a {@link Database} on an idle session, or in the transaction that the calling thread has open.
 *
 * <p>Thread-safe. There are as many sessions as threads that were inside a call at once, and at most a bound of idle ones.
 */
final class SessionPool implements Target {
    private static final int MAX_IDLE_SESSIONS = 64;

    /** Asynchronous calls outside transactions. */
    private final int asyncSessionId;

    private final Connection connection;
    private final Deque<SessionCore> idle = new ArrayDeque<>();

    /** The outermost transaction that the thread runs a block of. Not static: transactions of two databases are apart. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable Joined> current = new ThreadLocal<>();

    private record Joined(SessionCore session, Transaction transaction) {}

    SessionPool(Connection connection) {
        this.connection = connection;
        this.asyncSessionId = connection.takeSessionId();
    }

    /** The session that asynchronous calls of this thread run in. */
    int sessionIdOfThread() {
        final @Nullable Joined joined = current.get();
        if (joined == null) {
            return asyncSessionId;
        }
        joined.transaction.ensureUsable();
        return joined.session.sessionId();
    }

    /** The transaction whose block this thread runs, or null. */
    @Nullable
    Transaction transactionOfThread() {
        final @Nullable Joined joined = current.get();
        return joined == null ? null : joined.transaction;
    }

    /** An asynchronous call was sent in the session of this thread, which may change something. */
    void sentInThread() {
        final @Nullable Joined joined = current.get();
        if (joined != null) {
            joined.session.changed();
        }
    }

    @Override
    public UpdateResult update(long timeoutNs, String sql, @Nullable Object[] args) {
        final @Nullable Joined joined = current.get();
        if (joined != null) {
            return joined.transaction.target().update(timeoutNs, sql, args);
        }
        final SessionCore session = take();
        try {
            return session.update(timeoutNs, sql, args);
        } finally {
            release(session);
        }
    }

    @Override
    public Rows rows(long timeoutNs, String sql, @Nullable Object[] args) {
        final @Nullable Joined joined = current.get();
        if (joined != null) {
            return joined.transaction.target().rows(timeoutNs, sql, args);
        }
        final SessionCore session = take();
        boolean opened = false;
        try {
            final Rows rows = session.rows(timeoutNs, sql, args, () -> release(session));
            opened = true;
            return rows;
        } finally {
            if (!opened) {
                release(session);
            }
        }
    }

    @Override
    public UpdateResult script(long timeoutNs, String sql) {
        final @Nullable Joined joined = current.get();
        if (joined != null) {
            return joined.transaction.target().script(timeoutNs, sql);
        }
        final SessionCore session = take();
        try {
            return session.script(timeoutNs, sql);
        } finally {
            release(session);
        }
    }

    @Override
    public BatchResult batch(long timeoutNs, Batch batch) {
        final @Nullable Joined joined = current.get();
        if (joined != null) {
            return joined.transaction.target().batch(timeoutNs, batch);
        }
        final SessionCore session = take();
        try {
            return session.batch(timeoutNs, batch);
        } finally {
            release(session);
        }
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(long timeoutNs, TransactionBlock<T, X> block)
            throws X {
        final @Nullable Joined joined = current.get();
        if (joined != null) {
            return joined.transaction.target().transaction(timeoutNs, block);
        }
        final SessionCore session = take();
        try {
            return session.<T, X>transaction(timeoutNs, transaction -> {
                current.set(new Joined(session, transaction));
                try {
                    return block.run(transaction);
                } finally {
                    current.remove();
                }
            });
        } finally {
            release(session);
        }
    }

    private SessionCore take() {
        synchronized (idle) {
            final @Nullable SessionCore session = idle.pollFirst();
            if (session != null) {
                return session;
            }
        }
        return new SessionCore(connection);
    }

    /** One that failed inside a transaction is not given to others. */
    private void release(SessionCore session) {
        if (session.isReusable()) {
            synchronized (idle) {
                if (idle.size() < MAX_IDLE_SESSIONS) {
                    idle.addFirst(session);
                    return;
                }
            }
        }
        session.close(connection.context().requestTimeoutNs());
    }
}
