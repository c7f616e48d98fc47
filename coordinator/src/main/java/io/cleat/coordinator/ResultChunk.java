// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.ResultEncoder;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One {@code Result} message under construction: rows are written where they will be sent from, so that a chunk is copied once,
 * into the reply queue.
 *
 * <p>Not thread-safe: owned by one thread at a time (the conductor, or the reader thread that fills it).
 */
final class ResultChunk {
    /** Rows beyond which a chunk is sent, in bytes. */
    static final int TARGET_ROW_BYTES = 64 * 1024;

    /** Rows that a chunk holds at most, in bytes: the record limit less room for the header and the columns. */
    static final int MAX_ROW_BYTES = 160 * 1024;

    /** Description of the columns that is accepted at most, in bytes. */
    static final int MAX_COLUMN_BYTES = 64 * 1024;

    private static final byte[] NONE = new byte[0];

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ResultEncoder encoder = new ResultEncoder();
    private int columnBytes;
    private int rowsOffset;
    private int limit;
    private boolean first;
    private boolean hasRows;

    /**
     * Begins a chunk.
     *
     * @param epoch of the coordinator.
     * @param sequence of the request.
     * @param sessionId of the request.
     * @param chunkIndex from 0.
     * @param columns the encoded columns in the first chunk of a statement that returns rows; else null.
     * @param returnsRows whether the statement returns rows.
     */
    void begin(
            long epoch,
            long sequence,
            int sessionId,
            int chunkIndex,
            byte @org.jspecify.annotations.Nullable [] columns,
            boolean returnsRows) {
        final byte[] described = columns == null ? NONE : columns;
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .sequence(sequence)
                .sessionId(sessionId)
                .chunkIndex(chunkIndex)
                .commitSequence(0)
                .changeCount(0)
                .lastRowId(0);
        encoder.putColumns(described, 0, described.length);
        columnBytes = described.length;
        rowsOffset = encoder.limit() + Integer.BYTES;
        limit = rowsOffset;
        first = chunkIndex == 0;
        hasRows = returnsRows;
    }

    /** {@return bytes of rows written so far} */
    int rowBytes() {
        return limit - rowsOffset;
    }

    /** {@return bytes of the encoded columns; 0 when there are none} */
    int columnBytes() {
        return columnBytes;
    }

    /** {@return where the columns begin} */
    int columnsOffset() {
        return rowsOffset - Integer.BYTES - columnBytes;
    }

    /** {@return where rows are written} */
    MutableDirectBuffer buffer() {
        return buffer;
    }

    /** {@return where the next byte of rows goes} */
    int limit() {
        return limit;
    }

    /**
     * Takes what was written up to an offset into the chunk.
     *
     * @param newLimit the offset behind the last byte.
     */
    void limit(int newLimit) {
        limit = newLimit;
    }

    /**
     * Ends the chunk.
     *
     * @param last whether the request is done.
     * @param commitSequence of the last commit that the result has seen.
     * @param changeCount rows changed.
     * @param lastRowId of the last row inserted, or 0.
     */
    void finish(boolean last, long commitSequence, long changeCount, long lastRowId) {
        encoder.commitSequence(commitSequence).changeCount(changeCount).lastRowId(lastRowId);
        encoder.flags().clear().fIRST(first).lAST(last).rOWS(hasRows);
        buffer.putInt(rowsOffset - Integer.BYTES, limit - rowsOffset, ByteOrder.LITTLE_ENDIAN);
    }

    /** Says, once it is finished, that something was set for the session. */
    void setSomething() {
        encoder.flags().sETTING(true);
    }

    /** {@return the message, from offset 0} */
    DirectBuffer message() {
        return buffer;
    }

    /** {@return the length of the message in bytes} */
    int lengthBytes() {
        return limit;
    }
}
