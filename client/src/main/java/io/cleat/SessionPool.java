// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Runs each call of a {@link Database} on an idle session, or in the block (transaction, snapshot, exclusive access) that the calling
 * thread runs.
 *
 * <p>Thread-safe. There are as many sessions as threads that were inside a call at once, and at most a bound of idle ones.
 */
final class SessionPool implements Target {
    private static final int MAX_IDLE_SESSIONS = 64;

    /** Asynchronous calls outside blocks. */
    private final int asyncSessionId;

    private final Connection connection;
    private final CallOptions options;
    private final ThreadScopes scopes = new ThreadScopes();
    private final Descriptions descriptions = new Descriptions();
    private final Deque<SessionCore> idle = new ArrayDeque<>();

    SessionPool(Connection connection) {
        this.connection = connection;
        this.options = CallOptions.of(connection.context().requestTimeoutNs());
        this.asyncSessionId = connection.takeSessionId();
    }

    /** What calls have that ask for nothing else. */
    CallOptions options() {
        return options;
    }

    ThreadScopes scopes() {
        return scopes;
    }

    /** A session that its owner closes. */
    SessionCore newSession() {
        return new SessionCore(connection, scopes, descriptions, true);
    }

    /** The session that asynchronous calls of this thread run in. */
    int sessionIdOfThread() {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope == null) {
            return asyncSessionId;
        }
        scope.guard().check();
        return scope.session().sessionId();
    }

    /** Where queries run that are watched by this thread in a transaction's block; null outside of one. */
    @Nullable
    LiveTarget liveTargetOfThread() {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope == null || !scope.session().state().isInTransaction()) {
            return null;
        }
        scope.guard().check();
        return scope.session().liveTarget(scope.guard());
    }

    /** An asynchronous call was sent in the session of this thread, which may change something. */
    void sentInThread() {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope != null) {
            scope.session().changed();
        }
    }

    @Override
    public UpdateResult update(CallOptions options, String sql, @Nullable Object[] args) {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope != null) {
            return scope.guard().update(options, sql, args);
        }
        final SessionCore session = take();
        try {
            return session.update(options, sql, args);
        } finally {
            release(session);
        }
    }

    @Override
    public Rows rows(CallOptions options, String sql, @Nullable Object[] args) {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope != null) {
            return scope.guard().rows(options, sql, args);
        }
        final SessionCore session = take();
        boolean opened = false;
        try {
            final Rows rows = session.rows(options, sql, args, () -> release(session));
            opened = true;
            return rows;
        } finally {
            if (!opened) {
                release(session);
            }
        }
    }

    @Override
    public UpdateResult script(CallOptions options, String sql) {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope != null) {
            return scope.guard().script(options, sql);
        }
        final SessionCore session = take();
        try {
            return session.script(options, sql);
        } finally {
            release(session);
        }
    }

    @Override
    public BatchResult batch(CallOptions options, Batch batch) {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope != null) {
            return scope.guard().batch(options, batch);
        }
        final SessionCore session = take();
        try {
            return session.batch(options, batch);
        } finally {
            release(session);
        }
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(
            CallOptions options, Nesting nesting, TransactionBlock<T, X> block) throws X {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope != null) {
            return scope.guard().transaction(options, nesting, block);
        }
        final SessionCore session = take();
        try {
            return session.transaction(options, nesting, block);
        } finally {
            release(session);
        }
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T snapshot(
            CallOptions options, OperationsBlock<T, X> block) throws X {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope != null) {
            return scope.guard().snapshot(options, block);
        }
        final SessionCore session = take();
        try {
            return session.snapshot(options, block);
        } finally {
            release(session);
        }
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T exclusively(
            CallOptions options, OperationsBlock<T, X> block) throws X {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope != null) {
            return scope.guard().exclusively(options, block);
        }
        final SessionCore session = take();
        try {
            return session.exclusively(options, block);
        } finally {
            release(session);
        }
    }

    /** Runs a block in the transaction that a session, of this client or another, has begun with a token. */
    <T extends @Nullable Object, X extends Exception> T join(
            CallOptions options, long token, TransactionBlock<T, X> block) throws X {
        final ThreadScopes.@Nullable Scope scope = scopes.current();
        if (scope != null && scope.session().state().token() == token) {
            return scope.guard().transaction(options, Nesting.JOIN, block);
        }
        final SessionCore session = take();
        try {
            session.state().join(options, token);
            try {
                return session.transaction(options, Nesting.JOIN, block);
            } finally {
                leave(session, options.timeoutNs());
            }
        } finally {
            release(session);
        }
    }

    private static void leave(SessionCore session, long timeoutNs) {
        try {
            session.state().leave(timeoutNs);
        } catch (CleatException e) {
            // What the block did stands or falls with the transaction; a session that has not left is closed, which
            // leaves it.
        }
    }

    private SessionCore take() {
        synchronized (idle) {
            final @Nullable SessionCore session = idle.pollFirst();
            if (session != null) {
                return session;
            }
        }
        return new SessionCore(connection, scopes, descriptions, false);
    }

    /** One that failed inside a block is not given to others. */
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
