// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** {@link SqlOperations} with a timeout of their own. Threading: that of what it is a view of. */
@SuppressWarnings("DoNotCallSuggester")
final class TimedOperations implements SqlOperations {
    TimedOperations() {}

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
}
