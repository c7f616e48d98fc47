// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * Where a result set has its rows from: a cursor at the coordinator, or rows that are here already. Columns are counted from 0. The
 * accessors are those of the current row, and convert as SQLite does.
 *
 * <p>Threading: that of the statement. What the coordinator refuses or fails is thrown as {@link io.cleat.CleatException}.
 */
interface ResultRows {
    /** Moves to the next row; false when there is none. */
    boolean next();

    int columnCount();

    String columnName(int column);

    /** As in CREATE TABLE; null for an expression. */
    @Nullable
    String declaredType(int column);

    /** A {@link io.cleat.protocol.StorageClass}. */
    int type(int column);

    long getLong(int column);

    double getDouble(int column);

    @Nullable
    String getText(int column);

    byte @Nullable [] getBytes(int column);

    /** Gives up rows not read yet. Idempotent; throws nothing. */
    void close();
}
