// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a statement before it runs, found by asking SQLite ({@code EXPLAIN}) and by a tokenizer for what must not
 * even be compiled. Immutable; any thread.
 *
 * @param kind who may run it.
 * @param effect what it does to the transaction; NONE unless the kind is TRANSACTION.
 * @param writes whether it takes the write lock; false for a REFUSED one.
 * @param columnCount columns of its result, 0 when it gives no rows.
 * @param parameterCount values to bind, 0 to 250,000.
 * @param usesConnectionState whether it, or a trigger of it, asks last_insert_rowid(), changes() or total_changes(): before it runs the
 *     connection has to be told what these are for its session, see {@link CountFunctions}.
 * @param asksItself whether it does so in its own text, or that of a view.
 * @param usesTemporary whether it reads the connection's temporary database (writing there is refused).
 * @param insertsRowId whether it does nothing but insert into a table with row ids, so that last_insert_rowid() is its own when it
 *     changed anything; false for an upsert, of which nobody can tell what it did.
 * @param mayInsertRowId whether last_insert_rowid() can be another one after it; what its triggers insert does not count, as in SQLite.
 * @param keepsPartialEffect whether it can fail and keep what it has done until then (OR FAIL, RAISE(FAIL)).
 * @param changes what it can do to the rows of tables, by itself, by triggers and by foreign keys: one element a table, perhaps
 *     too many, never too few. {@code sqlite_sequence} and the shadow tables of a virtual one are among them. Of a SCHEMA statement
 *     only what {@link Catalog#changesTo(Catalog)} cannot tell: dropped tables and the rows that go with them by foreign keys,
 *     statistics. Empty for READ, TRANSACTION and REFUSED.
 * @param reads the tables that its result, or what it writes, depends on, as the schema spells them; of a virtual table also those
 *     that keep its rows. Only for READ and WRITE; nothing for what depends on the schema or the file itself (PRAGMAs, dbstat).
 * @param refusal why a client may not run it; null unless the kind is REFUSED.
 */
public record StatementInfo(
        StatementKind kind,
        TransactionEffect effect,
        boolean writes,
        int columnCount,
        int parameterCount,
        boolean usesConnectionState,
        boolean asksItself,
        boolean usesTemporary,
        boolean insertsRowId,
        boolean mayInsertRowId,
        boolean keepsPartialEffect,
        List<TableChange> changes,
        Set<String> reads,
        @Nullable String refusal) {

    /** Whether it gives rows (a SELECT, a PRAGMA, RETURNING), if only none. */
    public boolean returnsRows() {
        return columnCount > 0;
    }

    static StatementInfo refused(String reason) {
        return new StatementInfo(
                StatementKind.REFUSED,
                TransactionEffect.NONE,
                false,
                0,
                0,
                false,
                false,
                false,
                false,
                false,
                false,
                List.of(),
                Set.of(),
                reason);
    }
}
