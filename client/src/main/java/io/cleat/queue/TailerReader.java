// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.io.ClosedIllegalStateException;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.Wire;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads a live queue through Chronicle's mapping: no copy, no allocation. Thread-confined. */
final class TailerReader implements RecordReader {
    private static final int INTERRUPT_RETRIES = 1000;

    private final RecordQueue queue;
    private final ExcerptTailer tailer;
    private final int maxDocumentBytes;
    private final RecordFrame frame = new RecordFrame();
    private final UnsafeBuffer document = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer payload = new UnsafeBuffer(0, 0);
    private int cycle = -1;
    private long cycleBytes;
    private long index = -1;
    private long damagedCount;
    private boolean interrupted;
    private boolean closed;

    TailerReader(RecordQueue queue, ExcerptTailer tailer, QueueSettings settings) {
        this.queue = queue;
        this.tailer = tailer;
        this.maxDocumentBytes = settings.blockSizeBytes() / 4;
    }

    @Override
    public int poll(RecordHandler handler, int limit) {
        if (closed) {
            throw new CleatException(ErrorCode.CLOSED, "reader closed directory=" + queue.directory());
        }
        interrupted = Thread.interrupted();
        int count = 0;
        try {
            while (count < limit && !closed) {
                DocumentContext context = next();
                if (!context.isPresent()) {
                    break;
                }
                count++;
                try {
                    deliver(context, handler);
                } finally {
                    context.close();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return count;
    }

    @Override
    public int cycle() {
        return cycle;
    }

    @Override
    public long cycleBytes() {
        return cycleBytes;
    }

    @Override
    public long index() {
        return index;
    }

    @Override
    public long damagedCount() {
        return damagedCount;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            RecordQueue.uninterrupted(tailer::close);
            queue.closed(this);
        }
    }

    private DocumentContext next() {
        for (int retries = 0; ; retries++) {
            try {
                return tailer.readingDocument();
            } catch (ClosedIllegalStateException e) {
                throw new CleatException(ErrorCode.CLOSED, "queue closed directory=" + queue.directory(), e);
            } catch (RuntimeException | AssertionError | InternalError | OutOfMemoryError e) {
                // An interrupt can fail the mapping of the next block; the position is unchanged.
                if (!Thread.interrupted() || retries == INTERRUPT_RETRIES) {
                    throw new CleatException(
                            ErrorCode.DAMAGED,
                            "no next record can be found in the queue directory=" + queue.directory() + " after cycle="
                                    + cycle + " cycleBytes=" + cycleBytes,
                            e);
                }
                interrupted = true;
            }
        }
    }

    private void deliver(DocumentContext context, RecordHandler handler) {
        Wire wire = context.wire();
        if (wire == null) {
            throw new IllegalStateException("a document without a wire");
        }
        Bytes<?> bytes = wire.bytes();
        long at = bytes.readPosition();
        long size = bytes.readRemaining();
        index = context.index();
        cycle = (int) (index >>> CycleFiles.CYCLE_SHIFT);
        cycleBytes = at + size;
        if (size > maxDocumentBytes) {
            damaged(handler, at, "documentBytes=" + size + " exceeds " + maxDocumentBytes);
            return;
        }
        long address = bytes.addressForRead(at, (int) size);
        document.wrap(address, (int) size);
        int length = RecordFrame.payloadLength(document);
        if (length < 0) {
            damaged(handler, at, "length does not fit documentBytes=" + size);
            return;
        }
        payload.wrap(address + RecordFrame.PAYLOAD_OFFSET, length);
        int expected = document.getInt(RecordFrame.CRC_OFFSET, RecordFrame.ORDER);
        int actual = frame.checksum(payload, 0, length);
        if (expected != actual) {
            damaged(handler, at, "checksum expected=" + expected + " actual=" + actual + " length=" + length);
            return;
        }
        handler.onRecord(payload, 0, length);
    }

    private void damaged(RecordHandler handler, long at, String what) {
        damagedCount++;
        handler.onDamaged(index, "cycle=" + cycle + " position=" + at + ": " + what);
    }
}
