// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a writer was told that it wrote, in a mapped file that survives the writer's death at any moment.
 *
 * <pre>
 *   0  sequence | 8  checksum      written for even sequences
 *  16  sequence | 24 checksum      written for odd ones; checksum first, then the sequence
 * </pre>
 *
 * <p>The slot with the larger sequence is whole: the other one is the only one that a write can have torn. Threading: one writer;
 * read after it has ended, or by a reader content with a recent value.
 */
final class Acknowledged {
    private static final int SLOT_BYTES = 16;

    private final UnsafeBuffer buffer;

    private Acknowledged(MappedByteBuffer mapped) {
        buffer = new UnsafeBuffer(mapped);
    }

    /**
     * Opens the file and makes it when it is missing.
     *
     * @param file its path.
     * @return mapped until it is garbage.
     * @throws IOException when that fails.
     */
    static Acknowledged open(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new Acknowledged(channel.map(FileChannel.MapMode.READ_WRITE, 0, 2L * SLOT_BYTES));
        }
    }

    /**
     * Notes that all rows up to one were acknowledged.
     *
     * @param sequence of the last one, one more than the last time.
     * @param checksum of all of them.
     */
    void set(long sequence, long checksum) {
        final int offset = (int) (sequence & 1) * SLOT_BYTES;
        buffer.putLong(offset + Long.BYTES, checksum);
        buffer.putLongRelease(offset, sequence);
    }

    /** {@return the sequence of the last row acknowledged, which is also their number; 0 for none} */
    long sequence() {
        return buffer.getLongAcquire(newest());
    }

    /** {@return the checksum of all rows acknowledged} */
    long checksum() {
        return buffer.getLong(newest() + Long.BYTES);
    }

    private int newest() {
        return buffer.getLongAcquire(0) >= buffer.getLongAcquire(SLOT_BYTES) ? 0 : SLOT_BYTES;
    }
}
