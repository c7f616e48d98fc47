// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes requests into the queue, one at a time, within the window of what the coordinator has not taken yet.
 *
 * <p>Thread-safe; everything that is written is guarded by the lock. Nobody holds it while waiting for room, except between the
 * fragments of one long request, whose place in the order is its sequence. Waits end by the deadline, or when the connection ends.
 */
final class RequestProxy {
    /** Bytes written and not yet taken, at most; docs/protocol.md. */
    static final long WINDOW_BYTES = 4 << 20;

    /** Kept free for credits and cancels, so that they need not wait for room. */
    private static final long RESERVE_BYTES = 64 << 10;

    private static final int CONTROL_BYTES = 128;
    private static final long FULL_PAUSE_NS = 20_000;
    /** What who must not wait gives the others to write one request. */
    private static final long MOMENT_NS = 100_000;

    private static final int FRAGMENT_HEAD_BYTES =
            MessageHeaderEncoder.ENCODED_LENGTH + FragmentEncoder.BLOCK_LENGTH + FragmentEncoder.bytesHeaderLength();
    private static final int FRAGMENT_BYTES = Request.MAX_RECORD_BYTES - FRAGMENT_HEAD_BYTES;

    private final ReentrantLock lock = new ReentrantLock();
    private final @Nullable MessageLog log;
    private final RecordWriter writer;
    private final Replies replies;
    private final ClientSlot slot;
    private final long epoch;
    private final long clientId;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final CreditEncoder credit = new CreditEncoder();
    private final CancelEncoder cancel = new CancelEncoder();
    private final ForgetStatementEncoder forget = new ForgetStatementEncoder();
    private final FragmentEncoder fragment = new FragmentEncoder();
    private final UnsafeBuffer control = new UnsafeBuffer(new byte[CONTROL_BYTES]);
    private final Queue<StatementText> forgotten = new ConcurrentLinkedQueue<>();
    private @Nullable UnsafeBuffer fragmentBuffer;
    private final Queue<Cancelled> cancelled;

    /** Written under the lock, read by anybody. */
    private volatile long writtenBytes;

    private long consumedBytesSeen;

    private long lastSequence;
    private boolean closed;

    /** Whatever is put into {@code cancelled}, by anybody, is sent before long. */
    RequestProxy(
            RecordWriter writer,
            Replies replies,
            Queue<Cancelled> cancelled,
            ClientSlot slot,
            long epoch,
            long clientId,
            @Nullable MessageLog log) {
        this.log = log;
        this.writer = writer;
        this.cancelled = cancelled;
        this.replies = replies;
        this.slot = slot;
        this.epoch = epoch;
        this.clientId = clientId;
    }

    /** What came of trying to send. */
    enum Sent {
        /** It is in the queue. */
        SENT,
        /** The coordinator does not have the text any more: encode the request again. Nothing was written. */
        TEXT_NEEDED,
        /** Not now: others write, or there is no room in the window. Nothing was written. */
        NO_ROOM,
        /** The deadline passed while others wrote, or without room in the window. Nothing was written. */
        TIMED_OUT,
        /** The connection has ended, see {@link Replies#ended}. Nothing was written. */
        ENDED
    }

    /**
     * Sends a request.
     *
     * @param request encoded; its sequence is set here.
     * @param call waits for the reply; begun here.
     * @param deadlineNs until when to wait for the lock and for room.
     * @param listener of the call, or null.
     * @return what came of it.
     * @throws io.cleat.CleatException what {@link RecordWriter#write} throws; nothing was written that counts.
     */
    Sent send(Request request, Call call, long deadlineNs, @Nullable Runnable listener) {
        while (lock(deadlineNs)) {
            try {
                // A long one waits for room between its pieces.
                final boolean isLong = request.lengthBytes() > Request.MAX_RECORD_BYTES;
                final Sent sent = sendLocked(request, call, deadlineNs, listener, isLong);
                if (sent != Sent.NO_ROOM) {
                    return sent;
                }
            } finally {
                lock.unlock();
            }
            LockSupport.parkNanos(FULL_PAUSE_NS);
            if (System.nanoTime() - deadlineNs >= 0) {
                return Sent.TIMED_OUT;
            }
        }
        return Sent.TIMED_OUT;
    }

    /**
     * As {@link #send}, without waiting: NO_ROOM when it cannot be written now. Only a request that is longer than the whole window waits
     * between its pieces, and begins when the window is empty.
     */
    Sent trySend(Request request, Call call, long deadlineNs, @Nullable Runnable listener) {
        if (!lock(System.nanoTime() + MOMENT_NS)) {
            return Sent.NO_ROOM;
        }
        try {
            return sendLocked(request, call, deadlineNs, listener, false);
        } finally {
            lock.unlock();
        }
    }

