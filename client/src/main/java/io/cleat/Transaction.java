// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An open transaction, or a savepoint in one, for the time of a block. See {@link SqlOperations#transaction}.
 *
 * <p>Used by the thread that runs the block. After its end every call fails with TRANSACTION_ENDED and says how it ended.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Transaction implements SqlOperations {
    Transaction() {}

    @Override
    public UpdateResult update(String sql, @Nullable Object... args) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public Rows rows(String sql, @Nullable Object... args) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public UpdateResult script(String sql) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public BatchResult batch(Batch batch) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(TransactionBlock<T, X> block) throws X {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public SqlOperations withTimeout(Duration timeout) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Undoes what the block did, and ends it: the block may return, but not use the transaction any more. */
    public void rollback() {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@return whether the transaction can still be used} */
    public boolean isOpen() {
        throw new UnsupportedOperationException("not yet");
    }
}
