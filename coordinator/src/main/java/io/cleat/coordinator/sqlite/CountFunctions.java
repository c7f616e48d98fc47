// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/**
 * last_insert_rowid(), changes() and total_changes() on a connection that many sessions share: has them answer for one.
 *
 * <p>On a read connection, where nothing changes, they are functions of ours that answer what they were told. On the write connection
 * triggers and the middle of a statement count, which only SQLite knows: there its own last row id and count are <em>set</em>, by inserting
 * into a temporary table, before the statement runs, and SQLite goes on from there. What that adds to the total is left out of it.
 *
 * <p>The connection's thread only.
 */
public final class CountFunctions {
    private static final String TABLE = "temp.cleat_last_row_id";
    private static final String CREATE = "CREATE TABLE IF NOT EXISTS " + TABLE + "(id INTEGER PRIMARY KEY)";
    private static final String INSERT = "INSERT OR REPLACE INTO " + TABLE + " VALUES (?)";
    private static final String INSERT_TIMES =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) INSERT OR REPLACE INTO "
                    + TABLE + " SELECT ?1 FROM n";
    private static final String CHANGE_NOTHING = "UPDATE " + TABLE + " SET id = id WHERE 0";
    private static final String EMPTY = "DELETE FROM " + TABLE;

    /** A count above is not set but stood for by {@link #MARK}: it would take a row each. */
    private static final long MAX_SET_CHANGES = 10_000;

    /** A count that a trigger's statement hardly has. */
    private static final long MARK = 10_007;

    private static final long NO_MARK = -1;
    private static final int ROWS_KEPT = 256;

    private final SqliteConnection connection;
    private final SqliteNative db;
    private long insert;
    private int rows;
    private long ownChanges;
    private long lastRowId;
    private long changes;
    private long total;
    private long mark = NO_MARK;

    CountFunctions(SqliteConnection connection, SqliteNative db, boolean reader) {
        this.connection = connection;
        this.db = db;
        if (reader) {
            db.function("last_insert_rowid", () -> lastRowId);
            db.function("changes", () -> changes);
            db.function("total_changes", () -> total);
        } else {
            db.function("changes", this::changesHere);
            db.function("total_changes", () -> total + connection.totalChanges());
        }
    }

    private long changesHere() {
        final long counted = db.changes();
        return counted == mark ? changes : counted;
    }

    /**
     * On a read connection: what the functions answer from now on.
     *
     * @param newLastRowId of the session that asks.
     * @param newChanges of its last statement that changes rows.
     * @param newTotal of all of them.
     */
    public void answer(long newLastRowId, long newChanges, long newTotal) {
        lastRowId = newLastRowId;
        changes = newChanges;
        total = newTotal;
    }

    /**
     * On the write connection: has SQLite take a number for the row id that was inserted last; the count of changes is lost.
     *
     * @param value any.
     * @throws SqliteException what SQLite refused.
     */
    public void setLastRowId(long value) {
        final long before = db.totalChanges();
        try {
            insert(value);
        } finally {
            connection.changesAreSet();
            ownChanges += db.totalChanges() - before;
        }
    }

    /**
     * On the write connection: has SQLite take numbers for the last row id and the last count of changes, about 0.1 µs a change.
     *
     * @param rowId any.
     * @param count 0 and up.
     * @throws SqliteException what SQLite refused.
     */
    public void set(long rowId, long count) {
        final long before = db.totalChanges();
        try {
            insert(rowId);
            mark = NO_MARK;
            if (count == 0) {
                run(CHANGE_NOTHING);
            } else if (count > 1) {
                final boolean isSet = count <= MAX_SET_CHANGES;
                insertTimes(rowId, isSet ? count : MARK);
                mark = isSet ? NO_MARK : MARK;
                changes = count;
            }
        } finally {
            connection.changesAreSet();
            ownChanges += db.totalChanges() - before;
        }
    }

    /** On the write connection: SQLite's last count is the session's own. */
    public void keepChanges() {
        mark = NO_MARK;
    }

    /**
     * On the write connection: what total_changes() answers.
     *
     * @param before what it is for the session now.
     */
    public void setTotal(long before) {
        total = before - connection.totalChanges();
    }

    /** What was changed for our own ends, since the connection was opened. */
    long ownChanges() {
        return ownChanges;
    }

    /** Compiled by ourselves: it is no statement of a client, and its table no part of any schema that a client sees. */
    private void insert(long value) {
        rows++;
        if (rows > ROWS_KEPT && insert != 0) {
            empty();
        }
        int code = insert == 0 ? ResultCode.ERROR : insertOnce(value);
        if ((code & 0xff) == ResultCode.ERROR || (code & 0xff) == ResultCode.SCHEMA) {
            // The first time, or its table went with a transaction that was rolled back.
            finish();
            rows = 0;
            run(CREATE);
            insert = db.prepare(INSERT);
            code = insertOnce(value);
        }
        check(code, INSERT);
    }

    private void empty() {
        rows = 0;
        try {
            run(EMPTY);
        } catch (SqliteException e) {
            if (e.code() != ResultCode.ERROR) {
                throw e;
            }
            // The table is gone: it is made anew.
            finish();
        }
    }

    private int insertOnce(long value) {
        db.bindLong(insert, 0, value);
        final int code = db.step(insert);
        db.reset(insert);
        return code;
    }

    private void insertTimes(long rowId, long times) {
        final long statement = db.prepare(INSERT_TIMES);
        try {
            db.bindLong(statement, 0, rowId);
            db.bindLong(statement, 1, times);
            check(db.step(statement), INSERT_TIMES);
        } finally {
            db.finish(statement);
        }
    }

    private void run(String sql) {
        final long statement = db.prepare(sql);
        try {
            check(db.step(statement), sql);
        } finally {
            db.finish(statement);
        }
    }

    private void check(int code, String sql) {
        if (code != ResultCode.DONE) {
            connection.doubtTransaction();
            throw new SqliteException(code, db.errorMessage(), sql);
        }
    }

    void finish() {
        if (insert != 0) {
            db.finish(insert);
            insert = 0;
        }
    }
}
