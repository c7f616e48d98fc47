// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tables that clients may read and not write, because the coordinator relies on them. Thread-safe: pure functions. */
public final class ReservedTables {
    /** What became of the clients' writes. */
    public static final String OUTCOMES = "cleat_outcome";

    private ReservedTables() {}

    /** Why a statement must not be run for a client, or null. Of a schema change the name alone counts, wherever it stands. */
    static @Nullable String refusal(StatementKind kind, String sql, List<TableChange> changes) {
        final boolean touches =
                switch (kind) {
                    case WRITE ->
                        changes.stream().anyMatch(change -> change.table().equalsIgnoreCase(OUTCOMES));
                    case SCHEMA -> sql.toLowerCase(Locale.ROOT).contains(OUTCOMES);
                    default -> false;
                };
        return touches ? "the table " + OUTCOMES + " is the coordinator's own: it can be read and not changed" : null;
    }
}
