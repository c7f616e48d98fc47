// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/**
 * What runs in a transaction. Called on the thread that asked for the transaction.
 *
 * @param <X> what it may throw.
 */
@FunctionalInterface
public interface TransactionAction<X extends Exception> {
    /**
     * Does the work.
     *
     * @param transaction the open transaction; of no use after the block.
     * @throws X to roll back.
     */
    void run(Transaction transaction) throws X;
}
