// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Exchange;
import io.cleat.client.RowCursor;
import io.cleat.protocol.Columns;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over the rows of a statement, which arrive while they are read: at most the credit of the {@link ClientContext} and
 * one row are held. Close it; closed before its end, the coordinator gives the statement up.
 *
 * <p>Belongs to the thread that ran the statement. Reading columns and {@code next} allocate nothing but what they return.
 */
public final class Rows extends RowValues implements AutoCloseable {
    private final Exchange exchange;
    private final RowCursor cursor;
    private final @Nullable Runnable onClose;
    private boolean open;
    private boolean atEnd;

    /** Of a closed cursor; {@link #opened} opens it. */
    Rows(Exchange exchange, @Nullable Runnable onClose) {
        super(exchange.rows().row());
        this.exchange = exchange;
        this.cursor = exchange.rows();
        this.onClose = onClose;
    }

    /** The request was sent, and its reply has started. */
    Rows opened() {
        open = true;
        atEnd = false;
        return this;
    }

    boolean isOpen() {
        return open;
    }

    /**
     * Moves to the next row. Waits for it, by the timeout of the call counted from now.
     *
     * @return false when there is none; then the counts below are known.
     */
    public boolean next() {
        ensureOpen();
        if (atEnd) {
            return false;
        }
        boolean row = false;
        try {
            row = cursor.next();
        } finally {
            // A cursor that failed has nothing more to give.
            atEnd = !row;
        }
        return row;
    }

    /** {@return rows changed directly by a statement that writes and returns rows; known after the last row} */
    public long changeCount() {
        return exchange.changeCount();
    }

    /** {@return row id of the last row inserted; 0 if none; known after the last row} */
    public long lastRowId() {
        return exchange.lastRowId();
    }

    /** {@return the last commit that the rows can have seen; for a write, its own; known after the last row} */
    public long commitSequence() {
        return exchange.commitSequence();
    }

    /** {@return whether the statement returns rows, also when there are none} */
    public boolean hasColumns() {
        return cursor.columns() != null;
    }

    @Override
    @Nullable
    Columns columns() {
        return cursor.columns();
    }

    /** Gives up rows not read yet. Idempotent; throws nothing. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        try {
            exchange.abandon();
        } finally {
            if (onClose != null) {
                onClose.run();
            }
        }
    }

    @Override
    void ensureOpen() {
        if (!open) {
            throw Failures.closed("the rows were closed");
        }
    }
}
