// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** Runs a block on a session that has been prepared for it, and ends that, whatever the block does. Stateless. */
final class SessionBlock {
    /** Ends what the block ran in. */
    @FunctionalInterface
    interface Ending {
        void end(long timeoutNs);
    }

    private SessionBlock() {}

    static <T extends @Nullable Object, X extends Exception> T run(
            SessionCore session, CallOptions options, OperationsBlock<T, X> block, Ending ending) throws X {
        final BlockGuard guard = new BlockGuard(session);
        final ThreadScopes.@Nullable Scope outer = session.scopes().enter(session, guard);
        final T result;
        try {
            result = block.run(new OperationsView(guard, options));
        } catch (Throwable t) {
            session.scopes().leave(outer);
            guard.end(TransactionEnd.byBlock("the block threw " + t));
            try {
                ending.end(options.timeoutNs());
            } catch (RuntimeException e) {
                if (e != t) {
                    t.addSuppressed(e);
                }
            }
            throw t;
        }
        session.scopes().leave(outer);
        final @Nullable TransactionEnd lost = session.state().lost();
        guard.end(TransactionEnd.byBlock("the block returned"));
        ending.end(options.timeoutNs());
        if (lost != null) {
            // The block has seen it and gone on: nobody must take this for a success.
            throw lost.exception();
        }
        return result;
    }
}
