// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/**
 * What values become as parameters: INTEGER, REAL, TEXT, BLOB or NULL, as in sqlite-jdbc; a target type is not looked at.
 *
 * <p>Threading: that of the statement.
 */
@SuppressWarnings("JavaUtilDate") // which JDBC speaks
abstract class ParameterSetters extends JdbcStatement implements PreparedStatement {
    ParameterSetters(JdbcConnection connection) {
        super(connection);
    }

    /** Where values go; throws when the statement was closed. */
    abstract BoundValues values() throws SQLException;

    @Override
    public final void setNull(int parameter, int type) throws SQLException {
        values().setNull(parameter);
    }

    @Override
    public final void setNull(int parameter, int type, @Nullable String typeName) throws SQLException {
        values().setNull(parameter);
    }

    @Override
    public final void setBoolean(int parameter, boolean value) throws SQLException {
        values().setInt(parameter, value ? 1 : 0);
    }

    @Override
    public final void setByte(int parameter, byte value) throws SQLException {
        values().setInt(parameter, value);
    }

    @Override
    public final void setShort(int parameter, short value) throws SQLException {
        values().setInt(parameter, value);
    }

    @Override
    public final void setInt(int parameter, int value) throws SQLException {
        values().setInt(parameter, value);
    }

    @Override
    public final void setLong(int parameter, long value) throws SQLException {
        values().setLong(parameter, value);
    }

    @Override
    public final void setFloat(int parameter, float value) throws SQLException {
        values().setDouble(parameter, value);
    }

    @Override
    public final void setDouble(int parameter, double value) throws SQLException {
        values().setDouble(parameter, value);
    }

    @Override
    public final void setBigDecimal(int parameter, @Nullable BigDecimal value) throws SQLException {
        values().setText(parameter, value == null ? null : value.toString());
    }

    @Override
    public final void setString(int parameter, @Nullable String value) throws SQLException {
        values().setText(parameter, value);
    }

    @Override
    public final void setNString(int parameter, @Nullable String value) throws SQLException {
        values().setText(parameter, value);
    }

    @Override
    public final void setBytes(int parameter, byte @Nullable [] value) throws SQLException {
        values().setBytes(parameter, value);
    }

    @Override
    public final void setURL(int parameter, @Nullable URL value) throws SQLException {
        values().setText(parameter, value == null ? null : value.toExternalForm());
    }

    @Override
    public final void setObject(int parameter, @Nullable Object value) throws SQLException {
        if (value == null) {
            values().setNull(parameter);
        } else if (value instanceof java.util.Date date) {
            setDateMs(parameter, date.getTime(), null);
        } else if (value instanceof Long number) {
            values().setLong(parameter, number);
        } else if (value instanceof Integer || value instanceof Short) {
            values().setInt(parameter, ((Number) value).intValue());
        } else if (value instanceof Float || value instanceof Double) {
            values().setDouble(parameter, ((Number) value).doubleValue());
        } else if (value instanceof Boolean truth) {
            values().setInt(parameter, truth ? 1 : 0);
        } else if (value instanceof byte[] bytes) {
            values().setBytes(parameter, bytes);
        } else if (value instanceof Blob blob) {
            setBlob(parameter, blob);
        } else if (value instanceof Clob clob) {
            setClob(parameter, clob);
        } else {
            // Of Byte, Character, BigInteger and java.time too.
            values().setText(parameter, value.toString());
        }
    }

    @Override
    public final void setObject(int parameter, @Nullable Object value, int type) throws SQLException {
        setObject(parameter, value);
    }

    @Override
    public final void setObject(int parameter, @Nullable Object value, int type, int scale) throws SQLException {
        setObject(parameter, value);
    }

    @Override
    public final void setObject(int parameter, @Nullable Object value, SQLType type) throws SQLException {
        setObject(parameter, value);
    }

    @Override
    public final void setObject(int parameter, @Nullable Object value, SQLType type, int scale) throws SQLException {
        setObject(parameter, value);
    }

    // Dates.

    @Override
    public final void setDate(int parameter, @Nullable Date value) throws SQLException {
        setDate(parameter, value, null);
    }

    @Override
    public final void setDate(int parameter, @Nullable Date value, @Nullable Calendar calendar) throws SQLException {
        setDateOrNull(parameter, value, calendar);
    }

    @Override
    public final void setTime(int parameter, @Nullable Time value) throws SQLException {
        setTime(parameter, value, null);
    }

    @Override
    public final void setTime(int parameter, @Nullable Time value, @Nullable Calendar calendar) throws SQLException {
        setDateOrNull(parameter, value, calendar);
    }

    @Override
    public final void setTimestamp(int parameter, @Nullable Timestamp value) throws SQLException {
        setTimestamp(parameter, value, null);
    }

