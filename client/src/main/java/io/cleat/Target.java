// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** Where {@link SqlOperations} end up, with the options of the call. Threading: that of the implementation. */
interface Target {
    UpdateResult update(CallOptions options, String sql, @Nullable Object[] args);

    Rows rows(CallOptions options, String sql, @Nullable Object[] args);

    UpdateResult script(CallOptions options, String sql);

    BatchResult batch(CallOptions options, Batch batch);

    <T extends @Nullable Object, X extends Exception> T transaction(
            CallOptions options, Nesting nesting, TransactionBlock<T, X> block) throws X;

    <T extends @Nullable Object, X extends Exception> T snapshot(CallOptions options, OperationsBlock<T, X> block)
            throws X;

    <T extends @Nullable Object, X extends Exception> T exclusively(CallOptions options, OperationsBlock<T, X> block)
            throws X;
}
