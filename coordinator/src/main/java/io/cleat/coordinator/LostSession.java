// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What a session had open with a coordinator that is gone: a transaction, a snapshot, or exclusive access.
 *
 * <p>Thread-safe: immutable.
 *
 * @param commitSequence of its COMMIT, which is sent again; 0: none.
 * @param outcome what became of it.
 * @param exclusive whether it had exclusive access: then it is refused until UNLOCK.
 */
record LostSession(long commitSequence, Outcome outcome, boolean exclusive) {
    /** {@return what is left when its transaction has been told; null: nothing} */
    @Nullable
    LostSession withoutTransaction() {
        return exclusive ? new LostSession(0, Outcome.NOT_APPLIED, true) : null;
    }
}
