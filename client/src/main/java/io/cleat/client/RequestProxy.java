// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.protocol.MessageLog;
import io.cleat.queue.RecordWriter;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Gives requests their sequence and lets their owners write them, one at a time, within the window of what the coordinator has not taken
 * yet; see {@link RequestWriter}.
 *
 * <p>Thread-safe; the writer is guarded by the lock, but for what it says itself. Nobody holds the lock while waiting for room, except
 * between the pieces of one long request, whose place in the order is its sequence. Waits end by the deadline, or when the connection
 * ends.
 */
final class RequestProxy {
    private static final long FULL_PAUSE_NS = 20_000;

    /** Between two looks whether there is a coordinator again. */
    private static final long LOST_PAUSE_NS = 1_000_000;

    /** What who must not wait gives the others to write one request. */
    private static final long MOMENT_NS = 100_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Replies replies;
    private final RequestWriter writer; // guarded by the lock

    /** Whoever has the lock is to give it back soon: written before the lock is taken, to take the writer away. */
    private volatile boolean suspending;

    private long lastSequence; // guarded by the lock
    private boolean closed; // guarded by the lock

    /** Whatever is put into {@code cancelled}, by anybody, is sent before long. */
    RequestProxy(Attachment attachment, Replies replies, Queue<Cancelled> cancelled, @Nullable MessageLog log) {
        this.lastSequence = Math.max(0, attachment.resumeSequence - 1);
        this.replies = replies;
        this.writer = new RequestWriter(attachment, cancelled, log);
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
                    final boolean isLong = RequestWriter.isLong(request);
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
        if (!writer.isOpen() || suspending) {
            return Sent.NO_ROOM;
        }
        if (!request.isUnderstood(writer.epoch())) {
            return Sent.TEXT_NEEDED;
        }
        writer.writeCancelled();
        writer.writeForgotten();
        return mayWaitForRoom || writer.hasRoomForAll(request)
                ? write(request, call, deadlineNs, listener)
                : Sent.NO_ROOM;
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
        writer.cancel(sequence, sessionId);
        flush();
    }

    /** Sends what is to be cancelled, if nobody else is writing and there is room. */
    void flush() {
        if (writer.hasCancelled() && lock.tryLock()) {
            try {
                if (!closed && writer.isOpen()) {
                    writer.tryWriteCancelled();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Tells the coordinator, before the next request, that a text is not referred to any more. */
    void forget(StatementText text) {
        writer.forget(text);
    }

    /** Bytes written and not yet taken by the coordinator. */
    long unconsumedBytes() {
        return writer.unconsumedBytes();
    }

    /** Keeps everybody out, then closes the writer. Idempotent; end the connection first, so that nobody holds the lock for long. */
    void close() {
        lock.lock();
        try {
            closed = true;
            writer.close();
        } finally {
            lock.unlock();
        }
    }

    /** The coordinator is gone: from now on nothing is written, and whoever wants to waits. */
    void suspend() {
        suspending = true;
        lock.lock();
        try {
            writer.close();
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
            writer.open(attachment);
            resending.run(this, writer.epoch());
            suspending = false;
            writer.tryWriteCancelled();
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
            if (writer.isOpen() || closed || replies.countWaiting(sessionId) > 0) {
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
        writer.write(buffer, lengthBytes);
    }

    private void awaitRoom(long lengthBytes, Resending resending) {
        while (!writer.hasRoom(lengthBytes)) {
            resending.check();
            LockSupport.parkNanos(FULL_PAUSE_NS);
        }
    }

    /** Writes a waiting request again; what nobody waits for any more is left out. */
    void writeAgain(long sequence, Resending resending) {
        final long[] lengthBytes = {0};
        if (!replies.whileWaiting(sequence, request -> {
            request.epoch(writer.epoch());
            lengthBytes[0] = request.lengthBytes();
            if (!RequestWriter.isLong(request)) {
                writer.stage(request);
            }
            writer.introduce(request.introducedStatement());
        })) {
            return;
        }
        final long totalBytes = lengthBytes[0];
        if (totalBytes <= Request.MAX_RECORD_BYTES) {
            awaitRoom(totalBytes, resending);
            writer.writeStaged((int) totalBytes);
            return;
        }
        for (long offset = 0; offset < totalBytes; offset += RequestWriter.PIECE_BYTES) {
            final int recordBytes = RequestWriter.pieceRecordBytes(totalBytes, offset);
            awaitRoom(recordBytes, resending);
            final long from = offset;
            // Copied while it waits, so that its owner cannot be writing the next one there.
            if (!replies.whileWaiting(sequence, request -> writer.stagePiece(request, sequence, totalBytes, from))) {
                writer.cancel(sequence, 0);
                return;
            }
            writer.writeStaged(recordBytes);
        }
    }

    private Sent write(Request request, Call call, long deadlineNs, @Nullable Runnable listener) {
        final boolean isLong = RequestWriter.isLong(request);
        final long sequence = lastSequence + 1;
        lastSequence = sequence;
        request.sequence(sequence);
        request.epoch(writer.epoch());
        call.begin(sequence, request, deadlineNs, listener);
        if (replies.add(sequence, call) != null) {
            return Sent.ENDED;
        }
        // Once the record is visible the reply may come, and the owner's next request be encoded.
        final @Nullable StatementText introduced = request.introducedStatement();
        boolean written = false;
        try {
            if (isLong) {
                final Sent sent = writePieces(request, sequence, deadlineNs);
                written = sent == Sent.SENT;
                if (!written) {
                    return sent;
                }
            } else {
                writer.write(request.head(), (int) request.lengthBytes());
                written = true;
            }
            writer.introduce(introduced);
            return Sent.SENT;
        } finally {
            if (!written) {
                replies.remove(sequence);
                call.abandon();
                if (isLong) {
                    // The pieces sent so far would lie in the coordinator's memory.
                    writer.cancel(sequence, 0);
                    writer.tryWriteCancelled();
                }
            }
        }
    }

    private Sent writePieces(Request request, long sequence, long deadlineNs) {
        final long totalBytes = request.lengthBytes();
        for (long offset = 0; offset < totalBytes; offset += RequestWriter.PIECE_BYTES) {
            final int recordBytes = RequestWriter.pieceRecordBytes(totalBytes, offset);
            while (!writer.hasRoom(recordBytes)) {
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
                writer.writeCancelled();
                LockSupport.parkNanos(FULL_PAUSE_NS);
            }
            writer.stagePiece(request, sequence, totalBytes, offset);
            writer.writeStaged(recordBytes);
        }
        return Sent.SENT;
    }

    /** True when it was written, or need not be. */
    private boolean writeCredit(long sequence, int sessionId, int creditBytes) {
        // Without a coordinator there is no result either.
        return closed || suspending || replies.ended() != null || writer.writeCredit(sequence, sessionId, creditBytes);
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
