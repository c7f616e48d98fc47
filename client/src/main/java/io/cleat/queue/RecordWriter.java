// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.io.ClosedIllegalStateException;
import net.openhft.chronicle.core.threads.InterruptedRuntimeException;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.UnrecoverableTimeoutException;
import net.openhft.chronicle.wire.Wire;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Appends records to a queue. Writers of all processes take turns under the queue's write lock, which is held for one
 * short copy: fill your own buffer first.
 *
 * <p>Thread-confined unless the caller guards it with a lock: the check of Chronicle is off. The thread that owns the
 * writer closes it; a close that races with a write can crash the JVM.
 */
public final class RecordWriter implements AutoCloseable {
    private static final int DOCUMENT_HEADER_BYTES = 4;

    /** For tests: runs when the record is copied and not yet visible. */
    @Nullable
    Runnable insideDocument;

    private final RecordQueue queue;
    private final ExcerptAppender appender;
    private final SpaceGuard guard;
    private final int maxRecordBytes;
    private final long retryNs;
    private final RecordFrame frame = new RecordFrame();
    private final PageToucher toucher = new PageToucher();
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private boolean closed;
    private final IntSupplier cycles;
    private int privateCycle = -1;

    RecordWriter(RecordQueue queue, ExcerptAppender appender, SpaceGuard guard, QueueSettings settings) {
        this.queue = queue;
        this.appender = appender;
        this.guard = guard;
        this.maxRecordBytes = settings.maxRecordBytes();
        this.cycles = settings.cycle();
        this.retryNs = TimeUnit.MILLISECONDS.toNanos(2 * settings.writeLockTimeoutMs());
    }

    /**
     * Appends one record; readers see it whole or not at all. An interrupt of the thread neither stops the write nor
     * is lost: the flag is set again before this returns.
     *
     * @param source holds the record; not kept
     * @param offset where it begins
     * @param length its bytes, 1 to {@link QueueSettings#maxRecordBytes()}
     * @return bytes the queue grew by
     * @throws CleatException MISUSE when the range is wrong; LIMIT when the record is too long; STORAGE_FULL when the
     *     device is nearly full, before any memory is touched; TIMEOUT when another process holds the write lock for
     *     too long, with its pid; CLOSED; IO. In each case the record was not written
     */
    public int write(DirectBuffer source, int offset, int length) {
        ensureOpen();
        if (length < 1 || offset < 0 || offset > source.capacity() - length) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "not a range of the buffer offset=" + offset + " length=" + length + " capacity="
                            + source.capacity());
        }
        if (length > maxRecordBytes) {
            throw new CleatException(
                    ErrorCode.LIMIT, "record too long length=" + length + " maxRecordBytes=" + maxRecordBytes);
        }
        int queueBytes = queueBytes(length);
        guard.reserve(queueBytes);
        int cycle = cycles.getAsInt();
        if (cycle != privateCycle) {
            // Before the library makes it with the umask's mode, for all to see.
            QueueFiles.createPrivate(CycleFiles.path(queue.directory(), cycle));
            privateCycle = cycle;
        }
        int checksum = frame.checksum(source, offset, length);
        boolean interrupted = Thread.interrupted();
        try {
            if (!append(source, offset, length, checksum)) {
                interrupted = true;
                retry(source, offset, length, checksum);
            }
            written(appender.cycle());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return queueBytes;
    }

    /**
     * Touches one page of those that the next records will need, up to {@value PageToucher#AHEAD_BYTES} bytes ahead, so
     * that neither the next writes nor the readers wait for the operating system. Cheap; for idle time, as often as
     * there is any.
     *
     * @return true when a page was touched, false when there is nothing to do or too little space
     */
    public boolean microTouch() {
        ensureOpen();
        return toucher.touch(guard);
    }

    /** What a record of so many bytes takes in the queue. */
    static int queueBytes(int length) {
        return DOCUMENT_HEADER_BYTES + RecordFrame.PAYLOAD_OFFSET + length + 3 & ~3;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            toucher.forget();
            RecordQueue.uninterrupted(appender::close);
            queue.closed(this);
        }
    }

    /** False when an interrupt came between and nothing was written. */
    private boolean append(DirectBuffer source, int offset, int length, int checksum) {
        try (DocumentContext document = appender.writingDocument()) {
            try {
                copy(document, source, offset, length, checksum);
            } catch (Throwable t) {
                document.rollbackOnClose();
                throw t;
            }
            return true;
        } catch (InterruptedRuntimeException e) {
            return interruptedBefore(e);
        } catch (UnrecoverableTimeoutException e) {
            throw queue.lockTimeout(e);
        } catch (ClosedIllegalStateException e) {
            throw new CleatException(ErrorCode.CLOSED, "queue closed directory=" + queue.directory(), e);
        } catch (RuntimeException | AssertionError | InternalError | OutOfMemoryError e) {
            if (e instanceof Error) {
                queue.freeOwnLock();
            }
            throw new CleatException(
                    ErrorCode.IO, "cannot write to the queue directory=" + queue.directory() + " length=" + length, e);
        }
    }

    private void written(int cycle) {
        if (cycle != privateCycle) {
            // The cycle was raised between our look and the library's.
            privateCycle = cycle;
            QueueFiles.makePrivate(CycleFiles.path(queue.directory(), cycle));
        }
    }

    private void copy(DocumentContext document, DirectBuffer source, int offset, int length, int checksum) {
        Wire wire = document.wire();
        if (wire == null) {
            throw new IllegalStateException("a document without a wire");
        }
        Bytes<?> bytes = wire.bytes();
        long at = bytes.writePosition();
        int size = RecordFrame.PAYLOAD_OFFSET + length;
        view.wrap(bytes.addressForWrite(at), size);
        view.putInt(RecordFrame.LENGTH_OFFSET, length, RecordFrame.ORDER);
        view.putInt(RecordFrame.CRC_OFFSET, checksum, RecordFrame.ORDER);
        view.putBytes(RecordFrame.PAYLOAD_OFFSET, source, offset, length);
        Runnable hook = insideDocument;
        if (hook != null) {
            hook.run();
        }
        bytes.writePosition(at + size);
        toucher.wrote(bytes, at + size);
    }

    /** Somebody who interrupts all the time would have us wait for the lock for ever: each try starts its timeout anew. */
    private void retry(DirectBuffer source, int offset, int length, int checksum) {
        long startNs = System.nanoTime();
        while (!append(source, offset, length, checksum)) {
            if (System.nanoTime() - startNs > retryNs) {
                throw queue.lockTimeout(null);
            }
        }
    }

    /** Chronicle gives up waiting for the lock on an interrupt; then nothing was written. */
    private boolean interruptedBefore(InterruptedRuntimeException e) {
        if (!Thread.interrupted()) {
            throw new CleatException(ErrorCode.IO, "cannot write to the queue directory=" + queue.directory(), e);
        }
        return false;
    }

    private void ensureOpen() {
        if (closed) {
            throw new CleatException(ErrorCode.CLOSED, "writer closed directory=" + queue.directory());
        }
    }
}
