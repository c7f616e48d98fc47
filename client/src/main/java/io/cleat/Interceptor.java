// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * Stands around every call of a {@link Database}, its sessions, transactions and prepared statements: it may observe and time the call,
 * send another one instead, refuse it by throwing, or answer it itself. Several stand in each other in the order in which they were added,
 * the first one outermost. Called on the calling thread; of a database that several threads use, by all of them.
 *
 * <p>What ends by itself is not a call: a session that is closed, a transaction that is rolled back because its client died. Live
 * queries are not intercepted.
 */
public interface Interceptor {
    /**
     * Makes the call, or does something else.
     *
     * @param call what is to be done.
     * @param next does it; may be called once, more than once, or not at all.
     * @param <T> what the call returns, as {@link CallKind} says.
     * @return the result for the caller.
     * @throws RuntimeException what the call threw, or instead of it. Thrown after a COMMIT has proceeded, it hides that the
     *     transaction is committed.
     */
    <T extends @Nullable Object> T around(InterceptedCall call, Next<T> next);

    /**
     * What stands inside an interceptor: the next one, or the call itself.
     *
     * @param <T> what the call returns.
     */
    @FunctionalInterface
    interface Next<T extends @Nullable Object> {
        /**
         * Makes the call.
         *
         * @param call as it was given, or another one of its kind.
         * @return its result.
         */
        T proceed(InterceptedCall call);
    }
}
