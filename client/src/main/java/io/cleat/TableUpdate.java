// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.protocol.TableName;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A table and what happened to its rows. Immutable. Equal to another of the same kind whose table has the same name, without
 * regard to ASCII case, as in SQLite.
 *
 * @param table its name, not empty.
 * @param kind what happened.
 */
public record TableUpdate(String table, UpdateKind kind) {
    /**
     * Names a table and a kind.
     *
     * @throws CleatException of code MISUSE when the name is empty.
     */
    public TableUpdate {
        Objects.requireNonNull(kind, "kind");
        if (table.isEmpty()) {
            throw Failures.misuse("a table has a name: table='' kind=" + kind);
        }
    }

    /**
     * Any change of a table.
     *
     * @param table its name.
     * @return of kind ANY.
     */
    public static TableUpdate any(String table) {
        return new TableUpdate(table, UpdateKind.ANY);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TableUpdate that
                && kind == that.kind
                && TableName.fold(table).equals(TableName.fold(that.table));
    }

    @Override
    public int hashCode() {
        return 31 * TableName.fold(table).hashCode() + kind.hashCode();
    }
}
