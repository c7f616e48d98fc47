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

    /** Between two looks whether there is a coordinator again. */
    private static final long LOST_PAUSE_NS = 1_000_000;

    /** What who must not wait gives the others to write one request. */
    private static final long MOMENT_NS = 100_000;

    private static final int FRAGMENT_HEAD_BYTES =
            MessageHeaderEncoder.ENCODED_LENGTH + FragmentEncoder.BLOCK_LENGTH + FragmentEncoder.bytesHeaderLength();
    private static final int FRAGMENT_BYTES = Request.MAX_RECORD_BYTES - FRAGMENT_HEAD_BYTES;

    private final ReentrantLock lock = new ReentrantLock();
    private final @Nullable MessageLog log;
    private final Replies replies;
    private final long clientId;

    /** Of the coordinator, as are slot and epoch; null while there is none, and nothing can be written. Guarded by the lock. */
    private @Nullable RecordWriter writer;

    private volatile ClientSlot slot;
    private long epoch; // guarded by the lock

    /** Whoever has the lock is to give it back soon: written before the lock is taken, to take the writer away. */
    private volatile boolean suspending;

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
    RequestProxy(Attachment attachment, Replies replies, Queue<Cancelled> cancelled, @Nullable MessageLog log) {
        this.log = log;
        this.writer = attachment.writer;
        this.lastSequence = Math.max(0, attachment.resumeSequence - 1);
        this.cancelled = cancelled;
        this.replies = replies;
        this.slot = attachment.slot;
        this.epoch = attachment.entry.epoch();
        this.clientId = attachment.clientId;
    }

    /** What came of trying to send. */
    enum Sent {
        /** It is in the queue. */
        SENT,
        /** The coordinator does not have the text any more: encode the request again. Nothing was written. */
        TEXT_NEEDED,
        /** Not now: others write, there is no room in the window, or there is no coordinator. Nothing was written that counts. */
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
        boolean interrupted = false;
        try {
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
                interrupted |= pause();
                if (System.nanoTime() - deadlineNs >= 0) {
                    return Sent.TIMED_OUT;
                }
            }
            return Sent.TIMED_OUT;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Between two tries. With the flag of an interrupted thread up it would not last: it is taken; true when it was. */
    private boolean pause() {
        final boolean interrupted = Thread.interrupted();
        LockSupport.parkNanos(suspending ? LOST_PAUSE_NS : FULL_PAUSE_NS);
        return interrupted;
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
        if (writer == null || suspending) {
            return Sent.NO_ROOM;
        }
        if (!request.isUnderstood(epoch)) {
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
        boolean interrupted = false;
        try {
            while (lock(deadlineNs)) {
                try {
                    if (writeCredit(sequence, sessionId, creditBytes)) {
                        return true;
                    }
                } finally {
                    lock.unlock();
                }
                interrupted |= pause();
                if (System.nanoTime() - deadlineNs >= 0) {
                    return false;
                }
            }
            return false;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
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
                if (!closed && writer != null) {
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
            closed = true;
            closeWriter();
        } finally {
            lock.unlock();
        }
    }

    private void closeWriter() {
        final @Nullable RecordWriter open = writer;
        writer = null;
        if (open != null) {
            open.close();
        }
    }

    /** The coordinator is gone: from now on nothing is written, and whoever wants to waits. */
    void suspend() {
        suspending = true;
        lock.lock();
        try {
            closeWriter();
        } finally {
            lock.unlock();
        }
    }

    /** The first sequence that was not given to a request; stays, while there is no coordinator. */
    long nextSequence() {
        lock.lock();
        try {
            return lastSequence + 1;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Goes on with another coordinator: what is to be said first is written before anything else.
     *
     * @param attachment to it.
     * @param resending says it.
     * @throws CleatException when that coordinator is gone too, or the connection has ended: call {@link #suspend} then.
     */
    void resume(Attachment attachment, Resending resending) {
        lock.lock();
        try {
            if (closed) {
                throw Resending.closed();
            }
            writer = attachment.writer;
            slot = attachment.slot;
            epoch = attachment.entry.epoch();
            writtenBytes = 0;
            consumedBytesSeen = 0;
            // Each call that waits knows itself whether it is to be given up.
            cancelled.clear();
            resending.run(this, epoch);
            suspending = false;
            tryWriteCancelled();
        } finally {
            lock.unlock();
        }
    }

    /** While there is no coordinator, ends what a session had, if nothing of it waits: there is nobody to be told. Else false. */
    boolean endLostSession(int sessionId, OpenSessions sessions) {
        if (!suspending) {
            return false;
        }
        if (!lock(System.nanoTime() + MOMENT_NS)) {
            return false;
        }
        try {
            if (writer != null || closed || replies.countWaiting(sessionId) > 0) {
                return false;
            }
            sessions.forget(sessionId);
            return true;
        } finally {
            lock.unlock();
        }
    }

    // For the resending, which has the lock.

    /** Writes a record, when there is room. */
    void write(DirectBuffer buffer, int lengthBytes, Resending resending) {
        awaitRoom(lengthBytes, resending);
        writeRecord(buffer, lengthBytes);
    }

    private void awaitRoom(long lengthBytes, Resending resending) {
        while (!hasRoom(lengthBytes + RESERVE_BYTES)) {
            resending.check();
            LockSupport.parkNanos(FULL_PAUSE_NS);
        }
    }

    /** Writes a waiting request again; what nobody waits for any more is left out. */
    void writeAgain(long sequence, Resending resending) {
        final UnsafeBuffer buffer = fragmentBuffer();
        final long[] lengthBytes = {0};
        if (!replies.whileWaiting(sequence, request -> {
            request.epoch(epoch);
            lengthBytes[0] = request.lengthBytes();
            if (lengthBytes[0] <= Request.MAX_RECORD_BYTES) {
                request.copyTo(buffer, 0, 0, (int) lengthBytes[0]);
            }
            final @Nullable StatementText introduced = request.introducedStatement();
            if (introduced != null) {
                introduced.sentTo(epoch);
                if (introduced.isEvicted()) {
                    forgotten.add(introduced);
                }
            }
        })) {
            return;
        }
        if (lengthBytes[0] <= Request.MAX_RECORD_BYTES) {
            write(buffer, (int) lengthBytes[0], resending);
            return;
        }
        for (long offset = 0; offset < lengthBytes[0]; ) {
            final int length = (int) Math.min(FRAGMENT_BYTES, lengthBytes[0] - offset);
            awaitRoom(length + FRAGMENT_HEAD_BYTES, resending);
            final long from = offset;
            // Copied while it waits, so that its owner cannot be writing the next one there.
            if (!replies.whileWaiting(
                    sequence, request -> copyFragment(buffer, request, sequence, lengthBytes[0], from, length))) {
                cancelled.add(new Cancelled(sequence, 0));
                return;
            }
            writeRecord(buffer, FRAGMENT_HEAD_BYTES + length);
            offset += length;
        }
    }

    private Sent write(Request request, Call call, long deadlineNs, @Nullable Runnable listener, boolean isLong) {
        final long sequence = lastSequence + 1;
        lastSequence = sequence;
        request.sequence(sequence);
        request.epoch(epoch);
        call.begin(sequence, request, deadlineNs, listener);
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
                introduced.sentTo(epoch);
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
                if (suspending) {
                    // Incomplete, it is as if it had never been sent.
                    return Sent.NO_ROOM;
                }
                if (System.nanoTime() - deadlineNs >= 0) {
                    return Sent.TIMED_OUT;
                }
                // The others' cancels do not wait for this.
                writeCancelled();
                LockSupport.parkNanos(FULL_PAUSE_NS);
            }
            copyFragment(buffer, request, fragmentedId, totalBytes, offset, length);
            writeRecord(buffer, FRAGMENT_HEAD_BYTES + length);
            offset += length;
        }
        return Sent.SENT;
    }

    private void copyFragment(
            UnsafeBuffer buffer, Request request, long fragmentedId, long totalBytes, long offset, int length) {
        fragment.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(clientId)
                .fragmentedId(fragmentedId)
                .totalLengthBytes(totalBytes)
                .offsetBytes(offset);
        buffer.putInt(fragment.limit(), length, ByteOrder.LITTLE_ENDIAN);
        request.copyTo(buffer, FRAGMENT_HEAD_BYTES, offset, length);
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
            if (text != null && text.isSentTo(epoch)) {
                text.unsent();
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
        // Without a coordinator there is no result either.
        return closed || suspending || replies.ended() != null || writeControl(credit.limit());
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
        final @Nullable RecordWriter to = writer;
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
