// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * Work that {@link Database#compute} runs in a thread of its own.
 *
 * @param <R> what it returns.
 * @param <X> what it may throw.
 */
@FunctionalInterface
public interface Computation<R extends @Nullable Object, X extends Exception> {
    /**
     * Does the work.
     *
     * @param database the caller's; in the transaction that the caller has open, if any. Not to be closed.
     * @return the result.
     * @throws X passed on to the caller.
     */
    R compute(Database database) throws X;
}
