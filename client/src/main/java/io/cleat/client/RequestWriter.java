// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CleatException;
import io.cleat.protocol.MessageLog;
import io.cleat.protocol.codec.CancelEncoder;
import io.cleat.protocol.codec.CreditEncoder;
import io.cleat.protocol.codec.ForgetStatementEncoder;
import io.cleat.protocol.codec.FragmentEncoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.queue.RecordWriter;
import io.cleat.status.ClientSlot;
import java.nio.ByteOrder;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The records of a client on their way into the request queue: counts what the coordinator has not taken yet, cuts long requests into
 * pieces, and knows what the coordinator is to be told beside them. Never waits.
 *
 * <p>Under the lock of the {@link RequestProxy}, except for {@link #forget}, {@link #cancel}, {@link #hasCancelled} and
 * {@link #unconsumedBytes}, which are for any thread. Steady state allocates nothing.
 */
final class RequestWriter {
    /** Bytes written and not yet taken, at most; docs/protocol.md. */
    private static final long WINDOW_BYTES = 4 << 20;

    /** Kept free for credits and cancels, so that they need not wait for room. */
    private static final long RESERVE_BYTES = 64 << 10;

    private static final int CONTROL_BYTES = 128;
    private static final int PIECE_HEAD_BYTES =
            MessageHeaderEncoder.ENCODED_LENGTH + FragmentEncoder.BLOCK_LENGTH + FragmentEncoder.bytesHeaderLength();

    /** Of a long request in one record. */
    static final int PIECE_BYTES = Request.MAX_RECORD_BYTES - PIECE_HEAD_BYTES;

    private final @Nullable MessageLog log;
    private final long clientId;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final CreditEncoder credit = new CreditEncoder();
    private final CancelEncoder cancel = new CancelEncoder();
    private final ForgetStatementEncoder forget = new ForgetStatementEncoder();
    private final FragmentEncoder fragment = new FragmentEncoder();
    private final UnsafeBuffer control = new UnsafeBuffer(new byte[CONTROL_BYTES]);
    private @Nullable UnsafeBuffer staging; // made when it is needed first
    private final Queue<StatementText> forgotten = new ConcurrentLinkedQueue<>();
    private final Queue<Cancelled> cancelled;

    /** Of the coordinator, as are slot and epoch; null while there is none, and nothing can be written. */
    private @Nullable RecordWriter queue;

    private volatile ClientSlot slot;
    private long epoch;

    /** Written under the lock, read by anybody. */
    private volatile long writtenBytes;

    private long consumedBytesSeen;

    /** Whatever is put into {@code cancelled}, by anybody, is sent before long. */
    RequestWriter(Attachment attachment, Queue<Cancelled> cancelled, @Nullable MessageLog log) {
        this.queue = attachment.writer;
        this.slot = attachment.slot;
        this.epoch = attachment.entry.epoch();
        this.clientId = attachment.clientId;
        this.cancelled = cancelled;
        this.log = log;
    }

    // By any thread.

    /** The coordinator is to be told, before the next request, that a text is not referred to any more. */
    void forget(StatementText text) {
        forgotten.add(text);
    }

    /** The coordinator is to be told that a request was given up. */
    void cancel(long sequence, int sessionId) {
        cancelled.add(new Cancelled(sequence, sessionId));
    }

    boolean hasCancelled() {
        return !cancelled.isEmpty();
    }

    /** Bytes written and not yet taken by the coordinator. */
    long unconsumedBytes() {
        return writtenBytes - slot.requestConsumedBytesAcquire();
    }

    // Under the lock.

    /** Whether there is a coordinator to write to. */
    boolean isOpen() {
        return queue != null;
    }

    /** Of the coordinator that is written to. */
    long epoch() {
        return epoch;
    }

    /** Goes on with the queue of another coordinator, which knows of nothing that was to be cancelled. */
    void open(Attachment attachment) {
        queue = attachment.writer;
        slot = attachment.slot;
        epoch = attachment.entry.epoch();
        writtenBytes = 0;
        consumedBytesSeen = 0;
        // Each call that waits knows itself whether it is to be given up.
        cancelled.clear();
    }

    /** Until it is opened again, nothing can be written. Idempotent. */
    void close() {
        final @Nullable RecordWriter open = queue;
        queue = null;
        if (open != null) {
            open.close();
        }
    }

    /** Whether there is room in the window for a record, beside what is kept free. */
    boolean hasRoom(long lengthBytes) {
        return fits(lengthBytes + RESERVE_BYTES);
    }

    /** As {@link #hasRoom}, for all records of a request; an empty window has room for any. */
    boolean hasRoomForAll(Request request) {
        final long lengthBytes = request.lengthBytes();
        final long pieceCount = isLong(request) ? lengthBytes / PIECE_BYTES + 1 : 0;
        return fits(Math.min(lengthBytes + pieceCount * PIECE_HEAD_BYTES + RESERVE_BYTES, WINDOW_BYTES));
    }

    private boolean fits(long lengthBytes) {
        if (writtenBytes + lengthBytes - consumedBytesSeen <= WINDOW_BYTES) {
            return true;
        }
        // Asked only when it matters: the line belongs to the coordinator's core.
        consumedBytesSeen = slot.requestConsumedBytesAcquire();
        return writtenBytes + lengthBytes - consumedBytesSeen <= WINDOW_BYTES;
    }

    /** Writes a record; {@link #hasRoom} said that it can be. */
    void write(DirectBuffer buffer, int lengthBytes) {
        final @Nullable RecordWriter to = queue;
        if (to == null) {
            throw Resending.closed();
        }
        to.write(buffer, 0, lengthBytes);
        if (log != null) {
            log.log("sent", buffer, 0, lengthBytes);
        }
        final long total = writtenBytes + lengthBytes;
        writtenBytes = total;
    }

    /** The coordinator has a text from now on, if any, by the request that brings it. */
    void introduce(@Nullable StatementText text) {
        if (text != null) {
            text.sentTo(epoch);
            if (text.isEvicted()) {
                // Evicted while the request was encoded: the coordinator has it now all the same.
                forgotten.add(text);
            }
        }
    }

    /** Whether a request takes more than one record. */
    static boolean isLong(Request request) {
        return request.lengthBytes() > Request.MAX_RECORD_BYTES;
    }

    /** How long the record is with the piece of a long request that begins at an offset. */
    static int pieceRecordBytes(long totalBytes, long offset) {
        return PIECE_HEAD_BYTES + (int) Math.min(PIECE_BYTES, totalBytes - offset);
    }

    /** Copies a request that is not long, to be written by {@link #writeStaged}. */
    void stage(Request request) {
        request.copyTo(staging(), 0, 0, (int) request.lengthBytes());
    }

    /** As {@link #stage}, the piece of a long one that begins at an offset. */
    void stagePiece(Request request, long sequence, long totalBytes, long offset) {
        final int length = pieceRecordBytes(totalBytes, offset) - PIECE_HEAD_BYTES;
        final UnsafeBuffer buffer = staging();
        fragment.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(clientId)
                .fragmentedId(sequence)
                .totalLengthBytes(totalBytes)
                .offsetBytes(offset);
        buffer.putInt(fragment.limit(), length, ByteOrder.LITTLE_ENDIAN);
        request.copyTo(buffer, PIECE_HEAD_BYTES, offset, length);
    }

    /** Writes what was staged; {@link #hasRoom} said that it can be. */
    void writeStaged(int lengthBytes) {
        write(staging(), lengthBytes);
    }

    private UnsafeBuffer staging() {
        @Nullable UnsafeBuffer buffer = staging;
        if (buffer == null) {
            buffer = new UnsafeBuffer(new byte[Request.MAX_RECORD_BYTES]);
            staging = buffer;
        }
        return buffer;
    }

    /** Tells what was given up, as far as there is room. */
    void writeCancelled() {
        while (fits(CONTROL_BYTES)) {
            final @Nullable Cancelled next = cancelled.peek();
            if (next == null) {
                return;
            }
            cancel.wrapAndApplyHeader(control, 0, header)
                    .epoch(epoch)
                    .clientId(clientId)
                    .targetSequence(next.sequence())
                    .sessionId(next.sessionId());
            write(control, cancel.limit());
            cancelled.poll();
        }
    }

    /** As {@link #writeCancelled}; what cannot be written now stays for the next time. */
    void tryWriteCancelled() {
        try {
            writeCancelled();
        } catch (CleatException e) {
            // Whoever writes next meets the same, and says so.
        }
    }

    /** Tells which texts are not referred to any more, as far as there is room. */
    void writeForgotten() {
        while (!forgotten.isEmpty() && fits(CONTROL_BYTES)) {
            final @Nullable StatementText text = forgotten.poll();
            if (text != null && text.isSentTo(epoch)) {
                text.unsent();
                forget.wrapAndApplyHeader(control, 0, header)
                        .epoch(epoch)
                        .clientId(clientId)
                        .statementId(text.id());
                write(control, forget.limit());
            }
        }
    }

    /** Allows more rows of a result; false when there is no room for that. */
    boolean writeCredit(long sequence, int sessionId, int creditBytes) {
        credit.wrapAndApplyHeader(control, 0, header)
                .epoch(epoch)
                .clientId(clientId)
                .targetSequence(sequence)
                .creditBytes(creditBytes)
                .sessionId(sessionId);
        if (!fits(credit.limit())) {
            return false;
        }
        write(control, credit.limit());
        return true;
    }
}
