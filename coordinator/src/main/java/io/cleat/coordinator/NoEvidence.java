// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import org.jspecify.annotations.Nullable;

/** Writes nothing down. Thread-safe: without state. */
final class NoEvidence implements Evidence {
    @Override
    public long commitSequence() {
        return 0;
    }

    @Override
    public void begin() {}

    @Override
    public void outsideTransaction() {}

    @Override
    public void stage(
            Request request,
            long changeCount,
            long lastRowId,
            long commitSequence,
            @Nullable ResultChunk rows,
            boolean tooManyRows) {}

    @Override
    public void stageTransaction(Request commit, long beginSequence, long commitSequence) {}

    @Override
    public void intent(long commitSequence) {}

    @Override
    public void done(long commitSequence) {}

    @Override
    public void discard(Damage damage, long commitSequence) {}

    @Override
    public void afterReplies() {}
}
