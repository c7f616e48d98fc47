// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.math.BigDecimal;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random parameters and random getters. Used by one thread.
 */
@SuppressWarnings("JavaUtilDate") // which JDBC speaks
final class DiffValues {
    private static final String[] TEXTS = {"a", "one", "A", "12", "", "zwölf €", "2020-02-29", "long text of some words"
    };

    /** Sets a parameter. */
    interface Setter {
        void set(PreparedStatement statement, int parameter) throws SQLException;
    }

    /** Reads a column. */
    interface Getter {
        @Nullable
        Object get(ResultSet results, int column) throws Exception;
    }

    /** A value and how it is set. */
    record Value(String text, Setter setter) {}

    /** A way to read. */
    record Read(String text, Getter getter) {}

    private static final List<Read> READS = List.of(
            new Read("getObject", ResultSet::getObject),
            new Read("getString", ResultSet::getString),
            new Read("getInt", ResultSet::getInt),
            new Read("getLong", ResultSet::getLong),
            new Read("getShort", ResultSet::getShort),
            new Read("getByte", ResultSet::getByte),
            new Read("getBoolean", ResultSet::getBoolean),
            new Read("getDouble", ResultSet::getDouble),
            new Read("getFloat", ResultSet::getFloat),
            new Read("getBigDecimal", ResultSet::getBigDecimal),
            new Read("getBytes", ResultSet::getBytes),
            new Read("getDate", ResultSet::getDate),
            new Read("getTime", ResultSet::getTime),
            new Read("getTimestamp", ResultSet::getTimestamp),
            new Read("getObject String", (r, i) -> r.getObject(i, String.class)),
            new Read("getObject BigDecimal", (r, i) -> r.getObject(i, BigDecimal.class)),
            new Read("getObject byte[]", (r, i) -> r.getObject(i, byte[].class)),
            new Read("by name", (r, i) -> r.getObject(r.getMetaData().getColumnName(i))),
            new Read("findColumn", (r, i) -> r.findColumn(r.getMetaData().getColumnLabel(i))),
            new Read("wasNull", (r, i) -> List.of(String.valueOf(r.getString(i)), r.wasNull())),
            new Read("getRow", (r, i) -> r.getRow()),
            new Read("isFirst", (r, i) -> r.isFirst()));

    private final Random random;

    DiffValues(Random random) {
        this.random = random;
    }

    Read read() {
        return READS.get(random.nextInt(READS.size()));
    }

    Value value() {
        final int small = random.nextInt(16);
        final String text = TEXTS[random.nextInt(TEXTS.length)];
        return switch (random.nextInt(20)) {
            case 0, 1, 2, 3 -> new Value("int " + small, (s, i) -> s.setInt(i, small));
            case 4 -> new Value("long " + ((long) small << 40), (s, i) -> s.setLong(i, (long) small << 40));
            case 5 -> new Value("double " + small / 4.0, (s, i) -> s.setDouble(i, small / 4.0));
            case 6, 7, 8, 9 -> new Value("text " + text, (s, i) -> s.setString(i, text));
            case 10 -> new Value("bytes " + small, (s, i) -> s.setBytes(i, new byte[small]));
            case 11 -> new Value("null", (s, i) -> s.setNull(i, Types.INTEGER));
            case 12 -> new Value("boolean " + (small > 7), (s, i) -> s.setBoolean(i, small > 7));
            case 13 ->
                new Value("BigDecimal " + small, (s, i) -> s.setBigDecimal(i, BigDecimal.valueOf(small * 125L, 2)));
            case 14 -> new Value("Date " + small, (s, i) -> s.setDate(i, new Date(small * 86_400_000L)));
            case 15 -> new Value("Timestamp " + small, (s, i) -> s.setTimestamp(i, new Timestamp(small * 1001L)));
            case 16 -> new Value("Time " + small, (s, i) -> s.setTime(i, new Time(small * 1000L)));
            case 17 -> object(small);
            case 18 -> new Value("float " + small / 8f, (s, i) -> s.setFloat(i, small / 8f));
            default -> new Value("object text " + text, (s, i) -> s.setObject(i, text));
        };
    }

    private Value object(int number) {
        final @Nullable Object object =
                switch (random.nextInt(9)) {
                    case 0 -> number;
                    case 1 -> (long) number;
                    case 2 -> number / 2.0;
                    case 3 -> null;
                    case 4 -> number > 8;
                    case 5 -> new byte[] {(byte) number};
                    case 6 -> LocalDate.of(2020, 2, 1 + number);
                    case 7 -> LocalDateTime.of(2020, 2, 1 + number, 3, 4, 5);
                    default -> new BigDecimal("7.50");
                };
        final String kind = object == null ? "null" : object.getClass().getSimpleName();
        return new Value("object " + kind + " of " + number, (s, i) -> s.setObject(i, object));
    }

    /** What is told of columns. */
    static String columns(@Nullable ResultSetMetaData data) throws SQLException {
        if (data == null) {
            return "no metadata";
        }
        final List<String> columns = new ArrayList<>();
        for (int i = 1; i <= data.getColumnCount(); i++) {
            columns.add(data.getColumnName(i) + " " + data.getColumnLabel(i) + " " + data.getTableName(i) + " "
                    + data.getColumnTypeName(i) + " " + data.getColumnType(i) + " " + data.getColumnClassName(i) + " "
                    + data.getPrecision(i) + "," + data.getScale(i) + " null=" + data.isNullable(i) + " auto="
                    + data.isAutoIncrement(i) + " signed=" + data.isSigned(i) + " size="
                    + data.getColumnDisplaySize(i));
        }
        return columns.toString();
    }
}
