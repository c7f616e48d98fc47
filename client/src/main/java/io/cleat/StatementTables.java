// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.Set;

/**
 * Which tables a statement reads and changes, views, triggers and foreign keys resolved. Immutable.
 *
 * @param read names of the tables that it reads; unmodifiable.
 * @param changed the tables that it may change, with the kinds, each in a pair of its own; unmodifiable.
 */
public record StatementTables(Set<String> read, Set<TableUpdate> changed) {
    /** Copies both. */
    public StatementTables {
        read = Set.copyOf(read);
        changed = Set.copyOf(changed);
    }
}
