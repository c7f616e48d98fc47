// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.Rows;
import org.jspecify.annotations.Nullable;

/** The rows of a statement that runs at the coordinator. Reused from one run to the next. Threading: that of the statement. */
final class CursorRows implements ResultRows {
    private @Nullable Rows rows;

    CursorRows of(Rows opened) {
        rows = opened;
        return this;
    }

    @Override
    public boolean next() {
        return rows().next();
    }

    @Override
    public int columnCount() {
        return rows().columnCount();
    }

    @Override
    public String columnName(int column) {
        return rows().columnName(column);
    }

    @Override
    public @Nullable String declaredType(int column) {
        return rows().declaredType(column);
    }

    @Override
    public int type(int column) {
        return rows().type(column);
    }

    @Override
    public long getLong(int column) {
        return rows().getLong(column);
    }

    @Override
    public double getDouble(int column) {
        return rows().getDouble(column);
    }

    @Override
    public @Nullable String getText(int column) {
        return rows().getText(column);
    }

    @Override
    public byte @Nullable [] getBytes(int column) {
        return rows().getBytes(column);
    }

    @Override
    public void close() {
        final @Nullable Rows opened = rows;
        rows = null;
        if (opened != null) {
            opened.close();
        }
    }

    private Rows rows() {
        final @Nullable Rows opened = rows;
        if (opened == null) {
            throw new IllegalStateException("the rows were closed");
        }
        return opened;
    }
}
