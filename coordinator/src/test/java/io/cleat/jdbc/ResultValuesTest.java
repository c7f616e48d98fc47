// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.io.Reader;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Clob;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every getter, on values of all storage classes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class ResultValuesTest {
    /** What one value is asked for. */
    private interface Getter {
        @Nullable
        Object get(ResultSet results) throws Exception;
    }

    private static final List<String> VALUES = List.of(
            "NULL",
            "0",
            "1",
            "-1",
            "255",
            "70000",
            "2147483647",
            "2147483648",
            "9223372036854775807",
            "-9223372036854775808",
            "1577836800000",
            "0.0",
            "1.5",
            "-2.999",
            "1e20",
            "-1e300",
            "9e999",
            "0.1",
            "123456789.123456789",
            "2458849.5",
            "2458849.123456",
            "1000000.25",
            "100.5",
            "''",
            "'abc'",
            "'12'",
            "'12.75'",
            "' 12 '",
            "'1e3'",
            "'-0'",
            "'99999999999999999999'",
            "'0x10'",
            "'true'",
            "'2020-02-29 13:14:15.167'",
            "'2020-02-29 13:14:15'",
            "'2020-02-29'",
            "'2020-13-45 25:61:61.1'",
            "'2020-02-29T13:14:15.167'",
            "'13:14:15'",
            "'2020-02-29 13:14:15.167 and more'",
            "' 2020-02-29 13:14:15.167'",
            "'zwölf €\uD83D\uDE00'",
            "x''",
            "x'00ff10'",
            "x'3132'",
            "zeroblob(3)");

    @TempDir
    Path folder;

    private SideBySide sides;

    @BeforeEach
    void open() throws SQLException {
        sides = new SideBySide(folder);
    }

    @AfterEach
    void close() throws SQLException {
        sides.close();
    }

    private static Map<String, Getter> getters() {
        final Map<String, Getter> getters = new LinkedHashMap<>();
        getters.put("getObject", r -> r.getObject(1));
        getters.put("getString", r -> r.getString(1));
        getters.put("getInt", r -> r.getInt(1));
        getters.put("getLong", r -> r.getLong(1));
        getters.put("getShort", r -> r.getShort(1));
        getters.put("getByte", r -> r.getByte(1));
        getters.put("getBoolean", r -> r.getBoolean(1));
        getters.put("getDouble", r -> r.getDouble(1));
        getters.put("getFloat", r -> r.getFloat(1));
        getters.put("getBigDecimal", r -> r.getBigDecimal(1));
        getters.put("getBytes", r -> r.getBytes(1));
        getters.put("getDate", r -> r.getDate(1));
        getters.put("getTime", r -> r.getTime(1));
        getters.put("getTimestamp", r -> r.getTimestamp(1));
        getters.put("getDate label", r -> r.getDate("v"));
        getters.put("getTime label", r -> r.getTime("V"));
        getters.put("getTimestamp label", r -> r.getTimestamp("v"));
        getters.put("getDate calendar", r -> r.getDate(1, tokyo()));
        getters.put("getTime calendar", r -> r.getTime(1, tokyo()));
        getters.put("getTimestamp calendar", r -> r.getTimestamp(1, tokyo()));
        getters.put(
                "getAsciiStream",
                r -> r.getAsciiStream(1) == null ? null : r.getAsciiStream(1).readAllBytes());
        getters.put(
                "getBinaryStream",
                r -> r.getBinaryStream(1) == null ? null : r.getBinaryStream(1).readAllBytes());
        getters.put("getCharacterStream", r -> read(r.getCharacterStream(1)));
        getters.put("getNCharacterStream", r -> read(r.getNCharacterStream(1)));
        getters.put("getClob", r -> clob(r.getClob(1)));
        for (final Class<?> type : List.of(
                String.class, Boolean.class, BigDecimal.class, byte[].class, Date.class, Time.class, Timestamp.class)) {
            getters.put("getObject " + type, r -> r.getObject(1, type));
        }
        return getters;
    }

    private static Calendar tokyo() {
        return Calendar.getInstance(TimeZone.getTimeZone("Asia/Tokyo"));
    }

    private static @Nullable String read(@Nullable Reader reader) throws Exception {
        if (reader == null) {
            return null;
        }
        final StringBuilder text = new StringBuilder();
        for (int c = reader.read(); c >= 0; c = reader.read()) {
            text.append((char) c);
        }
        return text.toString();
    }

    private static @Nullable Object clob(@Nullable Clob clob) throws Exception {
        return clob == null
                ? null
                : List.of(clob.length(), clob.getSubString(1, 3), String.valueOf(read(clob.getCharacterStream())));
    }

    @Test
    void shouldConvertAsSqliteJdbcWhenValuesAreOfAnyStorageClass() {
        final Map<String, Getter> getters = getters();
        for (final String value : VALUES) {
            for (final Map.Entry<String, Getter> getter : getters.entrySet()) {
                sides.same(getter.getKey() + " of " + value, connection -> {
                    try (var statement = connection.createStatement();
                            ResultSet results = statement.executeQuery("SELECT " + value + " AS v")) {
                        results.next();
                        return getter.getValue().get(results);
                    }
                });
            }
        }
    }

    @Test
    void shouldTellNullsAsSqliteJdbcWhenValuesWereRead() {
        for (final String value : List.of("NULL", "0", "''", "x''")) {
            sides.same("wasNull of " + value, connection -> {
                try (var statement = connection.createStatement();
                        ResultSet results = statement.executeQuery("SELECT " + value + ", 1")) {
                    results.next();
                    final List<Object> told = new ArrayList<>();
                    results.getInt(1);
                    told.add(results.wasNull());
                    results.getString(1);
                    told.add(results.wasNull());
                    results.getObject(2);
                    told.add(results.wasNull());
                    results.getTimestamp(1);
                    told.add(results.wasNull());
                    return told;
                }
            });
        }
    }

    @Test
    void shouldGiveNumbersByClassAsSqliteJdbcUnlessTheyAreNull() {
        for (final Class<?> type : List.of(Integer.class, Long.class, Float.class, Double.class)) {
            for (final String value : List.of("1", "3000000000", "1.5", "-7", "'12'", "x'31'")) {
                sides.same(
                        type + " of " + value, connection -> one(connection.prepareStatement("SELECT " + value), type));
            }
        }
        sides.differ(
                "NULL",
                connection -> one(connection.prepareStatement("SELECT NULL"), Long.class),
                "null",
                "SQLException code=0 message=Bad value for type Long");
    }

    @Test
    void shouldGiveJavaTimeAsSqliteJdbcWhenTextsAndNumbersAreDates() {
        for (final Class<?> type : List.of(LocalDate.class, LocalTime.class, LocalDateTime.class)) {
            for (final String value :
                    List.of("NULL", "1582982055167", "2458849.5", "'2020-02-29 13:14:15.167'", "''")) {
                sides.same(
                        type + " of " + value, connection -> one(connection.prepareStatement("SELECT " + value), type));
            }
        }
        sides.same("date", connection -> one(connection.prepareStatement("SELECT '2020-02-29'"), LocalDate.class));
        sides.same("time", connection -> one(connection.prepareStatement("SELECT '13:14:15'"), LocalTime.class));
        sides.same(
                "both",
                connection -> one(connection.prepareStatement("SELECT '2020-02-29T13:14:15'"), LocalDateTime.class));
    }

    private static @Nullable Object one(PreparedStatement prepared, Class<?> type) throws SQLException {
        try (prepared;
                ResultSet results = prepared.executeQuery()) {
            results.next();
            return results.getObject(1, type);
        }
    }
}
