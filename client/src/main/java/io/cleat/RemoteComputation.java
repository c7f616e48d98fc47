// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Work that {@link Database#computeInNewJvm} runs in a JVM of its own. Implement it by a class that another class can name: top-level,
 * or static nested, with a constructor that takes nothing, of any visibility.
 *
 * @param <A> what it is given.
 * @param <R> what it returns.
 * @param <X> what it may throw.
 */
@FunctionalInterface
public interface RemoteComputation<
        A extends @Nullable Serializable, R extends @Nullable Serializable, X extends Exception> {
    /**
     * Does the work.
     *
     * @param database attached to the caller's; in the transaction that the caller has open, if any. Not to be closed.
     * @param argument the caller's, copied.
     * @return the result, to be copied.
     * @throws X passed on to the caller, copied.
     */
    R compute(Database database, A argument) throws X;
}
