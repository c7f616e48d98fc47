// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class InterruptTest {
    private static final int COUNT = 200_000;

    @TempDir
    Path directory;

    private final Records.Cycle cycle = new Records.Cycle();
    private int read;

    @Test
    void shouldKeepTheFlagWhenInterruptedBeforeACall() {
        try (RecordQueue queue = Records.queue(directory, cycle)) {
            Thread.currentThread().interrupt();
            RecordWriter writer = queue.writer();
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            Records.write(writer, 1);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            RecordReader reader = queue.readerFromStart();
            assertThat(new Records().drain(reader).numbers).containsExactly(1L);
            assertThat(Thread.interrupted()).isTrue();
            Records.write(writer, 2);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }

    @Test
    void shouldLoseNothingWhenInterruptedAllTheTime() throws Exception {
        try (RecordQueue queue =
                        RecordQueue.create(directory, QueueSettings.of(cycle).withBlockSizeBytes(256 << 10));
                RecordQueue other =
                        RecordQueue.open(directory, QueueSettings.of(cycle).withBlockSizeBytes(256 << 10))) {
            RecordWriter writer = queue.writer();
            RecordReader reader = queue.readerFromStart();
            RecordWriter rival = other.writer();
            Thread victim = Thread.currentThread();
            AtomicBoolean stop = new AtomicBoolean();
            Thread tormentor = new Thread(() -> {
                while (!stop.get()) {
                    victim.interrupt();
                    LockSupport.parkNanos(1000);
                }
            });
            // Contends for the write lock: waiting is where the library looks at the flag.
            Thread competitor = new Thread(() -> {
                UnsafeBuffer record = Records.record(-1, 64);
                while (!stop.get()) {
                    rival.write(record, 0, 64);
                    LockSupport.parkNanos(20_000);
                }
            });
            tormentor.start();
            competitor.start();
            int flags = 0;
            try {
                UnsafeBuffer record = new UnsafeBuffer(new byte[100]);
                for (int i = 0; i < COUNT; i++) {
                    record.putLong(0, i);
                    writer.write(record, 0, 100);
                    reader.poll(handler, 10);
                    if (i % 20_000 == 0) {
                        cycle.bump();
                    }
                    flags += Thread.interrupted() ? 1 : 0;
                }
            } finally {
                stop.set(true);
                join(tormentor);
                join(competitor);
                Thread.interrupted();
            }
            while (reader.poll(handler, 100) > 0) {}
            assertThat(read).isEqualTo(COUNT);
            assertThat(flags).isGreaterThan(100);
            Records.write(writer, 1);
            assertThat(new Records()
                            .drain(other.readerFromStart()).numbers.stream()
                                    .filter(n -> n >= 0)
                                    .count())
                    .isEqualTo(COUNT + 1);
        }
    }

    /** The tormentor may strike once more while we wait for it. */
    private static void join(Thread thread) {
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                assertThat(e).isNotNull();
            }
        }
    }

    private final RecordHandler handler = new RecordHandler() {
        @Override
        public void onRecord(DirectBuffer buffer, int offset, int length) {
            long number = buffer.getLong(offset);
            if (number >= 0) {
                assertThat(number).isEqualTo(read);
                read++;
            }
        }

        @Override
        public void onDamaged(long index, String reason) {
            throw new AssertionError(reason);
        }
    };
}