    private Sent sendLocked(
            Request request, Call call, long deadlineNs, @Nullable Runnable listener, boolean mayWaitForRoom) {
        if (closed || replies.ended() != null) {
            return Sent.ENDED;
        }
        if (!request.isUnderstood()) {
            return Sent.TEXT_NEEDED;
        }
        writeCancelled();
        writeForgotten();
        final long lengthBytes = request.lengthBytes();
        final boolean isLong = lengthBytes > Request.MAX_RECORD_BYTES;
        return mayWaitForRoom || hasRoom(Math.min(writtenLengthBytes(lengthBytes, isLong), WINDOW_BYTES))
                ? write(request, call, deadlineNs, listener, isLong)
                : Sent.NO_ROOM;
    }

    /** With the heads of its pieces, and what is kept free. */
    private static long writtenLengthBytes(long lengthBytes, boolean isLong) {
        final long pieceCount = isLong ? lengthBytes / FRAGMENT_BYTES + 1 : 0;
        return lengthBytes + pieceCount * FRAGMENT_HEAD_BYTES + RESERVE_BYTES;
    }

    /** Allows more rows of a result; waits for room up to the deadline. */
    boolean sendCredit(long sequence, int sessionId, int creditBytes, long deadlineNs) {
        while (lock(deadlineNs)) {
            try {
                if (writeCredit(sequence, sessionId, creditBytes)) {
                    return true;
                }
            } finally {
                lock.unlock();
            }
            LockSupport.parkNanos(FULL_PAUSE_NS);
            if (System.nanoTime() - deadlineNs >= 0) {
                return false;
            }
        }
        return false;
    }

    /** As {@link #sendCredit}, without waiting; false when it cannot be written now. */
    boolean trySendCredit(long sequence, int sessionId, int creditBytes) {
        if (!lock(System.nanoTime() + MOMENT_NS)) {
            return false;
        }
        try {
            return writeCredit(sequence, sessionId, creditBytes);
        } finally {
            lock.unlock();
        }
    }

    /** Gives a request up. Never waits: who has the lock, or the next who takes it, sends it. */
    void sendCancel(long sequence, int sessionId) {
        cancelled.add(new Cancelled(sequence, sessionId));
        flush();
    }

