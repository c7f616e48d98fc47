// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a queue's files with plain reads and maps nothing, so that it can neither change them nor be killed by them,
 * whatever is in them and whoever cuts them meanwhile. It knows as much of Chronicle's format as that needs: a file is
 * a sequence of documents, each with a header of four bytes at a multiple of four.
 *
 * <pre>
 *   bit 31  not complete      bit 30  metadata (file header, index)      bits 29..0  length
 *   0: nothing yet            0xC0000000: end of the cycle
 * </pre>
 *
 * Slower than mapping; for tools. Thread-confined.
 */
final class ScanReader implements RecordReader {
    private static final int NOT_COMPLETE = 1 << 31;
    private static final int METADATA = 1 << 30;
    private static final int LENGTH_MASK = METADATA - 1;
    private static final int END_OF_CYCLE = NOT_COMPLETE | METADATA;
    private static final int HEADER_BYTES = 4;

    private final Path directory;
    private final RecordFrame frame = new RecordFrame();
    private final UnsafeBuffer document = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer payload = new UnsafeBuffer(0, 0);
    private @Nullable CycleWindow window;
    private int fileCycle = -1;
    private long position;
    private int sequence;
    private boolean broken;
    private int cycle = -1;
    private long cycleBytes;
    private long index = -1;
    private long damagedCount;
    private boolean closed;

    ScanReader(Path directory) {
        this.directory = directory;
    }

    @Override
    public int poll(RecordHandler handler, int limit) {
        if (closed) {
            throw new CleatException(ErrorCode.CLOSED, "reader closed directory=" + directory);
        }
        boolean interrupted = Thread.interrupted();
        int count = 0;
        try {
            while (count < limit && !closed) {
                try {
                    int delivered = step(handler);
                    if (delivered < 0) {
                        break;
                    }
                    count += delivered;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    reopen();
                }
            }
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot read cycle=" + fileCycle + " of directory=" + directory, e);
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
        closed = true;
        leave();
    }

    /** Reads past all that is there, damaged or not. */
    void toEnd() {
        RecordHandler nobody = new RecordHandler() {
            @Override
            public void onRecord(DirectBuffer buffer, int offset, int length) {}

            @Override
            public void onDamaged(long damagedIndex, String reason) {}
        };
        while (poll(nobody, Integer.MAX_VALUE) > 0) {}
        damagedCount = 0;
    }

    /** Moves by one document or one file. Returns records delivered, 0 or 1, or −1 when nothing more is there. */
    private int step(RecordHandler handler) throws IOException {
        CycleWindow file = window;
        if (file == null) {
            return nextCycle() ? 0 : -1;
        }
        int header = broken ? 0 : file.header(position);
        if (header == 0 || header == END_OF_CYCLE) {
            return endOfCycle(file, header);
        }
        if ((header & NOT_COMPLETE) != 0) {
            return hasLaterCycle() ? endOfCycle(file, END_OF_CYCLE) : -1;
        }
        int size = header & LENGTH_MASK;
        long at = position + HEADER_BYTES;
        if (at + size > file.sizeBytes()) {
            broken = true;
            return damaged(handler, "documentBytes=" + size + " end after the file sizeBytes=" + file.sizeBytes());
        }
        if ((header & METADATA) != 0) {
            position = at + size + 3 & ~3L;
            return 0;
        }
        return record(handler, file, at, size);
    }

    private int record(RecordHandler handler, CycleWindow file, long at, int size) throws IOException {
        cycle = fileCycle;
        index = ((long) fileCycle << CycleFiles.CYCLE_SHIFT) + sequence++;
        cycleBytes = at + size;
        String wrong = size > CycleWindow.MAX_DOCUMENT_BYTES ? "documentBytes=" + size : check(file, at, size);
        if (wrong != null) {
            int count = damaged(handler, wrong);
            position = at + size + 3 & ~3L;
            return count;
        }
        position = at + size + 3 & ~3L;
        handler.onRecord(payload, 0, payload.capacity());
        return 1;
    }

    private @Nullable String check(CycleWindow file, long at, int size) throws IOException {
        if (!file.read(at, size, document)) {
            return "the file was cut";
        }
        int length = RecordFrame.payloadLength(document);
        if (length < 0) {
            return "length does not fit documentBytes=" + size;
        }
        int expected = document.getInt(RecordFrame.CRC_OFFSET, RecordFrame.ORDER);
        int actual = frame.checksum(document, RecordFrame.PAYLOAD_OFFSET, length);
        if (expected != actual) {
            return "checksum expected=" + expected + " actual=" + actual + " length=" + length;
        }
        payload.wrap(document, RecordFrame.PAYLOAD_OFFSET, length);
        return null;
    }

    private int damaged(RecordHandler handler, String what) {
        damagedCount++;
        handler.onDamaged(
                ((long) fileCycle << CycleFiles.CYCLE_SHIFT) + sequence,
                "cycle=" + fileCycle + " position=" + position + ": " + what);
        return 1;
    }

    /** A cycle ends with its mark, or, when its last writer was killed, with the existence of a later one. */
    private int endOfCycle(CycleWindow file, int header) throws IOException {
        if (header != END_OF_CYCLE) {
            if (!hasLaterCycle()) {
                return -1;
            }
            // What was written here was written before the later file came to be: one more look tells it all.
            if (!broken && file.header(position) != 0) {
                return 0;
            }
        }
        return nextCycle() ? 0 : -1;
    }

    private boolean hasLaterCycle() {
        int[] cycles = CycleFiles.list(directory);
        return cycles.length > 0 && cycles[cycles.length - 1] > fileCycle;
    }

    private boolean nextCycle() throws IOException {
        for (int next : CycleFiles.list(directory)) {
            if (next > fileCycle) {
                try {
                    CycleWindow opened = new CycleWindow(CycleFiles.path(directory, next));
                    leave();
                    window = opened;
                    fileCycle = next;
                    position = 0;
                    sequence = 0;
                    broken = false;
                    return true;
                } catch (NoSuchFileException e) {
                    // Pruned between the listing and now; the next one will do.
                }
            }
        }
        return false;
    }

    /** An interrupt closed our channel, and nobody else's. */
    private void reopen() throws IOException {
        leave();
        try {
            window = new CycleWindow(CycleFiles.path(directory, fileCycle));
        } catch (NoSuchFileException e) {
            window = null;
        }
    }

    private void leave() {
        CycleWindow file = window;
        window = null;
        if (file != null) {
            file.close();
        }
    }
}
