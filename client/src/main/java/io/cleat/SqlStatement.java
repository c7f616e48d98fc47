// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A statement that is run many times: binding, running and reading allocate nothing but the strings and arrays asked for.
 *
 * <p>Belongs to its {@link Session}'s thread. Parameters are counted from 1, as {@code ?1} in SQL; bindings stay until bound
 * anew or cleared. It has at most one open {@link Rows}: running it again closes the one before.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class SqlStatement implements AutoCloseable {
    SqlStatement() {}

    /**
     * Binds an INTEGER.
     *
     * @param parameter from 1.
     * @param value any.
     * @return this.
     */
    public SqlStatement bindLong(int parameter, long value) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Binds a REAL; NaN arrives as NULL.
     *
     * @param parameter from 1.
     * @param value any.
     * @return this.
     */
    public SqlStatement bindDouble(int parameter, double value) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Binds a TEXT.
     *
     * @param parameter from 1.
     * @param value null binds NULL.
     * @return this.
     */
    public SqlStatement bindText(int parameter, @Nullable String value) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Binds a BLOB. The array is read when the statement is run.
     *
     * @param parameter from 1.
     * @param value null binds NULL.
     * @return this.
     */
    public SqlStatement bindBlob(int parameter, byte @Nullable [] value) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Binds NULL.
     *
     * @param parameter from 1.
     * @return this.
     */
    public SqlStatement bindNull(int parameter) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Binds a value of one of the types that {@link SqlOperations} names.
     *
     * @param parameter from 1.
     * @param value of such a type.
     * @return this.
     */
    public SqlStatement bind(int parameter, @Nullable Object value) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Forgets all bindings.
     *
     * @return this.
     */
    public SqlStatement clearBindings() {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Sets the timeout of later executions.
     *
     * @param timeout positive.
     * @return this.
     */
    public SqlStatement timeout(Duration timeout) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Runs the statement and streams its rows. What {@link SqlOperations#rows} throws, this throws.
     *
     * @return the cursor of this statement, before the first row; the same object each time.
     */
    public Rows rows() {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Runs the statement for its effect; rows are dropped.
     *
     * @return how many rows it changed directly.
     */
    public long update() {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@return the row id of the last row that the last {@link #update} inserted; 0 if none} */
    public long lastRowId() {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@return the commit sequence of the last {@link #update}} */
    public long commitSequence() {
        throw new UnsupportedOperationException("not yet");
    }

    /** {@return the SQL} */
    public String sql() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Closes its rows. Idempotent. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("not yet");
    }
}
