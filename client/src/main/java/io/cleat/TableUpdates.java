// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.Set;

/**
 * What one commit, or one announcement, changed, as far as the listener asked for it. Immutable.
 *
 * @param commitSequence of the commit; of an announcement made by hand, or when {@code anything} is set, the last one before it.
 * @param tables the tables with the kinds INSERT, UPDATE and DELETE, each in a pair of its own; unmodifiable.
 * @param anything whether any table may have changed, beside those named: updates were lost, or nobody knows.
 * @param schemaChanged whether tables, views, indexes or triggers were made, changed or dropped.
 * @param manual whether a client said so ({@link Database#announce}) and no commit stands behind it.
 * @param outside whether another process changed the database's file.
 */
public record TableUpdates(
        long commitSequence,
        Set<TableUpdate> tables,
        boolean anything,
        boolean schemaChanged,
        boolean manual,
        boolean outside) {
    /** Copies the tables. */
    public TableUpdates {
        tables = Set.copyOf(tables);
    }

    /**
     * Whether a table may have changed.
     *
     * @param table its name, without regard to ASCII case.
     * @return true when it is named, or {@code anything} is set.
     */
    public boolean touches(String table) {
        return anything
                || tables.contains(new TableUpdate(table, UpdateKind.INSERT))
                || tables.contains(new TableUpdate(table, UpdateKind.UPDATE))
                || tables.contains(new TableUpdate(table, UpdateKind.DELETE));
    }
}
