// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteStatement;
import org.jspecify.annotations.Nullable;

/**
 * The table in which outcomes are rows, beside what they are the outcomes of: what is written to it goes into whatever transaction is open. A
 * client's row 0 says up to which sequence nothing is known any more; client 0 has one row, about the table itself.
 *
 * <p>Not thread-safe: the conductor's, before it starts its maker's. Every method may throw an SqliteException.
 */
final class OutcomeTable {
    /** Its name; no client can write to a table of this name. */
    static final String NAME = io.cleat.coordinator.sqlite.ReservedTables.OUTCOMES;

    /** Rows of a client that are kept at least. */
    static final int KEPT_COUNT = 2048;

    /** Columns and rows of one outcome at most, in bytes. */
    static final int MAX_ROW_BYTES = OutcomesDescriptor.MAX_ROW_BYTES;

    static final String CREATE = "CREATE TABLE " + NAME
            + "(client INTEGER NOT NULL, sequence INTEGER NOT NULL, session INTEGER NOT NULL, begin_sequence INTEGER NOT NULL, "
            + "flags INTEGER NOT NULL, change_count INTEGER NOT NULL, last_row_id INTEGER NOT NULL, "
            + "commit_sequence INTEGER NOT NULL, columns BLOB, rows BLOB, PRIMARY KEY(client, sequence)) WITHOUT ROWID";
    private static final String PUT =
            "INSERT OR REPLACE INTO " + NAME + " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    private static final String FORGET = "INSERT INTO " + NAME + " VALUES(?1, 0, 0, ?2, 0, 0, 0, 0, NULL, NULL)"
            + " ON CONFLICT DO UPDATE SET begin_sequence = max(begin_sequence, excluded.begin_sequence)";
    private static final String DELETE = "DELETE FROM " + NAME + " WHERE client = ?1 AND sequence = ?2";
    private static final String DELETE_CLIENT = "DELETE FROM " + NAME + " WHERE client = ?1";
    private static final String FLAGS = "UPDATE " + NAME + " SET flags = ?3 WHERE client = ?1 AND sequence = ?2";
    static final String SET_BOOT = "UPDATE " + NAME + " SET columns = ?1 WHERE client = 0 AND sequence = 0";
    private static final String OLDEST_KEPT = "SELECT sequence FROM " + NAME
            + " WHERE client = ?1 AND sequence > 0 ORDER BY sequence DESC LIMIT 1 OFFSET " + (KEPT_COUNT - 1);
    private static final String DELETE_BELOW =
            "DELETE FROM " + NAME + " WHERE client = ?1 AND sequence > 0 AND sequence < ?2";
    private static final String REMOVED =
            "UPDATE " + NAME + " SET last_row_id = max(last_row_id, ?1) WHERE client = 0 AND sequence = 0";
    private static final byte[] NONE = new byte[0];

    private final SqliteConnection connection;

    OutcomeTable(SqliteConnection connection) {
        this.connection = connection;
    }

    /** {@return the text with which a table of this name was made; empty: there is none} */
    String definition() {
        try (SqliteStatement statement = connection.prepare(
                "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '" + NAME + "' COLLATE NOCASE")) {
            return statement.step() ? new String(statement.columnText(0), java.nio.charset.StandardCharsets.UTF_8) : "";
        }
    }

    void create() {
        connection.exec(CREATE);
    }

    void deleteAll() {
        connection.exec("DELETE FROM " + NAME);
    }

    /**
     * Writes the row about the table itself.
     *
     * @param incarnation of the folder to which the rows belong.
     * @param removedId up to which client's id nothing is known of a client without rows.
     * @param boot of the machine.
     */
    void describe(long incarnation, long removedId, byte[] boot) {
        put(0, 0, 0, incarnation, 0, 0, removedId, 0, boot, null);
    }

    @SuppressWarnings("TooManyParameters")
    void put(
            long client,
            long sequence,
            int session,
            long beginSequence,
            int flags,
            long changeCount,
            long lastRowId,
            long commitSequence,
            byte @Nullable [] columns,
            byte @Nullable [] rows) {
        try (SqliteStatement put = connection.prepare(PUT)) {
            put.bindLong(0, client);
            put.bindLong(1, sequence);
            put.bindLong(2, session);
            put.bindLong(3, beginSequence);
            put.bindLong(4, flags);
            put.bindLong(5, changeCount);
            put.bindLong(6, lastRowId);
            put.bindLong(7, commitSequence);
            if (columns != null) {
                put.bindBlob(8, columns);
            }
            if (rows != null) {
                put.bindBlob(9, rows);
            }
            put.run();
        }
    }

    void flags(long client, long sequence, int flags) {
        try (SqliteStatement update = connection.prepare(FLAGS)) {
            update.bindLong(0, client);
            update.bindLong(1, sequence);
            update.bindLong(2, flags);
            update.run();
        }
    }

    void delete(long client, long sequence) {
        run(DELETE, client, sequence);
    }

    /**
     * A client's row 0; what was forgotten stays forgotten.
     *
     * @param client of it.
     * @param through the last sequence of which nothing is known, or one before it.
     */
    void forget(long client, long through) {
        run(FORGET, client, through);
    }

    /**
     * Deletes the oldest rows of a client when there are too many.
     *
     * @param client of it.
     * @return the last sequence of which nothing is known now; 0: nothing was deleted.
     */
    long trim(long client) {
        final long oldest;
        try (SqliteStatement statement = connection.prepare(OLDEST_KEPT)) {
            statement.bindLong(0, client);
            oldest = statement.step() ? statement.columnLong(0) : 0;
        }
        if (oldest <= 1) {
            return 0;
        }
        run(DELETE_BELOW, client, oldest);
        forget(client, oldest - 1);
        return oldest - 1;
    }

    /**
     * Deletes all of a client.
     *
     * @param client that is dead, or said goodbye.
     * @param removed whether it may be asked for: then a client without rows up to this one is not known any more.
     */
    void deleteClient(long client, boolean removed) {
        run(DELETE_CLIENT, client, -1);
        if (removed) {
            run(REMOVED, client, -1);
        }
    }

    private void run(String sql, long first, long second) {
        try (SqliteStatement statement = connection.prepare(sql)) {
            statement.bindLong(0, first);
            if (statement.parameterCount() > 1) {
                statement.bindLong(1, second);
            }
            statement.run();
        }
    }

    static byte[] columns(ResultChunk chunk) {
        return bytes(chunk, chunk.columnsOffset(), chunk.columnBytes());
    }

    static byte[] rows(ResultChunk chunk) {
        return bytes(chunk, chunk.limit() - chunk.rowBytes(), chunk.rowBytes());
    }

    private static byte[] bytes(ResultChunk chunk, int offset, int length) {
        if (length == 0) {
            return NONE;
        }
        final byte[] bytes = new byte[length];
        chunk.buffer().getBytes(offset, bytes);
        return bytes;
    }
}
