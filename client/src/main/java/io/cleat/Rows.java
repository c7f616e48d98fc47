// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * A cursor over the rows of a statement, which arrive while they are read: at most the credit of the {@link ClientContext} and
 * one row are held. Close it; closed before its end, the coordinator gives the statement up.
 *
 * <p>Belongs to the thread that ran the statement. Reading columns and {@code next} allocate nothing but what they return.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Rows implements Row, AutoCloseable {
    Rows() {}

    /**
     * Moves to the next row. Waits for it, by the timeout of the call counted from now.
     *
     * @return false when there is none; then the counts below are known.
     */
    public boolean next() {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@return rows changed directly by a statement that writes and returns rows; known after the last row} */
    public long changeCount() {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@return row id of the last row inserted; 0 if none; known after the last row} */
    public long lastRowId() {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@return the last commit that the rows can have seen; for a write, its own; known after the last row} */
    public long commitSequence() {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@return whether the statement returns rows, also when there are none} */
    public boolean hasColumns() {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public int columnCount() {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public String columnName(int column) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public @Nullable String declaredType(int column) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public int columnIndex(String name) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public int type(int column) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public boolean isNull(int column) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public long getLong(int column) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public double getDouble(int column) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public @Nullable String getText(int column) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public byte @Nullable [] getBytes(int column) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public @Nullable Object getObject(int column) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Gives up rows not read yet. Idempotent; throws nothing. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("not yet");
    }
}
