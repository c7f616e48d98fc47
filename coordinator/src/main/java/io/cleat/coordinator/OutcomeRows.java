// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.SqliteStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Looks up rows of the {@link OutcomeTable} on a read connection of its own: it sees what is committed, also while a write runs. What cannot be read counts as
 * not known.
 *
 * <p>Not thread-safe: the conductor's, before it starts its maker's.
 */
final class OutcomeRows {
    private static final String FROM = " FROM " + OutcomeTable.NAME;
    private static final String FIND = "SELECT flags, change_count, last_row_id, commit_sequence, columns, rows" + FROM
            + " WHERE client = ?1 AND sequence = ?2 AND sequence > 0";
    private static final String COMMIT_OF = "SELECT sequence" + FROM
            + " WHERE client = ?1 AND sequence > ?2 AND begin_sequence > 0 AND begin_sequence <= ?2 AND (session = ?3 OR ?3 < 0)"
            + " ORDER BY sequence LIMIT 1";
    private static final String FORGOTTEN = "SELECT begin_sequence" + FROM + " WHERE client = ?1 AND sequence = 0";
    private static final String HAS_ROWS = "SELECT 1" + FROM + " WHERE client = ?1 LIMIT 1";
    private static final String NEXT_CLIENT = "SELECT min(client)" + FROM + " WHERE client > ?1";
    private static final String TABLE = "SELECT begin_sequence, last_row_id, columns" + FROM + " WHERE client = 0";
    private static final String LAST_COMMIT = "SELECT max(commit_sequence)" + FROM;
    private static final byte[] NONE = new byte[0];

    private final SqliteConnection reader;
    private final ErrorSink errors;

    /**
     * What the table says of itself.
     *
     * @param incarnation of the folder to which its rows belong.
     * @param removedId up to which client's id nothing is known of a client without rows.
     * @param boot of the machine that wrote it.
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Table(long incarnation, long removedId, byte[] boot) {}

    OutcomeRows(SqliteConnection reader, ErrorSink errors) {
        this.reader = reader;
        this.errors = errors;
    }

    @Nullable
    KnownOutcome find(long client, long sequence) {
        try (SqliteStatement statement = reader.prepare(FIND)) {
            statement.bindLong(0, client);
            statement.bindLong(1, sequence);
            return statement.step() ? outcome(statement) : null;
        } catch (SqliteException e) {
            errors.onError("an outcome could not be read", e);
            return KnownOutcome.UNKNOWN;
        }
    }

    private static KnownOutcome outcome(SqliteStatement row) {
        final int flags = (int) row.columnLong(0);
        final boolean returnsRows = (flags & OutcomesDescriptor.FLAG_ROWS) != 0;
        final boolean lost = (flags & OutcomesDescriptor.FLAG_TOO_LARGE) != 0;
        return new KnownOutcome(
                (flags & OutcomesDescriptor.FLAG_UNKNOWN) != 0,
                row.columnLong(1),
                row.columnLong(2),
                row.columnLong(3),
                returnsRows,
                returnsRows && !lost ? row.columnBlob(4) : NONE,
                returnsRows && !lost ? row.columnBlob(5) : NONE,
                returnsRows && lost,
                (flags & OutcomesDescriptor.FLAG_JOINED) != 0);
    }

    /** Of whatever session when that is negative; 0: none. */
    long commitOf(long client, int session, long sequence, long whenUnreadable) {
        try (SqliteStatement statement = reader.prepare(COMMIT_OF)) {
            statement.bindLong(0, client);
            statement.bindLong(1, sequence);
            statement.bindLong(2, session);
            return statement.step() ? statement.columnLong(0) : 0;
        } catch (SqliteException e) {
            errors.onError("an outcome could not be read", e);
            return whenUnreadable;
        }
    }

    /** The last sequence of which nothing is known; −1 when nothing is said about that. */
    long forgottenThrough(long client) {
        return number(FORGOTTEN, client, -1, Long.MAX_VALUE);
    }

    boolean hasRows(long client) {
        return number(HAS_ROWS, client, 0, 0) != 0;
    }

    /** {@return all clients that have rows, the smallest id first} */
    List<Long> clients() {
        final LongBinaryOperator after = (client, none) -> number(NEXT_CLIENT, client, none, none);
        final List<Long> clients = new ArrayList<>();
        for (long client = after.applyAsLong(0, 0); client > 0; client = after.applyAsLong(client, 0)) {
            clients.add(client);
        }
        return clients;
    }

    /** {@return the greatest commit sequence of any row} */
    long lastCommitSequence() {
        return number(LAST_COMMIT, 0, 0, 0);
    }

    /** {@return what the table says of itself; null when it says nothing} */
    @Nullable
    Table table() {
        try (SqliteStatement statement = reader.prepare(TABLE)) {
            return statement.step()
                    ? new Table(statement.columnLong(0), statement.columnLong(1), statement.columnBlob(2))
                    : null;
        }
    }

    private long number(String sql, long client, long whenNone, long whenUnreadable) {
        try (SqliteStatement statement = reader.prepare(sql)) {
            if (statement.parameterCount() > 0) {
                statement.bindLong(0, client);
            }
            return statement.step() ? statement.columnLong(0) : whenNone;
        } catch (SqliteException e) {
            errors.onError("an outcome could not be read", e);
            return whenUnreadable;
        }
    }
}