    /** Sends what is to be cancelled, if nobody else is writing and there is room. */
    void flush() {
        if (!cancelled.isEmpty() && lock.tryLock()) {
            try {
                if (!closed) {
                    tryWriteCancelled();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Tells the coordinator, before the next request, that a text is not referred to any more. */
    void forget(StatementText text) {
        forgotten.add(text);
    }

    /** Bytes written and not yet taken by the coordinator. */
    long unconsumedBytes() {
        return writtenBytes - slot.requestConsumedBytesAcquire();
    }

    /** Keeps everybody out, then closes the writer. Idempotent; end the connection first, so that nobody holds the lock for long. */
    void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                writer.close();
            }
        } finally {
            lock.unlock();
        }
    }

    private Sent write(Request request, Call call, long deadlineNs, @Nullable Runnable listener, boolean isLong) {
        final long sequence = lastSequence + 1;
        lastSequence = sequence;
        request.sequence(sequence);
        call.begin(sequence, request.sessionId(), deadlineNs, listener);
        if (replies.add(sequence, call) != null) {
            return Sent.ENDED;
        }
        // Once the record is visible the reply may come, and the owner's next request be encoded.
        final @Nullable StatementText introduced = request.introducedStatement();
        boolean written = false;
        try {
            if (isLong) {
                final Sent sent = writeFragments(request, sequence, deadlineNs);
                written = sent == Sent.SENT;
                if (!written) {
                    return sent;
                }
            } else {
                writeRecord(request.head(), (int) request.lengthBytes());
                written = true;
            }
            if (introduced != null) {
                introduced.sent(true);
                if (introduced.isEvicted()) {
                    // Evicted while this was encoded: the coordinator has it now all the same.
                    forgotten.add(introduced);
                }
            }
            return Sent.SENT;
        } finally {
            if (!written) {
                replies.remove(sequence);
                call.abandon();
                if (isLong) {
                    // The pieces sent so far would lie in the coordinator's memory.
                    cancelled.add(new Cancelled(sequence, 0));
                    tryWriteCancelled();
                }
            }
        }
    }

    private Sent writeFragments(Request request, long fragmentedId, long deadlineNs) {
        final UnsafeBuffer buffer = fragmentBuffer();
        final long totalBytes = request.lengthBytes();
        for (long offset = 0; offset < totalBytes; ) {
            final int length = (int) Math.min(FRAGMENT_BYTES, totalBytes - offset);
            while (!hasRoom(length + FRAGMENT_HEAD_BYTES + RESERVE_BYTES)) {
                if (replies.ended() != null) {
                    return Sent.ENDED;
                }
                if (System.nanoTime() - deadlineNs >= 0) {
                    return Sent.TIMED_OUT;
                }
                // The others' cancels do not wait for this.
                writeCancelled();
                LockSupport.parkNanos(FULL_PAUSE_NS);
            }
            fragment.wrapAndApplyHeader(buffer, 0, header)
                    .epoch(epoch)
                    .clientId(clientId)
                    .fragmentedId(fragmentedId)
                    .totalLengthBytes(totalBytes)
                    .offsetBytes(offset);
            buffer.putInt(fragment.limit(), length, ByteOrder.LITTLE_ENDIAN);
            request.copyTo(buffer, FRAGMENT_HEAD_BYTES, offset, length);
            writeRecord(buffer, FRAGMENT_HEAD_BYTES + length);
            offset += length;
        }
        return Sent.SENT;
    }

    private UnsafeBuffer fragmentBuffer() {
        @Nullable UnsafeBuffer buffer = fragmentBuffer;
        if (buffer == null) {
            buffer = new UnsafeBuffer(new byte[Request.MAX_RECORD_BYTES]);
            fragmentBuffer = buffer;
        }
        return buffer;
    }

    private void writeCancelled() {
        while (hasRoom(CONTROL_BYTES)) {
            final @Nullable Cancelled next = cancelled.peek();
            if (next == null) {
                return;
            }
            cancel.wrapAndApplyHeader(control, 0, header)
                    .epoch(epoch)
                    .clientId(clientId)
                    .targetSequence(next.sequence())
                    .sessionId(next.sessionId());
            writeRecord(control, cancel.limit());
            cancelled.poll();
        }
    }

    /** As {@link #writeCancelled}; what cannot be written now stays for the next time. */
    private void tryWriteCancelled() {
        try {
            writeCancelled();
        } catch (CleatException e) {
            // Whoever writes next meets the same, and says so.
        }
    }

    private void writeForgotten() {
        while (!forgotten.isEmpty() && hasRoom(CONTROL_BYTES)) {
            final @Nullable StatementText text = forgotten.poll();
            if (text != null && text.isSent()) {
                text.sent(false);
                forget.wrapAndApplyHeader(control, 0, header)
                        .epoch(epoch)
                        .clientId(clientId)
                        .statementId(text.id());
                writeRecord(control, forget.limit());
            }
        }
    }

    /** True when it was written, or need not be. */
    private boolean writeCredit(long sequence, int sessionId, int creditBytes) {
        credit.wrapAndApplyHeader(control, 0, header)
                .epoch(epoch)
                .clientId(clientId)
                .targetSequence(sequence)
                .creditBytes(creditBytes)
                .sessionId(sessionId);
        return closed || replies.ended() != null || writeControl(credit.limit());
    }

    private boolean writeControl(int lengthBytes) {
        if (!hasRoom(lengthBytes)) {
            return false;
        }
        writeRecord(control, lengthBytes);
        return true;
    }

    private boolean hasRoom(long lengthBytes) {
        if (writtenBytes + lengthBytes - consumedBytesSeen <= WINDOW_BYTES) {
            return true;
        }
        // Asked only when it matters: the line belongs to the coordinator's core.
        consumedBytesSeen = slot.requestConsumedBytesAcquire();
        return writtenBytes + lengthBytes - consumedBytesSeen <= WINDOW_BYTES;
    }

    private void writeRecord(DirectBuffer buffer, int lengthBytes) {
        writer.write(buffer, 0, lengthBytes);
        if (log != null) {
            log.log("sent", buffer, 0, lengthBytes);
        }
        final long total = writtenBytes + lengthBytes;
        writtenBytes = total;
    }

    /** Takes the lock; false when the deadline passed. The flag of an interrupted thread is kept. */
    private boolean lock(long deadlineNs) {
        if (lock.tryLock()) {
            return true;
        }
        boolean interrupted = false;
        try {
            while (true) {
                final long remainingNs = deadlineNs - System.nanoTime();
                if (remainingNs <= 0) {
                    return false;
                }
                try {
                    if (lock.tryLock(remainingNs, TimeUnit.NANOSECONDS)) {
                        return true;
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The failure of a request that was not sent because the connection has ended. */
    Failed ended() {
        final @Nullable Failed ended = replies.ended();
        return ended != null
                ? ended.with(Outcome.NOT_APPLIED)
                : Failed.local(ErrorCode.CLOSED, Outcome.NOT_APPLIED, "the database was closed");
    }
}
