// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.protocol.StorageClass;
import java.math.BigDecimal;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The values of a result as objects, as sqlite-jdbc chooses them. Thread-safe: stateless. */
final class ResultValues {
    private ResultValues() {}

    /** Integer where it fits, else Long; Double; String; byte[]; null. */
    static @Nullable Object object(JdbcResultSet results, int column) throws SQLException {
        switch (results.type(column)) {
            case StorageClass.NULL -> {
                return null;
            }
            case StorageClass.INTEGER -> {
                final long value = results.getLong(column);
                if ((int) value == value) {
                    return (int) value;
                }
                return value;
            }
            case StorageClass.REAL -> {
                return results.getDouble(column);
            }
            case StorageClass.BLOB -> {
                return results.getBytes(column);
            }
            default -> {
                return results.getString(column);
            }
        }
    }

    static @Nullable BigDecimal bigDecimal(JdbcResultSet results, int column) throws SQLException {
        final int type = results.type(column);
        if (type == StorageClass.INTEGER) {
            return BigDecimal.valueOf(results.getLong(column));
        }
        final @Nullable String text = results.getString(column);
        if (text == null) {
            return null;
        }
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw Misuse.data("Bad value for type BigDecimal : " + text, e);
        }
    }

    static <T> @Nullable T object(JdbcResultSet results, int column, Class<T> type) throws SQLException {
        final @Nullable Object value;
        if (type == String.class) {
            value = results.getString(column);
        } else if (type == Boolean.class) {
            value = results.getBoolean(column);
        } else if (type == BigDecimal.class) {
            value = bigDecimal(results, column);
        } else if (type == byte[].class) {
            value = results.getBytes(column);
        } else if (type == Date.class) {
            value = results.getDate(column);
        } else if (type == Time.class) {
            value = results.getTime(column);
        } else if (type == Timestamp.class) {
            value = results.getTimestamp(column);
        } else if (type == LocalDate.class) {
            value = localDate(results, column);
        } else if (type == LocalTime.class) {
            value = localTime(results, column);
        } else if (type == LocalDateTime.class) {
            value = localDateTime(results, column);
        } else if (type == Object.class) {
            value = object(results, column);
        } else if (type == Blob.class) {
            value = results.getBlob(column);
        } else if (type == Clob.class || type == NClob.class) {
            value = results.getNClob(column);
        } else {
            value = number(results, column, type);
        }
        return type.cast(value);
    }

    private static @Nullable Object number(JdbcResultSet results, int column, Class<?> type) throws SQLException {
        final boolean known =
                type == Double.class || type == Long.class || type == Float.class || type == Integer.class;
        if (!known) {
            throw Misuse.unsupported();
        }
        final int stored = results.type(column);
        if (stored == StorageClass.NULL) {
            return null;
        }
        if (stored != StorageClass.INTEGER && stored != StorageClass.REAL) {
            throw Misuse.data("Bad value for type " + type.getSimpleName());
        }
        if (type == Double.class) {
            return results.getDouble(column);
        }
        if (type == Float.class) {
            return results.getFloat(column);
        }
        if (type == Long.class) {
            return results.getLong(column);
        }
        return results.getInt(column);
    }

    // A text that is not of the connection's pattern may be of ISO 8601, as toString of these classes writes it.

    private static @Nullable LocalDate localDate(JdbcResultSet results, int column) throws SQLException {
        try {
            final @Nullable Date date = results.getDate(column);
            return date == null ? null : date.toLocalDate();
        } catch (SQLException e) {
            return parse(results, column, LocalDate::parse, e);
        }
    }

    private static @Nullable LocalTime localTime(JdbcResultSet results, int column) throws SQLException {
        try {
            final @Nullable Time time = results.getTime(column);
            return time == null ? null : time.toLocalTime();
        } catch (SQLException e) {
            return parse(results, column, LocalTime::parse, e);
        }
    }

    private static @Nullable LocalDateTime localDateTime(JdbcResultSet results, int column) throws SQLException {
        try {
            final @Nullable Timestamp time = results.getTimestamp(column);
            return time == null ? null : time.toLocalDateTime();
        } catch (SQLException e) {
            return parse(results, column, LocalDateTime::parse, e);
        }
    }

    private static <T> T parse(JdbcResultSet results, int column, Function<String, T> parser, SQLException first)
            throws SQLException {
        final @Nullable String text = results.getString(column);
        if (text == null) {
            throw first;
        }
        try {
            return parser.apply(text);
        } catch (DateTimeParseException e) {
            first.addSuppressed(e);
            throw first;
        }
    }
}
