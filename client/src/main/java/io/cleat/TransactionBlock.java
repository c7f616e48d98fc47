// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * What runs in a transaction and returns something. Called on the thread that asked for the transaction.
 *
 * @param <T> what it returns.
 * @param <X> what it may throw.
 */
@FunctionalInterface
public interface TransactionBlock<T extends @Nullable Object, X extends Exception> {
    /**
     * Does the work.
     *
     * @param transaction the open transaction; of no use after the block.
     * @return the result of the block.
     * @throws X to roll back.
     */
    T run(Transaction transaction) throws X;
}
