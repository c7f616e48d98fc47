// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.protocol.Columns;
import io.cleat.protocol.ProtocolException;
import java.nio.ByteOrder;
import org.agrona.ExpandableArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream of rows of an {@link Exchange} into rows and values, and grants credit as they are consumed. A row that crosses
 * chunks is put together in a private buffer.
 *
 * <p>Not thread-safe: the owner of the exchange. Allocates nothing once its buffers have grown.
 */
public final class RowCursor {
    /** What {@link #advance} found. */
    public enum Step {
        /** A row, which can be read. */
        ROW,
        /** Nothing yet. */
        WAIT,
        /** There are no more rows. */
        END
    }

    private static final int INITIAL_CAPACITY_BYTES = 256;
    private static final int RETAINED_CAPACITY_BYTES = 1 << 20;

    private final Exchange exchange;
    private final Call call;
    private final DecodedRow row = new DecodedRow();
    private ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
    private int position;
    private int limit;
    private int ungrantedBytes;
    private @Nullable Columns columns;

    RowCursor(Exchange exchange, Call call) {
        this.exchange = exchange;
        this.call = call;
    }

    void reset() {
        if (buffer.capacity() > RETAINED_CAPACITY_BYTES) {
            buffer = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
        }
        position = 0;
        limit = 0;
        ungrantedBytes = 0;
        row.clear();
        columns = null;
    }

    /**
     * Moves to the next row, waiting for it.
     *
     * @return false when there is none.
     */
    public boolean next() {
        while (true) {
            final int seen = call.progress();
            final Step step = advance();
            if (step != Step.WAIT) {
                return step == Step.ROW;
            }
            exchange.await(seen);
        }
    }

    /**
     * Moves to the next row if it has arrived.
     *
     * @return what was found.
     */
    public Step advance() {
        while (true) {
            if (limit - position >= Integer.BYTES) {
                final int rowLength = buffer.getInt(position, ByteOrder.LITTLE_ENDIAN);
                if (rowLength < 0) {
                    throw broken("rowLength=" + rowLength);
                }
                if (limit - position - Integer.BYTES >= rowLength) {
                    decode(rowLength);
                    return Step.ROW;
                }
                buffer.checkLimit(Math.addExact(rowLength, Integer.BYTES));
            }
            row.clear();
            // Asked before the rows are taken: what is done has nothing more to come.
            final boolean done = call.isDone();
            if (fetch()) {
                grant(done);
            } else if (done) {
                exchange.throwIfFailed();
                if (limit != position) {
                    throw broken("bytesLeft=" + (limit - position));
                }
                return Step.END;
            } else {
                grantAll();
                return Step.WAIT;
            }
        }
    }

    /** Waits for the end and drops the rows. */
    void skipAll() {
        while (true) {
            final int seen = call.progress();
            final boolean done = call.isDone();
            position = limit;
            row.clear();
            if (fetch()) {
                grant(done);
            } else if (done) {
                exchange.throwIfFailed();
                return;
            } else {
                grantAll();
                exchange.await(seen);
            }
        }
    }

    /** {@return the columns, or null when the statement returns no rows; once the reply has started} */
    public @Nullable Columns columns() {
        if (columns == null) {
            columns = call.columns();
        }
        return columns;
    }

    /** {@return the current row; valid until the next} */
    public DecodedRow row() {
        return row;
    }

    /**
     * Takes the encoded rows that have arrived as they are, instead of cutting them.
     *
     * @param target takes them.
     * @return WAIT or END.
     */
    public Step collect(RowBytes target) {
        while (true) {
            final boolean done = call.isDone();
            final int taken = target.takeFrom(call);
            ungrantedBytes += taken;
            if (taken > 0) {
                grant(done);
            } else if (done) {
                exchange.throwIfFailed();
                return Step.END;
            } else {
                grantAll();
                return Step.WAIT;
            }
        }
    }

    /** {@return whether, after WAIT, a credit could not be sent: then nothing may come before it is tried again} */
    public boolean owesCredit() {
        return ungrantedBytes > 0;
    }

    /** Takes what has arrived, behind what is left of the last part; false when nothing has. */
    private boolean fetch() {
        synchronized (call) {
            final int available = call.availableBytes();
            if (available == 0) {
                return false;
            }
            ungrantedBytes += available;
            if (position == limit) {
                buffer = call.take(buffer);
                position = 0;
                limit = available;
                return true;
            }
        }
        if (position > 0) {
            buffer.putBytes(0, buffer, position, limit - position);
            limit -= position;
            position = 0;
        }
        limit += call.appendTo(buffer, limit);
        return true;
    }

    private void grant(boolean done) {
        if (!done && ungrantedBytes >= exchange.creditBytes() / 2) {
            grantAll();
        }
    }

    /** Before a wait everything is granted, so that neither side waits for the other. */
    private void grantAll() {
        if (ungrantedBytes > 0) {
            final int bytes = ungrantedBytes;
            ungrantedBytes = 0;
            if (!exchange.grant(bytes)) {
                ungrantedBytes = bytes;
            }
        }
    }

    private void decode(int rowLength) {
        final int start = position + Integer.BYTES;
        try {
            row.decode(buffer, start, rowLength, columnCount());
        } catch (ProtocolException e) {
            throw broken(String.valueOf(e.getMessage()));
        }
        position = start + rowLength;
    }

    private int columnCount() {
        final @Nullable Columns known = columns();
        if (known == null) {
            throw broken("rows without columns");
        }
        return known.count();
    }

    private RuntimeException broken(String what) {
        exchange.abandon();
        return exchange.exception(
                Failed.local(ErrorCode.PROTOCOL, Outcome.UNKNOWN, "the rows cannot be read: " + what));
    }
}
