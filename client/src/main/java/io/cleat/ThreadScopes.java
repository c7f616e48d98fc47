// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * Which block (transaction, snapshot, exclusive access) each thread runs on a database: plain calls of the thread join it, and what
 * would wait for it is refused.
 *
 * <p>Thread-safe.
 */
final class ThreadScopes {
    /**
     * A block that a thread runs.
     *
     * @param session it runs on.
     * @param guard through which calls join it.
     */
    record Scope(SessionCore session, BlockGuard guard) {}

    /** Not static: blocks of two databases are apart. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable Scope> current = new ThreadLocal<>();

    /** The block that this thread runs, the outermost on its session; or null. */
    @Nullable
    Scope current() {
        return current.get();
    }

    /** The thread begins to run a block; pass what this returns to {@link #leave}. */
    @Nullable
    Scope enter(SessionCore session, BlockGuard guard) {
        final @Nullable Scope outer = current.get();
        if (outer == null || outer.session != session) {
            current.set(new Scope(session, guard));
        }
        return outer;
    }

    /** The thread has run the block. */
    void leave(@Nullable Scope outer) {
        if (outer == null) {
            current.remove();
        } else {
            current.set(outer);
        }
    }

    /** Refuses what would wait for the write turn on a session while the thread runs a block that holds it through another one. */
    void ensureTurnReachable(SessionCore session, String what) {
        final @Nullable Scope scope = current.get();
        if (scope != null && scope.session != session && scope.session.state().holdsTurn()) {
            throw Failures.misuse(what + " would wait for itself: thread '"
                    + Thread.currentThread().getName()
                    + "' runs a block that holds the write turn of the same database: waiter session="
                    + session.sessionId() + " holder session=" + scope.session.sessionId()
                    + ". Use the operations of that block");
        }
    }
}
