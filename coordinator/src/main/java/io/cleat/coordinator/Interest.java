// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.TableChange;
import io.cleat.coordinator.sqlite.TableChanges;

/**
 * Of which table updates a client wants to know. Immutable; any thread.
 *
 * @param everything those of all tables.
 * @param tables and kinds otherwise.
 */
record Interest(boolean everything, TableChanges tables) {
    /** Of none. */
    static final Interest NONE = new Interest(false, TableChanges.NONE);

    /**
     * Whether a commit is to be told.
     *
     * @param changes of the commit.
     * @return whether one of them is wanted.
     */
    boolean isMetBy(TableChanges changes) {
        if (everything) {
            return true;
        }
        for (final TableChange change : changes.list()) {
            if ((tables.kindsOf(change.table()) & change.kinds()) != 0) {
                return true;
            }
        }
        return false;
    }

    boolean isNone() {
        return !everything && tables.isEmpty();
    }
}
