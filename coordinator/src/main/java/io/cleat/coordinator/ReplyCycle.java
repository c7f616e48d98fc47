// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.function.IntSupplier;

/**
 * The roll cycle of one reply queue: grows when enough was written in the current one, so that what the client has read can be
 * deleted.
 *
 * <p>Written by the conductor, read by any thread.
 */
final class ReplyCycle implements IntSupplier {
    private final long cycleBytes;
    private long writtenInCycle;
    private volatile int cycle = 1;

    /** All bytes ever written, as the reader counts them. */
    private volatile long writtenBytes;

    ReplyCycle(long cycleBytes) {
        this.cycleBytes = cycleBytes;
    }

    @Override
    public int getAsInt() {
        return cycle;
    }

    long writtenBytes() {
        return writtenBytes;
    }

    /**
     * Counts a record.
     *
     * @param bytes its length.
     * @return whether the next record begins a new cycle.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    boolean onWritten(long bytes) {
        writtenBytes = writtenBytes + bytes;
        writtenInCycle += bytes;
        if (writtenInCycle < cycleBytes) {
            return false;
        }
        writtenInCycle = 0;
        cycle = cycle + 1;
        return true;
    }
}
