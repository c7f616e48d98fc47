// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * The current row of {@link Rows}, or of the result of a {@link LiveQuery}. Columns are counted from 0.
 *
 * <p>A getter of another type than the stored one converts as SQLite's {@code sqlite3_column_*} and CAST do: NULL is 0, 0.0 or
 * null; REAL to INTEGER cuts off towards zero and clamps; TEXT and BLOB to a number take the longest prefix that is one, else 0;
 * numbers become text as SQLite prints them. Threading: that of the {@link Rows}; of a live result, the mapper's, while it runs. A column that does not exist throws a
 * {@link CleatException} of code MISUSE.
 */
public sealed interface Row permits RowValues {
    /** {@return how many columns the rows have; 0 when the statement returns none} */
    int columnCount();

    /**
     * The name of a column, as SQLite gives it.
     *
     * @param column from 0.
     * @return its name.
     */
    String columnName(int column);

    /**
     * The declared type of a column, as in CREATE TABLE.
     *
     * @param column from 0.
     * @return the type, or null for an expression or where none was declared.
     */
    @Nullable
    String declaredType(int column);

    /**
     * Finds a column by name: an exact match first, else one that differs in case only.
     *
     * @param name of the column.
     * @return its index from 0.
     */
    int columnIndex(String name);

    /**
     * The storage class of a value.
     *
     * @param column from 0.
     * @return one of the constants of {@link io.cleat.protocol.StorageClass}.
     */
    int type(int column);

    /**
     * Whether a value is NULL.
     *
     * @param column from 0.
     * @return true for NULL.
     */
    boolean isNull(int column);

    /**
     * A value as a signed 64-bit integer.
     *
     * @param column from 0.
     * @return the value; 0 for NULL.
     */
    long getLong(int column);

    /**
     * A value as a signed 32-bit integer.
     *
     * @param column from 0.
     * @return the value; 0 for NULL.
     * @throws ArithmeticException when it does not fit.
     */
    default int getInt(int column) {
        return Math.toIntExact(getLong(column));
    }

    /**
     * A value as a truth value.
     *
     * @param column from 0.
     * @return false for NULL and 0.
     */
    default boolean getBoolean(int column) {
        return getLong(column) != 0;
    }

    /**
     * A value as a double.
     *
     * @param column from 0.
     * @return the value; 0.0 for NULL.
     */
    double getDouble(int column);

    /**
     * A value as text.
     *
     * @param column from 0.
     * @return a string of the caller's own, or null for NULL.
     */
    @Nullable
    String getText(int column);

    /**
     * A value as bytes: those of a BLOB, else the UTF-8 of the text.
     *
     * @param column from 0.
     * @return an array of the caller's own, or null for NULL.
     */
    byte @Nullable [] getBytes(int column);

    /**
     * A value as SQLite stores it.
     *
     * @param column from 0.
     * @return null, Long, Double, String or byte[].
     */
    @Nullable
    Object getObject(int column);

    /**
     * As {@link #isNull(int)}, by name.
     *
     * @param column its name.
     * @return true for NULL.
     */
    default boolean isNull(String column) {
        return isNull(columnIndex(column));
    }

    /**
     * As {@link #getLong(int)}, by name.
     *
     * @param column its name.
     * @return the value.
     */
    default long getLong(String column) {
        return getLong(columnIndex(column));
    }

    /**
     * As {@link #getInt(int)}, by name.
     *
     * @param column its name.
     * @return the value.
     */
    default int getInt(String column) {
        return getInt(columnIndex(column));
    }

    /**
     * As {@link #getDouble(int)}, by name.
     *
     * @param column its name.
     * @return the value.
     */
    default double getDouble(String column) {
        return getDouble(columnIndex(column));
    }

    /**
     * As {@link #getText(int)}, by name.
     *
     * @param column its name.
     * @return the value, or null.
     */
    default @Nullable String getText(String column) {
        return getText(columnIndex(column));
    }

    /**
     * As {@link #getBytes(int)}, by name.
     *
     * @param column its name.
     * @return the value, or null.
     */
    default byte @Nullable [] getBytes(String column) {
        return getBytes(columnIndex(column));
    }

    /**
     * As {@link #getObject(int)}, by name.
     *
     * @param column its name.
     * @return the value, or null.
     */
    default @Nullable Object getObject(String column) {
        return getObject(columnIndex(column));
    }
}
