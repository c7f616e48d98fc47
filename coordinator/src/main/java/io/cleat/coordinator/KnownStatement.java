// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SessionPragmaUse;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteStatement;
import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.protocol.Columns;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A statement's text, what SQLite says about it under the present schema, and how long it takes to read.
 *
 * <p>Not thread-safe: the conductor's. The text may be read by any thread.
 */
final class KnownStatement {
    private static final int SLOW_LIMIT = 8;
    private static final int RETRY_INTERVAL = 64;

    /** Some hundred columns; there are thousands of statements, and a short text can name the columns of a wide table. */
    private static final int MAX_KEPT_COLUMN_BYTES = 8 << 10;

    final String sql;
    private @Nullable StatementInfo info;
    private long infoGeneration = -1;
    private int infoSettings;
    private @Nullable SessionPragmaUse pragma;
    private boolean isPragmaKnown;
    private TableUpdates updates = TableUpdates.NONE;
    private @Nullable StatementInfo updatesOf;
    private byte @Nullable [] columns;
    private @Nullable SqliteStatement columnsOf;
    private int columnsVersion;
    private int slowness;
    private int runsSinceTried;

    KnownStatement(String sql) {
        this.sql = sql;
    }

    /**
     * What kind of statement it is for a session, asked of SQLite once a schema and settings: what foreign keys and triggers do depends on
     * them.
     *
     * @param generation of the committed schema.
     * @param connection to ask on.
     * @param settings of the session.
     * @return the answer.
     */
    StatementInfo info(long generation, SqliteConnection connection, int settings) {
        StatementInfo known = info;
        if (known == null || infoGeneration != generation || infoSettings != settings) {
            connection.settings(settings);
            known = connection.describe(sql);
            info = known;
            infoGeneration = generation;
            infoSettings = settings;
        }
        return known;
    }

    /** {@return what it asks or sets for its session; null for nearly all} */
    @Nullable
    SessionPragmaUse pragma() {
        if (!isPragmaKnown) {
            pragma = SessionPragmaUse.of(sql);
            isPragmaKnown = true;
        }
        return pragma;
    }

    /**
     * What the statement changes, if it changes anything; remembered, with those who want to know.
     *
     * @param described what SQLite says of it.
     * @return the tables.
     */
    @SuppressWarnings(
            "ReferenceEquality") // the same description is the same object, and comparing it is on the hot path
    TableUpdates updates(StatementInfo described) {
        if (updatesOf != described) {
            updatesOf = described;
            updates = TableUpdates.of(described.changes());
        }
        return updates;
    }

    /**
     * The encoded columns of its result; remembered for the compiled statement that was asked last.
     *
     * @param statement that was stepped.
     * @return the bytes; not to be changed.
     */
    byte[] columns(SqliteStatement statement) {
        byte[] known = columns;
        if (known == null || columnsOf != statement || columnsVersion != statement.columnsVersion()) {
            known = describe(statement);
            columns = known.length <= MAX_KEPT_COLUMN_BYTES ? known : null;
            columnsOf = statement;
            columnsVersion = statement.columnsVersion();
        }
        return known;
    }

    /**
     * Describes the columns of a statement.
     *
     * @param statement that was stepped.
     * @return the encoded columns.
     * @throws ResultTooLargeException when the description does not fit in a record.
     */
    static byte[] describe(SqliteStatement statement) {
        final int count = statement.columnCount();
        final List<String> names = new ArrayList<>(count);
        final List<@Nullable String> types = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            names.add(statement.columnName(i));
            types.add(statement.columnDeclaredType(i));
        }
        final byte[] encoded = Columns.of(names, types).encoded();
        if (encoded.length > ResultChunk.MAX_COLUMN_BYTES) {
            throw new ResultTooLargeException("the names of the columns are too long: bytes=" + encoded.length
                    + " limitBytes=" + ResultChunk.MAX_COLUMN_BYTES + " columns=" + count);
        }
        return encoded;
    }

    /** {@return whether it is better read by a reader thread: it was too long for the conductor lately} */
    boolean isSlow() {
        if (slowness == 0) {
            return false;
        }
        runsSinceTried++;
        return runsSinceTried % RETRY_INTERVAL != 0;
    }

    void onSlow() {
        slowness = Math.min(SLOW_LIMIT, slowness + 2);
    }

    void onFast() {
        if (slowness > 0) {
            slowness--;
        }
    }
}
