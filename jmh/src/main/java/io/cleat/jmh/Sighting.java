// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Two numbers in shared memory by which a listener's JVM tells a writer's JVM what it has seen last, and when: {@code System.nanoTime()} is
 * the same clock in all processes of a machine.
 *
 * <p>{@link #saw} by one thread, the rest by another.
 */
final class Sighting {
    private static final int NUMBER_OFFSET = 0;
    private static final int TIME_OFFSET = 128;
    private static final int LENGTH = 256;

    private final UnsafeBuffer buffer;

    private Sighting(UnsafeBuffer buffer) {
        this.buffer = buffer;
    }

    /** Maps the file, making it when it is missing. */
    static Sighting open(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new Sighting(new UnsafeBuffer(
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH).order(ByteOrder.nativeOrder())));
        }
    }

    /** Tells that a number was seen now; numbers grow. */
    void saw(long number) {
        buffer.putLong(TIME_OFFSET, System.nanoTime());
        buffer.putLongRelease(NUMBER_OFFSET, number);
    }

    /** {@return the number seen last} */
    long number() {
        return buffer.getLongAcquire(NUMBER_OFFSET);
    }

    /** {@return when it was seen} */
    long timeNs() {
        return buffer.getLong(TIME_OFFSET);
    }
}
