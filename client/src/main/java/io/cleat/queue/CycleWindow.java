// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/** One cycle file, read through a window of plain memory. Thread-confined. */
final class CycleWindow implements AutoCloseable {
    /** The largest document that is read; what claims to be larger is damaged. */
    static final int MAX_DOCUMENT_BYTES = 1 << 28;

    private static final int WINDOW_BYTES = 64 << 10;

    private final FileChannel channel;
    /** Set in a header while its document is written; Chronicle's Wires.NOT_COMPLETE. */
    private static final int NOT_COMPLETE = 0x8000_0000;

    private byte[] bytes = new byte[WINDOW_BYTES];
    private long start;
    private int filled;

    CycleWindow(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    long sizeBytes() throws IOException {
        return channel.size();
    }

    /** The document header at a position; 0 at or past the end of the file, or when it is not written yet. */
    int header(long position) throws IOException {
        int header = inside(position, Integer.BYTES) ? headerInside(position) : 0;
        if (header == 0 || (header & NOT_COMPLETE) != 0) {
            // What was not there, or being written, when the window was filled may be complete by now.
            fill(position, Integer.BYTES);
            header = inside(position, Integer.BYTES) ? headerInside(position) : 0;
        }
        return header;
    }

    /** Points a buffer at bytes of the file; false when the file ends before them. Valid until the next call here. */
    boolean read(long position, int length, UnsafeBuffer into) throws IOException {
        if (!inside(position, length)) {
            fill(position, length);
        }
        if (!inside(position, length)) {
            return false;
        }
        into.wrap(bytes, (int) (position - start), length);
        return true;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean inside(long position, int length) {
        return position >= start && position + length <= start + filled;
    }

    private int headerInside(long position) {
        return ByteBuffer.wrap(bytes).order(RecordFrame.ORDER).getInt((int) (position - start));
    }

    private void fill(long position, int length) throws IOException {
        if (bytes.length < length) {
            bytes = new byte[length];
        }
        start = position;
        filled = 0;
        ByteBuffer into = ByteBuffer.wrap(bytes);
        while (into.hasRemaining()) {
            int count = channel.read(into, position + filled);
            if (count <= 0) {
                break;
            }
            filled += count;
        }
    }
}
