// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteStatement;
import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.coordinator.sqlite.StatementKind;
import io.cleat.protocol.ValueReader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The statements of one batch, compiled when the first row of each comes: one may create the table that a later one fills.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class BatchStatements implements AutoCloseable {
    private final SqliteConnection writer;
    private final List<String> texts;
    private final @Nullable SqliteStatement[] statements;
    private final @Nullable StatementInfo[] infos;
    private final WriterCounts counts;
    private final SessionCounts own;
    private boolean changedSchema;
    private boolean inserted;

    BatchStatements(SqliteConnection writer, List<String> texts, WriterCounts counts, SessionCounts own) {
        this.counts = counts;
        this.own = own;
        this.writer = writer;
        this.texts = texts;
        this.statements = new SqliteStatement[texts.size()];
        this.infos = new StatementInfo[texts.size()];
    }

    int count() {
        return texts.size();
    }

    /** {@return whether a statement that ran may have changed the schema} */
    boolean changedSchema() {
        return changedSchema;
    }

    /** {@return what the statements that ran can have changed} */
    TableUpdates updates() {
        TableUpdates updates = TableUpdates.NONE;
        for (final StatementInfo info : infos) {
            if (info != null) {
                updates = updates.with(info.changes());
            }
        }
        return updates;
    }

    /** {@return whether the last row that ran inserted, so that last_insert_rowid() is the batch's own} */
    boolean inserted() {
        return inserted;
    }

    /**
     * Runs a row.
     *
     * @param index of the statement.
     * @param values stands before the first value.
     * @param count how many values.
     * @return rows changed directly.
     */
    long run(int index, ValueReader values, int count) {
        final String sql = texts.get(index);
        StatementInfo info = infos[index];
        SqliteStatement statement = statements[index];
        if (info == null || statement == null) {
            info = writer.describe(sql);
            Admission.checkInBatch(info, sql);
            statement = writer.prepare(sql);
            infos[index] = info;
            statements[index] = statement;
        }
        if (info.usesConnectionState()) {
            counts.ask(own);
        }
        Parameters.bind(values, count, statement);
        statement.run();
        // SQLite refuses to bind to a statement that has run and was not reset.
        statement.reset();
        changedSchema |= info.kind() == StatementKind.SCHEMA;
        final long changed = info.kind() == StatementKind.WRITE ? writer.changes() : 0;
        inserted = changed > 0 && info.insertsRowId();
        return changed;
    }

    @Override
    public void close() {
        for (final SqliteStatement statement : statements) {
            if (statement != null) {
                statement.close();
            }
        }
    }
}
