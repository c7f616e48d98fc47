// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** What the tests of this package share: numbered records and a handler that keeps them. Thread-confined. */
final class Records implements RecordHandler {
    final List<Long> numbers = new ArrayList<>();
    final List<String> damaged = new ArrayList<>();

    @Override
    public void onRecord(DirectBuffer buffer, int offset, int length) {
        numbers.add(buffer.getLong(offset));
    }

    @Override
    public void onDamaged(long index, String reason) {
        damaged.add(reason);
    }

    /** Reads until nothing more is there. */
    Records drain(RecordReader reader) {
        while (reader.poll(this, 1000) > 0) {}
        return this;
    }

    /** A record of so many bytes (8 or more) that begins with a number and is filled from it. */
    static UnsafeBuffer record(long number, int length) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        buffer.setMemory(0, length, (byte) (number * 31 + 7));
        buffer.putLong(0, number);
        return buffer;
    }

    static void write(RecordWriter writer, long... numbers) {
        for (long number : numbers) {
            UnsafeBuffer record = record(number, 8 + (int) (number % 50));
            writer.write(record, 0, record.capacity());
        }
    }

    /** A cycle counter that tests set. */
    static final class Cycle implements java.util.function.IntSupplier {
        volatile int value;

        /** One thread only. */
        void bump() {
            int next = value + 1;
            value = next;
        }

        @Override
        public int getAsInt() {
            return value;
        }
    }

    static RecordQueue queue(Path directory, Cycle cycle) {
        return RecordQueue.create(directory, QueueSettings.of(cycle));
    }
}