    @Override
    public final void setTimestamp(int parameter, @Nullable Timestamp value, @Nullable Calendar calendar)
            throws SQLException {
        setDateOrNull(parameter, value, calendar);
    }

    private void setDateOrNull(int parameter, java.util.@Nullable Date value, @Nullable Calendar calendar)
            throws SQLException {
        if (value == null) {
            values().setNull(parameter);
        } else {
            setDateMs(parameter, value.getTime(), calendar);
        }
    }

    private void setDateMs(int parameter, long ms, @Nullable Calendar calendar) throws SQLException {
        dateForms().bind(values(), parameter, ms, calendar == null ? TimeZone.getDefault() : calendar.getTimeZone());
    }

    // Streams and large objects, all of which are read at once.

    @Override
    public final void setBinaryStream(int parameter, @Nullable InputStream value, int length) throws SQLException {
        values().setBytes(parameter, value == null && length >= 0 ? null : Streams.bytes(value, length));
    }

    @Override
    public final void setBinaryStream(int parameter, @Nullable InputStream value, long length) throws SQLException {
        setBinaryStream(parameter, value, Streams.length(length));
    }

    @Override
    public final void setBinaryStream(int parameter, @Nullable InputStream value) throws SQLException {
        values().setBytes(parameter, Streams.bytes(value));
    }

    @Override
    public final void setAsciiStream(int parameter, @Nullable InputStream value, int length) throws SQLException {
        values().setText(parameter, value == null && length >= 0 ? null : Streams.utf8(Streams.bytes(value, length)));
    }

    @Override
    public final void setAsciiStream(int parameter, @Nullable InputStream value, long length) throws SQLException {
        setAsciiStream(parameter, value, Streams.length(length));
    }

    @Override
    public final void setAsciiStream(int parameter, @Nullable InputStream value) throws SQLException {
        values().setText(parameter, Streams.utf8(Streams.bytes(value)));
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester") // the interface deprecates it
    public final void setUnicodeStream(int parameter, @Nullable InputStream value, int length) throws SQLException {
        setAsciiStream(parameter, value, length);
    }

    @Override
    public final void setCharacterStream(int parameter, @Nullable Reader value, int length) throws SQLException {
        values().setText(parameter, Streams.text(value, length));
    }

    @Override
    public final void setCharacterStream(int parameter, @Nullable Reader value, long length) throws SQLException {
        setCharacterStream(parameter, value, Streams.length(length));
    }

    @Override
    public final void setCharacterStream(int parameter, @Nullable Reader value) throws SQLException {
        setCharacterStream(parameter, value, Integer.MAX_VALUE);
    }

    @Override
    public final void setNCharacterStream(int parameter, @Nullable Reader value, long length) throws SQLException {
        setCharacterStream(parameter, value, length);
    }

    @Override
    public final void setNCharacterStream(int parameter, @Nullable Reader value) throws SQLException {
        setCharacterStream(parameter, value);
    }

    @Override
    public final void setBlob(int parameter, @Nullable Blob value) throws SQLException {
        values().setBytes(parameter, value == null ? null : value.getBytes(1, Streams.length(value.length())));
    }

    @Override
    public final void setBlob(int parameter, @Nullable InputStream value, long length) throws SQLException {
        setBinaryStream(parameter, value, length);
    }

    @Override
    public final void setBlob(int parameter, @Nullable InputStream value) throws SQLException {
        setBinaryStream(parameter, value);
    }

    @Override
    public final void setClob(int parameter, @Nullable Clob value) throws SQLException {
        values().setText(parameter, value == null ? null : value.getSubString(1, Streams.length(value.length())));
    }

    @Override
    public final void setClob(int parameter, @Nullable Reader value, long length) throws SQLException {
        setCharacterStream(parameter, value, length);
    }

    @Override
    public final void setClob(int parameter, @Nullable Reader value) throws SQLException {
        setCharacterStream(parameter, value);
    }

    @Override
    public final void setNClob(int parameter, @Nullable NClob value) throws SQLException {
        setClob(parameter, value);
    }

    @Override
    public final void setNClob(int parameter, @Nullable Reader value, long length) throws SQLException {
        setCharacterStream(parameter, value, length);
    }

    @Override
    public final void setNClob(int parameter, @Nullable Reader value) throws SQLException {
        setCharacterStream(parameter, value);
    }

    // What SQLite has no types for.

    @Override
    public final void setArray(int parameter, @Nullable Array value) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public final void setRef(int parameter, @Nullable Ref value) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public final void setRowId(int parameter, @Nullable RowId value) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public final void setSQLXML(int parameter, @Nullable SQLXML value) throws SQLException {
        throw Misuse.unsupported();
    }
}
