// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.Objects;

/**
 * That rows of a table change, or may have changed. Immutable; any thread.
 *
 * @param table its name as the schema spells it; compare names ignoring ASCII case, as SQLite does.
 * @param kinds a mask of {@link #INSERT}, {@link #UPDATE} and {@link #DELETE}, 1 to 7: every kind that is possible, perhaps more.
 */
public record TableChange(String table, int kinds) {
    /** Rows are added. */
    public static final int INSERT = 1;

    /** Rows are altered, their keys perhaps too. */
    public static final int UPDATE = 2;

    /** Rows are removed, also to make place for others (REPLACE). */
    public static final int DELETE = 4;

    /** Whatever can happen to a table, its own definition among it. */
    public static final int ANY = INSERT | UPDATE | DELETE;

    /** Checks the mask; throws {@link IllegalArgumentException} naming it. */
    public TableChange {
        Objects.requireNonNull(table, "table");
        if (kinds < 1 || kinds > ANY) {
            throw new IllegalArgumentException("kinds=" + kinds + " is outside 1 to " + ANY + " table=" + table);
        }
    }

    /** Whether it may be of the kind, or of one of the kinds. */
    public boolean is(int kind) {
        return (kinds & kind) != 0;
    }
}
