// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.status.StatusHeader;

/**
 * Counts the commits that changed something, for all to see, and the changes of the schema.
 *
 * <p>Written by the conductor; the sequence is read by any thread.
 */
final class CommitLog {
    private final StatusHeader header;
    private final ConductorCounters counters;
    private volatile long sequence;
    private long schemaGeneration;

    CommitLog(StatusHeader header, ConductorCounters counters, long sequence) {
        this.header = header;
        this.counters = counters;
        this.sequence = sequence;
        header.commitSequenceRelease(sequence);
    }

    /** {@return the number of the last commit that changed something; 0 before the first} */
    long sequence() {
        return sequence;
    }

    /** {@return a number that grows with every commit that changed the schema} */
    long schemaGeneration() {
        return schemaGeneration;
    }

    /**
     * SQLite has committed.
     *
     * @param changed whether anything is different now.
     * @param changedSchema whether the schema may be.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    void onCommit(boolean changed, boolean changedSchema) {
        if (changedSchema) {
            schemaGeneration++;
        }
        if (changed || changedSchema) {
            sequence = sequence + 1;
            header.commitSequenceRelease(sequence);
            counters.commits.incrementOrdered();
        }
    }
}
