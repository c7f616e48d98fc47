// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh.micro;

import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordHandler;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordReader;
import io.cleat.queue.RecordWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a record costs on its way through a queue in shared memory: checksum, write lock, copy, and back. One thread, so without
 * the latency between cores; {@code cleat bench} has that. Cycles are pruned, so that no run fills the memory.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@NullUnmarked // set up by JMH
public class QueueBenchmark {
    private static final int RECORD_BYTES = 100;
    private static final int RECORDS_A_CYCLE = 1 << 17;

    private final UnsafeBuffer record = new UnsafeBuffer(new byte[RECORD_BYTES]);
    private final Sum sum = new Sum();
    private Path directory;
    private RecordQueue queue;
    private RecordWriter writer;
    private RecordReader reader;
    private int cycle;
    private long written;

    /** Made by JMH. */
    public QueueBenchmark() {}

    private static final class Sum implements RecordHandler {
        private long value;

        @Override
        public void onRecord(DirectBuffer buffer, int offset, int length) {
            value += buffer.getLong(offset);
        }

        @Override
        public void onDamaged(long index, String reason) {
            throw new IllegalStateException(reason);
        }
    }

    /** Makes a queue of its own. */
    @Setup
    public void open() throws IOException {
        directory = Scratch.sharedFolder();
        queue = RecordQueue.create(directory, QueueSettings.of(() -> cycle));
        writer = queue.writer();
        reader = queue.readerFromStart();
    }

    /** Deletes it. */
    @TearDown
    public void close() {
        queue.close();
        Scratch.delete(directory);
    }

    /** {@return the sum of what was read: a record is appended, and read by the same thread} */
    @Benchmark
    public long appendAndRead() {
        if (++written % RECORDS_A_CYCLE == 0) {
            cycle++;
            queue.prune(cycle - 1);
        }
        record.putLong(0, written);
        writer.write(record, 0, RECORD_BYTES);
        if (reader.poll(sum, 1) == 0) {
            reader.poll(sum, 1);
        }
        return sum.value;
    }

    /** {@return 0: looks whether there is a record, and there is none} */
    @Benchmark
    public int emptyPoll() {
        return reader.poll(sum, 1);
    }
}
