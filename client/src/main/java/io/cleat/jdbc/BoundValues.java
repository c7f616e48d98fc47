// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.SqlStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The values of a prepared statement's parameters, which stay until they are set anew; what was never set is NULL. Parameters count from 1.
 *
 * <p>Threading: that of the statement. Setting a number and binding allocate nothing.
 */
final class BoundValues {
    private final int[] types; // of java.sql.Types, as sqlite-jdbc names them; BINARY here for bytes
    private final long[] numbers;
    private final @Nullable Object[] objects;
    private boolean wasSet;

    BoundValues(int count) {
        types = new int[count];
        numbers = new long[count];
        objects = new Object[count];
        Arrays.fill(types, Types.NULL);
    }

    int count() {
        return types.length;
    }

    /** Whether any was ever set. */
    boolean wasSet() {
        return wasSet;
    }

    void setNull(int parameter) throws SQLException {
        slot(parameter, Types.NULL);
    }

    void setInt(int parameter, int value) throws SQLException {
        numbers[slot(parameter, Types.INTEGER)] = value;
    }

    void setLong(int parameter, long value) throws SQLException {
        numbers[slot(parameter, Types.BIGINT)] = value;
    }

    void setDouble(int parameter, double value) throws SQLException {
        numbers[slot(parameter, Types.REAL)] = Double.doubleToRawLongBits(value);
    }

    void setText(int parameter, @Nullable String value) throws SQLException {
        objects[slot(parameter, value == null ? Types.NULL : Types.VARCHAR)] = value;
    }

    /** The array is read when the statement runs, or is added to a batch. */
    void setBytes(int parameter, byte @Nullable [] value) throws SQLException {
        objects[slot(parameter, value == null ? Types.NULL : Types.BINARY)] = value;
    }

    /** Sets all to NULL. */
    void clear() {
        Arrays.fill(types, Types.NULL);
        Arrays.fill(objects, null);
    }

    /** What {@link java.sql.ParameterMetaData} says of a value. */
    int typeOf(int parameter) {
        final int type = types[parameter - 1];
        return type == Types.BINARY ? Types.VARCHAR : type;
    }

    /** Binds all. */
    void bindTo(SqlStatement statement) {
        for (int i = 0; i < types.length; i++) {
            switch (types[i]) {
                case Types.NULL -> statement.bindNull(i + 1);
                case Types.INTEGER, Types.BIGINT -> statement.bindLong(i + 1, numbers[i]);
                case Types.REAL -> statement.bindDouble(i + 1, Double.longBitsToDouble(numbers[i]));
                case Types.VARCHAR -> statement.bindText(i + 1, (String) objects[i]);
                default -> statement.bindBlob(i + 1, (byte[]) objects[i]);
            }
        }
    }

    /** A copy, for a batch. */
    @Nullable
    Object[] toArray() {
        final @Nullable Object[] values = new @Nullable Object[types.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (types[i]) {
                case Types.NULL -> null;
                case Types.INTEGER, Types.BIGINT -> numbers[i];
                case Types.REAL -> Double.longBitsToDouble(numbers[i]);
                case Types.VARCHAR -> objects[i];
                default -> copy((byte[]) objects[i]);
            };
        }
        return values;
    }

    private static byte @Nullable [] copy(byte @Nullable [] bytes) {
        return bytes == null ? null : bytes.clone();
    }

    private int slot(int parameter, int type) throws SQLException {
        if (parameter < 1 || parameter > types.length) {
            throw Misuse.index(
                    "Parameter index is invalid: parameter=" + parameter + " parameterCount=" + types.length);
        }
        wasSet = true;
        types[parameter - 1] = type;
        objects[parameter - 1] = null;
        return parameter - 1;
    }
}
