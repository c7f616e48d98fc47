// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CleatException;
import io.cleat.protocol.StorageClass;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The result of a statement, read forward. A statement has one, which is opened anew by each run, as in sqlite-jdbc. Its first row is there before
 * {@link #next} is called: metadata go by it.
 *
 * <p>Used by one thread at a time. {@code next} and the getters of numbers allocate nothing.
 */
final class JdbcResultSet extends ForwardResultSet {
    private final JdbcStatement statement;
    private @Nullable ResultRows rows; // null when closed
    private String[] names = new String[0];
    private final Map<String, Integer> columnsByLabel = new HashMap<>();
    private boolean onRow;
    private boolean empty;
    private boolean pastLastRow;
    private int row;
    private int lastColumn;

    JdbcResultSet(JdbcStatement statement) {
        this.statement = statement;
    }

    /** Opens it before its first row, which has been fetched if there is one. */
    JdbcResultSet open(ResultRows newRows, boolean hasRow) {
        rows = newRows;
        onRow = hasRow;
        empty = !hasRow;
        pastLastRow = false;
        row = 0;
        lastColumn = -1;
        name(newRows);
        return this;
    }

    private void name(ResultRows newRows) {
        final int count = newRows.columnCount();
        boolean same = names.length == count;
        for (int i = 0; same && i < count; i++) {
            same = names[i].equals(newRows.columnName(i));
        }
        if (!same) {
            columnsByLabel.clear();
            names = new String[count];
            for (int i = 0; i < count; i++) {
                names[i] = newRows.columnName(i);
            }
        }
    }

    boolean isOpen() {
        return rows != null;
    }

    @Override
    public boolean next() throws SQLException {
        final ResultRows current = rows();
        if (empty || pastLastRow) {
            return false;
        }
        lastColumn = -1;
        if (row == 0) {
            row = 1;
            return true;
        }
        if (statement.isMaxRows(row)) {
            return false;
        }
        try {
            onRow = false;
            onRow = current.next();
        } catch (CleatException e) {
            throw statement.failed(e);
        }
        if (onRow) {
            row++;
        } else {
            pastLastRow = true;
            statement.onRowsEnded();
        }
        return onRow;
    }

    @Override
    public void close() throws SQLException {
        final boolean wasOpen = isOpen();
        closeRows();
        if (wasOpen) {
            statement.onResultsClosed();
        }
    }

    /** Closes it for the statement that runs again, or is closed itself. */
    void closeRows() {
        final @Nullable ResultRows current = rows;
        rows = null;
        onRow = false;
        if (current != null) {
            current.close();
        }
    }

    @Override
    public boolean isClosed() {
        return rows == null;
    }

    // Values. Columns are counted from 1.

    @Override
    public boolean wasNull() throws SQLException {
        return type(lastColumn) == StorageClass.NULL;
    }

    @Override
    public long getLong(int column) throws SQLException {
        return mark(column) ? rows().getLong(column - 1) : 0;
    }

    /** As SQLite does, cuts off what does not fit. */
    @Override
    public int getInt(int column) throws SQLException {
        return (int) getLong(column);
    }

    @Override
    public short getShort(int column) throws SQLException {
        return (short) getLong(column);
    }

    @Override
    public byte getByte(int column) throws SQLException {
        return (byte) getLong(column);
    }

    @Override
    public boolean getBoolean(int column) throws SQLException {
        return getInt(column) != 0;
    }

    @Override
    public double getDouble(int column) throws SQLException {
        return mark(column) ? rows().getDouble(column - 1) : 0;
    }

    @Override
    public float getFloat(int column) throws SQLException {
        return (float) getDouble(column);
    }

    @Override
    public @Nullable String getString(int column) throws SQLException {
        return mark(column) ? rows().getText(column - 1) : null;
    }

    @Override
    public @Nullable String getNString(int column) throws SQLException {
        return getString(column);
    }

    @Override
    public byte @Nullable [] getBytes(int column) throws SQLException {
        return mark(column) ? rows().getBytes(column - 1) : null;
    }

    @Override
    public @Nullable BigDecimal getBigDecimal(int column) throws SQLException {
        return ResultValues.bigDecimal(this, column);
    }

    @Override
    public @Nullable Object getObject(int column) throws SQLException {
        return ResultValues.object(this, column);
    }

    @Override
    public <T> @Nullable T getObject(int column, @Nullable Class<T> type) throws SQLException {
        if (type == null) {
            throw Misuse.of("requested type cannot be null");
        }
        return ResultValues.object(this, column, type);
    }

    @Override
    public @Nullable InputStream getAsciiStream(int column) throws SQLException {
        final @Nullable String text = getString(column);
        return text == null ? null : new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester") // the interface deprecates it
    public @Nullable InputStream getUnicodeStream(int column) throws SQLException {
        return getAsciiStream(column);
    }

    @Override
    public @Nullable InputStream getBinaryStream(int column) throws SQLException {
        final byte @Nullable [] bytes = getBytes(column);
        return bytes == null ? null : new ByteArrayInputStream(bytes);
    }

    @Override
    public @Nullable Reader getCharacterStream(int column) throws SQLException {
        final @Nullable String text = getString(column);
        return text == null ? null : new StringReader(text);
    }

    @Override
    public @Nullable Reader getNCharacterStream(int column) throws SQLException {
        return getCharacterStream(column);
    }

    @Override
    public @Nullable Blob getBlob(int column) throws SQLException {
        final byte @Nullable [] bytes = getBytes(column);
        return bytes == null ? null : new JdbcBlob(bytes);
    }

    @Override
    public @Nullable Clob getClob(int column) throws SQLException {
        return getNClob(column);
    }

    @Override
    public @Nullable NClob getNClob(int column) throws SQLException {
        final @Nullable String text = getString(column);
        return text == null ? null : new JdbcClob(text);
    }

    @Override
    public @Nullable Date getDate(int column) throws SQLException {
        final @Nullable Long ms = ResultDates.ms(this, column, null, "Error parsing date");
        return ms == null ? null : new Date(ms);
    }

    @Override
    public @Nullable Date getDate(int column, @Nullable Calendar calendar) throws SQLException {
        final @Nullable Long ms =
                ResultDates.ms(this, column, ResultDates.required(calendar), "Error parsing time stamp");
        return ms == null ? null : new Date(ms);
    }

    @Override
    public @Nullable Time getTime(int column) throws SQLException {
        final @Nullable Long ms = ResultDates.ms(this, column, null, "Error parsing time");
        return ms == null ? null : new Time(ms);
    }

    @Override
    public @Nullable Time getTime(int column, @Nullable Calendar calendar) throws SQLException {
        final @Nullable Long ms = ResultDates.ms(this, column, ResultDates.required(calendar), "Error parsing time");
        return ms == null ? null : new Time(ms);
    }

    @Override
    public @Nullable Timestamp getTimestamp(int column) throws SQLException {
        final @Nullable Long ms = ResultDates.ms(this, column, null, "Error parsing time stamp");
        return ms == null ? null : new Timestamp(ms);
    }

    @Override
    public @Nullable Timestamp getTimestamp(int column, @Nullable Calendar calendar) throws SQLException {
        final Calendar required = ResultDates.required(calendar);
        // As there: a Julian day is in the default zone, unlike one that is read as a date or a time.
        final @Nullable Calendar used = type(column) == StorageClass.REAL ? null : required;
        final @Nullable Long ms = ResultDates.ms(this, column, used, "Error parsing time stamp");
        return ms == null ? null : new Timestamp(ms);
    }

    // Columns and place.

    @Override
    public int findColumn(String label) throws SQLException {
        rows();
        final @Nullable Integer known = columnsByLabel.get(label);
        if (known != null) {
            return known;
        }
        for (int i = 0; i < names.length; i++) {
            if (names[i].equalsIgnoreCase(label)) {
                columnsByLabel.put(label, i + 1);
                return i + 1;
            }
        }
        throw Misuse.index("no such column: '" + label + "'");
    }

    @Override
    public ResultSetMetaData getMetaData() throws SQLException {
        rows();
        return new JdbcResultSetMetaData(statement.describedColumns(), this);
    }

    @Override
    public boolean isBeforeFirst() throws SQLException {
        rows();
        return !empty && row == 0;
    }

    @Override
    public boolean isFirst() throws SQLException {
        rows();
        return row == 1;
    }

    @Override
    public boolean isAfterLast() throws SQLException {
        rows();
        return pastLastRow && !empty;
    }

    @Override
    public int getRow() throws SQLException {
        rows();
        return row;
    }

    @Override
    public Statement getStatement() throws SQLException {
        rows();
        return statement;
    }

    @Override
    public int getType() throws SQLException {
        rows();
        return TYPE_FORWARD_ONLY;
    }

    @Override
    public int getConcurrency() throws SQLException {
        rows();
        return CONCUR_READ_ONLY;
    }

    @Override
    public int getHoldability() throws SQLException {
        rows();
        return ResultSet.CLOSE_CURSORS_AT_COMMIT;
    }

    @Override
    public int getFetchSize() throws SQLException {
        rows();
        return statement.getFetchSize();
    }

    @Override
    public void setFetchSize(int size) throws SQLException {
        rows();
        statement.setFetchSize(size);
    }

    @Override
    public int getFetchDirection() throws SQLException {
        rows();
        return FETCH_FORWARD;
    }

    @Override
    public void setFetchDirection(int direction) throws SQLException {
        rows();
        if (direction != FETCH_FORWARD) {
            throw Misuse.of("only FETCH_FORWARD direction supported");
        }
    }

    @Override
    public @Nullable String getCursorName() throws SQLException {
        rows();
        return null;
    }

    @Override
    public @Nullable SQLWarning getWarnings() throws SQLException {
        rows();
        return null;
    }

    @Override
    public void clearWarnings() throws SQLException {
        rows();
    }

    @Override
    public boolean rowDeleted() throws SQLException {
        rows();
        return false;
    }

    @Override
    public boolean rowInserted() throws SQLException {
        rows();
        return false;
    }

    @Override
    public boolean rowUpdated() throws SQLException {
        rows();
        return false;
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return statement.wrapped(type, this);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    // For what reads values and metadata.

    /** The storage class of a column's value, which counts as read; NULL where there is no row. */
    int type(int column) throws SQLException {
        return mark(column) ? rows().type(column - 1) : StorageClass.NULL;
    }

    /** As {@link #type}, for metadata: not counted as read. */
    int typeOf(int column) {
        final @Nullable ResultRows current = rows;
        return current == null || !onRow ? StorageClass.NULL : current.type(column - 1);
    }

    /** The value as a number, for metadata. */
    long longOf(int column) {
        final @Nullable ResultRows current = rows;
        return current == null || !onRow ? 0 : current.getLong(column - 1);
    }

    String[] columnNames() {
        return names;
    }

    @Nullable
    String declaredType(int column) {
        final @Nullable ResultRows current = rows;
        return current == null ? null : current.declaredType(column - 1);
    }

    JdbcStatement statement() {
        return statement;
    }

    /** Checks a column, notes it as read, and tells whether there is a row to read. */
    private boolean mark(int column) throws SQLException {
        rows();
        if (column < 1 || column > names.length) {
            throw Misuse.index("column " + column + " out of bounds [1," + names.length + "]");
        }
        lastColumn = column;
        return onRow;
    }

    private ResultRows rows() throws SQLException {
        final @Nullable ResultRows current = rows;
        if (current == null) {
            throw Misuse.of("ResultSet closed");
        }
        return current;
    }
}
