// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.Cancellation;
import io.cleat.SqlStatement;
import org.jspecify.annotations.Nullable;

/** What {@link java.sql.Statement#cancel} stops. Written by the statement's thread, cancelled from any. */
final class RunningStatement {
    private volatile @Nullable SqlStatement statement;
    private volatile @Nullable Cancellation batch;

    /** The one that runs now, or ran last. */
    void is(SqlStatement running) {
        if (statement != running) {
            statement = running;
        }
    }

    /** A batch begins, or has ended (null). */
    void batch(@Nullable Cancellation running) {
        batch = running;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the statement says by its exception what became of it
    void cancel() {
        final @Nullable Cancellation ofBatch = batch;
        if (ofBatch != null) {
            ofBatch.cancel();
        }
        final @Nullable SqlStatement running = statement;
        if (running != null) {
            running.cancel();
        }
    }
}
