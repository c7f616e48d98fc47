// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.TableUpdates;
import org.jspecify.annotations.Nullable;

/**
 * Listens for table updates and checks that each commit is told once and in order; only an update that says {@code anything} may stand for
 * several. Called by one thread at a time; looked at by any.
 */
final class UpdateOrder {
    private final long first;
    private @Nullable String violation;
    private long last;
    private long count;
    private long anythingCount;

    /**
     * Begins.
     *
     * @param first the commit sequence of the last commit before this listens.
     */
    UpdateOrder(long first) {
        this.first = first;
        this.last = first;
    }

    synchronized void heard(TableUpdates updates) {
        final long sequence = updates.commitSequence();
        final boolean isNext = updates.anything() ? sequence >= last : sequence == last + 1;
        if (!isNext && violation == null) {
            violation = "after commit " + last + " (count=" + count + ") came " + updates;
        }
        last = Math.max(last, sequence);
        count++;
        if (updates.anything()) {
            anythingCount++;
        }
    }

    synchronized long last() {
        return last;
    }

    /** {@return what was wrong, or null} */
    synchronized @Nullable String violation() {
        if (violation == null && anythingCount == 0 && count != last - first) {
            return "count=" + count + " commits=" + (last - first);
        }
        return violation;
    }

    @Override
    public synchronized String toString() {
        return "last=" + last + " count=" + count + " anything=" + anythingCount + " violation=" + violation();
    }
}
