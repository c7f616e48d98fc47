// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A compiled statement, in the hands of one user from {@link SqliteConnection#prepare(String)} to {@link #close()}.
 *
 * <p>Parameters and columns count from 0. Life: bind, {@link #step()} until false, read columns after each true,
 * {@link #reset()} (bindings stay) or close. A statement between its first row and its end holds a snapshot, and the write
 * lock if it writes. The thread that uses the connection; nothing here may be called after close.
 */
public final class SqliteStatement implements AutoCloseable {
    /** Where it is: no row yet, at a row, past the last row (or failed) and to be reset before it runs again. */
    private enum State {
        READY,
        ROW,
        DONE
    }

    final SqlHead head;
    private final SqliteConnection connection;
    private final SqliteNative db;
    private long handle;
    private final String sql;
    private final int parameterCount;
    private State state = State.READY;
    private boolean open = true;
    private boolean cached;
    private int doomedCode;
    private String[] columnNames = {};
    private @Nullable String[] declaredTypes = {};
    private long columnsEpoch;
    private int columnsVersion;

    SqliteStatement(SqliteConnection connection, SqliteNative db, long handle, String sql, SqlHead head) {
        this.connection = connection;
        this.db = db;
        this.handle = handle;
        this.sql = sql;
        this.head = head;
        this.parameterCount = db.parameterCount(handle);
        this.columnsEpoch = connection.schemaEpoch();
        readColumns(db.columnCount(handle));
    }

    /** The text it was compiled from. */
    public String sql() {
        return sql;
    }

    /** The highest parameter index plus one: how many values it takes, 0 to 250,000. Those not bound are NULL. */
    public int parameterCount() {
        return parameterCount;
    }

    /** Columns of the result, 0 when it gives none; exact after the first step, see {@link #columnsVersion()}. */
    public int columnCount() {
        return columnNames.length;
    }

    /** Name of a column as SQLite gives it; never null. Throws {@link IndexOutOfBoundsException}. */
    public String columnName(int column) {
        return columnNames[column];
    }

    /** Declared type of the table's column, or null for an expression or a column without type. */
    public @Nullable String columnDeclaredType(int column) {
        return declaredTypes[column];
    }

    /**
     * Changes whenever the first step of a run finds other columns (count, names, types) than the run before, because the schema
     * changed and SQLite compiled the statement again: who has told names to somebody compares it after that step.
     */
    public int columnsVersion() {
        return columnsVersion;
    }

    /** Binds NULL. Throws {@link SqliteException} (SQLITE_RANGE) for an index outside, as all binds do. */
    public void bindNull(int index) {
        checkBind(index, db.bindNull(handle, index));
    }

    /** Binds an INTEGER. */
    public void bindLong(int index, long value) {
        checkBind(index, db.bindLong(handle, index, value));
    }

    /** Binds a REAL. NaN becomes NULL, SQLite's rule. */
    public void bindDouble(int index, double value) {
        checkBind(index, db.bindDouble(handle, index, value));
    }

    /** Binds TEXT, copying the UTF-8 bytes, which SQLite does not check; NUL characters are kept. */
    public void bindText(int index, byte[] utf8) {
        checkBind(index, db.bindText(handle, index, utf8));
    }

    /** Binds a BLOB, copying the bytes; an empty one is not NULL. */
    public void bindBlob(int index, byte[] value) {
        checkBind(index, db.bindBlob(handle, index, value));
    }

    /**
     * Runs to the next row.
     *
     * @return true at a row, false at the end; then its effect, if it is autocommit, is committed.
     * @throws SqliteException what SQLite refused; ask {@link SqliteConnection#inTransaction()} whether the transaction is
     *     still open.
     * @throws IllegalStateException at the end already, or closed.
     */
    public boolean step() {
        if (state == State.ROW) {
            if (doomedCode != 0) {
                throw doomed();
            }
            return finishStep(db.step(handle));
        }
        if (state == State.DONE || !open) {
            throw new IllegalStateException((open ? "step after the end: reset first: " : "closed: ") + sql);
        }
        connection.beforeRun(this);
        long epochBefore = connection.schemaEpoch();
        int code = db.step(handle);
        refreshColumns(epochBefore);
        return finishStep(code);
    }

    private boolean finishStep(int code) {
        if (code == ResultCode.ROW) {
            state = State.ROW;
            return true;
        }
        state = State.DONE;
        if (code == ResultCode.DONE) {
            connection.afterRun(this);
            return false;
        }
        throw failure(code);
    }

    private SqliteException failure(int code) {
        SqliteException failure = new SqliteException(code, db.errorMessage(), sql, connection.takeProgressFailure());
        db.reset(handle);
        connection.afterFailure(this);
        return failure;
    }

    private SqliteException doomed() {
        SqliteException failure = new SqliteException(doomedCode, "the transaction was rolled back", sql);
        doomedCode = 0;
        state = State.DONE;
        return failure;
    }

    /** Steps to the end, ignoring rows. */
    public void run() {
        while (step()) {
            // Rows of a statement that is run for its effect are of no interest.
        }
    }

    /** Storage class of the current row's value, a constant of {@link StorageClass}; ask before reading the value. */
    public int columnType(int column) {
        return db.columnType(handle, column(column));
    }

    /** The current row's value as INTEGER, converted by SQLite's rules when it is of another class. */
    public long columnLong(int column) {
        return db.columnLong(handle, column(column));
    }

    /** The current row's value as REAL, converted by SQLite's rules when it is of another class. */
    public double columnDouble(int column) {
        return db.columnDouble(handle, column(column));
    }

    /** The current row's value as UTF-8 text; a fresh array, empty for empty text and for NULL. Not for BLOBs. */
    public byte[] columnText(int column) {
        byte[] bytes = connection.isUtf8()
                ? db.columnBytes(handle, column(column))
                : db.columnConvertedText(handle, column(column));
        return bytes == null ? new byte[0] : bytes;
    }

    /** The current row's BLOB; a fresh array, empty for an empty one and for NULL. */
    public byte[] columnBlob(int column) {
        byte[] bytes = db.columnBytes(handle, column(column));
        return bytes == null ? new byte[0] : bytes;
    }

    private int column(int column) {
        // SQLite answers NULL for a column that does not exist and for no row: an error is better than silence.
        if (state != State.ROW || doomedCode != 0) {
            throw new IllegalStateException("no current row: " + sql);
        }
        if (column < 0 || column >= columnNames.length) {
            throw new IndexOutOfBoundsException("column=" + column + " columnCount=" + columnNames.length);
        }
        return column;
    }

    /**
     * Ends the run, if one is under way, so that it can run again; bindings stay. A write that was given up between its rows is
     * complete and commits here, if it is autocommit.
     *
     * @throws SqliteException when that commit fails.
     */
    public void reset() {
        State before = state;
        state = State.READY;
        if (before == State.READY) {
            return;
        }
        int code = db.reset(handle);
        boolean ranOn = before == State.ROW && doomedCode == 0;
        doomedCode = 0;
        if (ranOn) {
            if (code != ResultCode.OK) {
                throw failure(code);
            }
            connection.afterRun(this);
        }
    }

    /** Sets all parameters to NULL. */
    public void clearBindings() {
        if (parameterCount > 0) {
            db.clearBindings(handle);
        }
    }

    /** Resets, clears the bindings and gives the statement back to its connection's cache. Idempotent. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        try {
            reset();
        } finally {
            open = false;
            connection.giveBack(this);
        }
    }

    boolean isActive() {
        return state == State.ROW;
    }

    boolean isOpen() {
        return open;
    }

    boolean isCached() {
        return cached;
    }

    void cached(boolean value) {
        cached = value;
    }

    void reopen() {
        open = true;
    }

    /** Ends a run whose transaction is gone, or must be known to be: its user is told at the next step. */
    void doom() {
        if (state == State.ROW) {
            db.reset(handle);
            doomedCode = ResultCode.ABORT_ROLLBACK;
        }
    }

    void finish() {
        open = false;
        state = State.DONE;
        db.finish(handle);
        // Zero makes sqlite-jdbc throw where a stale pointer would crash the JVM.
        handle = 0;
    }

    private void checkBind(int index, int code) {
        if (code != ResultCode.OK) {
            String where = " (index=" + index + " parameterCount=" + parameterCount + ")";
            throw new SqliteException(code, db.errorMessage() + where, sql);
        }
    }

    private void refreshColumns(long epochBefore) {
        long epochAfter = connection.schemaEpoch();
        if (epochAfter == columnsEpoch && SchemaEpoch.isSettled(epochAfter)) {
            return;
        }
        String[] namesBefore = columnNames;
        @Nullable String[] typesBefore = declaredTypes;
        readColumns(db.columnCount(handle));
        if (!Arrays.equals(namesBefore, columnNames) || !Arrays.equals(typesBefore, declaredTypes)) {
            columnsVersion++;
        }
        // What was read while a change was under way, or began before the step, is not remembered as true.
        columnsEpoch = epochBefore;
    }

    private void readColumns(int count) {
        String[] names = new String[count];
        @Nullable String[] types = new String[count];
        for (int i = 0; i < count; i++) {
            names[i] = db.columnName(handle, i);
            types[i] = db.columnDeclaredType(handle, i);
        }
        columnNames = names;
        declaredTypes = types;
    }
}
