// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * What runs in a snapshot, or with exclusive access. Called on the thread that asked for it.
 *
 * @param <T> what it returns.
 * @param <X> what it may throw.
 */
@FunctionalInterface
public interface OperationsBlock<T extends @Nullable Object, X extends Exception> {
    /**
     * Does the work.
     *
     * @param operations bound to the session of the block; of no use after the block.
     * @return the result of the block.
     * @throws X passed on to the caller.
     */
    T run(SqlOperations operations) throws X;
}
