// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells every connection of a database when a schema change may be under way or has been made, so that what was learnt of a
 * statement (its columns, its kind) is asked again.
 *
 * <p>Even: nothing under way. Odd: the writer has begun a change that is not committed or undone; while it is odd nothing is
 * remembered. The writer makes it odd before its change can be seen and even after, so who reads the same even number before
 * and after a step has seen one schema. One thread writes; any thread reads.
 */
final class SchemaEpoch {
    /** 0 is left to those who do not know. */
    private static final long FIRST = 2;

    private final AtomicLong value = new AtomicLong();
    private final boolean exclusive;
    private volatile LongConsumer listener = SchemaEpoch::tellNobody;

    /** @param exclusive whether only this process can change the file; if not, the epoch is odd for ever. */
    SchemaEpoch(boolean exclusive) {
        this.exclusive = exclusive;
        value.set(exclusive ? FIRST : FIRST + 1);
    }

    long get() {
        return value.get();
    }

    static boolean isSettled(long epoch) {
        return (epoch & 1) == 0;
    }

    void changeBegins() {
        long now = value.get();
        if (exclusive && isSettled(now)) {
            set(now + 1);
        }
    }

    void changeEnds() {
        long now = value.get();
        if (exclusive && !isSettled(now)) {
            set(now + 1);
        }
    }

    /** Tells somebody now and at each change, on the thread that makes it; null: nobody any more. */
    void tell(@Nullable LongConsumer told) {
        listener = told == null ? SchemaEpoch::tellNobody : told;
        listener.accept(value.get());
    }

    private static void tellNobody(long epoch) {
        // Between a coordinator's end and the end of its database.
    }

    private void set(long now) {
        value.set(now);
        listener.accept(now);
    }
}
