// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.TableUpdates;
import org.jspecify.annotations.Nullable;

/**
 * What a listener of all tables may be told: each commit once, in commit order, and none left out but where it was told that anything
 * may have changed. Holds over coordinators. Not thread-safe.
 */
final class SequenceRule {
    private long last;
    /** The next one may be any later one. */
    private boolean gapAllowed = true;

    /** A new listener begins: what was committed before is not told. */
    void restart() {
        gapAllowed = true;
    }

    /**
     * Takes what a listener was told.
     *
     * @param updates the next one.
     * @return what is wrong with it; null for nothing.
     */
    @Nullable
    String take(TableUpdates updates) {
        final long sequence = updates.commitSequence();
        if (updates.manual()) {
            return null;
        }
        final long before = last;
        final boolean any = gapAllowed;
        last = Math.max(last, sequence);
        gapAllowed = updates.anything();
        if (updates.anything()) {
            return sequence < before ? "told anything at commit " + sequence + " after commit " + before : null;
        }
        if (sequence <= before) {
            return "told commit " + sequence + " after commit " + before;
        }
        return any || sequence == before + 1
                ? null
                : "told commit " + sequence + " right after commit " + before + " and of nothing in between";
    }
}
