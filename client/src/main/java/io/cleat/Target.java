// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** Where {@link SqlOperations} end up, with the timeout of the call in ns. Threading: that of the implementation. */
interface Target {
    UpdateResult update(long timeoutNs, String sql, @Nullable Object[] args);

    Rows rows(long timeoutNs, String sql, @Nullable Object[] args);

    UpdateResult script(long timeoutNs, String sql);

    BatchResult batch(long timeoutNs, Batch batch);

    <T extends @Nullable Object, X extends Exception> T transaction(long timeoutNs, TransactionBlock<T, X> block)
            throws X;
}
