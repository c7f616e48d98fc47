// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RecordQueueTest {
    @TempDir
    Path directory;

    private final Records.Cycle cycle = new Records.Cycle();

    @Test
    void shouldDeliverEveryRecordExactlyWhenLengthsAndBuffersDiffer() {
        QueueSettings settings = QueueSettings.of(cycle);
        try (RecordQueue queue = RecordQueue.create(directory.resolve("q"), settings)) {
            RecordWriter writer = queue.writer();
            RecordReader reader = queue.readerFromStart();
            RecordReader scan = RecordQueue.openReadOnly(directory.resolve("q")).readerFromStart();
            List<byte[]> written = new ArrayList<>();
            int[] lengths = {1, 2, 3, 4, 5, 7, 8, 9, 100, 4095, 4096, 4097, 65_536, 262_144, settings.maxRecordBytes()};
            for (int round = 0; round < 3; round++) {
                for (int length : lengths) {
                    byte[] bytes = new byte[length];
                    for (int i = 0; i < length; i++) {
                        bytes[i] = (byte) (i * 7 + length + round);
                    }
                    written.add(bytes);
                    UnsafeBuffer source = round == 1
                            ? new UnsafeBuffer(java.nio.ByteBuffer.allocateDirect(length + 3))
                            : new UnsafeBuffer(new byte[length + 3]);
                    source.putBytes(3, bytes);
                    int grown = writer.write(source, 3, length);
                    assertThat(grown).isBetween(length + 12, length + QueueSettings.RECORD_OVERHEAD_BYTES);
                }
            }
            assertSame(reader, written);
            assertSame(scan, written);
            assertThat(scan.index()).isEqualTo(reader.index());
            assertThat(scan.cycleBytes()).isEqualTo(reader.cycleBytes());
            assertThat(scan.cycle()).isEqualTo(reader.cycle()).isZero();
            scan.close();
        }
    }

    private static void assertSame(RecordReader reader, List<byte[]> written) {
        List<byte[]> read = new ArrayList<>();
        RecordHandler handler = new RecordHandler() {
            @Override
            public void onRecord(DirectBuffer buffer, int offset, int length) {
                assertThat(buffer.capacity() - offset).isEqualTo(length);
                byte[] bytes = new byte[length];
                buffer.getBytes(offset, bytes);
                read.add(bytes);
            }

            @Override
            public void onDamaged(long index, String reason) {
                throw new AssertionError(reason);
            }
        };
        while (reader.poll(handler, 2) > 0) {}
        assertThat(read).hasSize(written.size());
        for (int i = 0; i < read.size(); i++) {
            assertThat(read.get(i)).isEqualTo(written.get(i));
        }
    }

    @Test
    void shouldSeeOnlyNewRecordsWhenReaderBeginsAtTheEnd() {
        try (RecordQueue queue = Records.queue(directory.resolve("q"), cycle);
                RecordQueue looking = RecordQueue.openReadOnly(directory.resolve("q"))) {
            RecordReader whenEmpty = queue.readerFromEnd();
            assertThat(whenEmpty.poll(new Records(), 10)).isZero();
            RecordWriter writer = queue.writer();
            Records.write(writer, 1, 2);
            RecordReader after = queue.readerFromEnd();
            RecordReader scanAfter = looking.readerFromEnd();
            assertThat(after.poll(new Records(), 10)).isZero();
            Records.write(writer, 3);
            cycle.value = 1;
            RecordReader afterBump = queue.readerFromEnd();
            Records.write(writer, 4);
            cycle.value = 2;
            RecordReader afterRoll = queue.readerFromEnd();
            assertThat(afterRoll.poll(new Records(), 10)).isZero();
            Records.write(writer, 5);

            assertThat(new Records().drain(whenEmpty).numbers).containsExactly(1L, 2L, 3L, 4L, 5L);
            assertThat(new Records().drain(after).numbers).containsExactly(3L, 4L, 5L);
            assertThat(new Records().drain(scanAfter).numbers).containsExactly(3L, 4L, 5L);
            assertThat(new Records().drain(afterBump).numbers).containsExactly(4L, 5L);
            assertThat(new Records().drain(afterRoll).numbers).containsExactly(5L);
        }
    }

    @Test
    void shouldMovePastTheRecordWhenTheHandlerThrows() {
        try (RecordQueue queue = Records.queue(directory.resolve("q"), cycle)) {
            Records.write(queue.writer(), 1, 2);
            RecordReader reader = queue.readerFromStart();
            RecordHandler throwing = new RecordHandler() {
                @Override
                public void onRecord(DirectBuffer buffer, int offset, int length) {
                    throw new IllegalStateException("mine");
                }

                @Override
                public void onDamaged(long index, String reason) {}
            };
            assertThatThrownBy(() -> reader.poll(throwing, 10)).hasMessage("mine");
            assertThat(new Records().drain(reader).numbers).containsExactly(2L);
        }
    }

    @Test
    void shouldRefuseWhenTheRangeOrTheLengthIsWrong() {
        QueueSettings settings = QueueSettings.of(cycle).withBlockSizeBytes(64 << 10);
        try (RecordQueue queue = RecordQueue.create(directory.resolve("q"), settings)) {
            RecordWriter writer = queue.writer();
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[32 << 10]);
            assertCode(() -> writer.write(buffer, 0, 0), ErrorCode.MISUSE);
            assertCode(() -> writer.write(buffer, -1, 4), ErrorCode.MISUSE);
            assertCode(() -> writer.write(buffer, (32 << 10) - 3, 4), ErrorCode.MISUSE);
            assertCode(() -> writer.write(buffer, 0, settings.maxRecordBytes() + 1), ErrorCode.LIMIT);
            Records.write(writer, 9);
            assertThat(new Records().drain(queue.readerFromStart()).numbers).containsExactly(9L);
        }
    }

    @Test
    void shouldSayClosedWhenUsedAfterClose() {
        RecordQueue queue = Records.queue(directory.resolve("q"), cycle);
        RecordWriter writer = queue.writer();
        RecordReader reader = queue.readerFromStart();
        RecordReader own = queue.readerFromStart();
        own.close();
        own.close();
        assertCode(() -> own.poll(new Records(), 1), ErrorCode.CLOSED);
        queue.close();
        queue.close();
        assertCode(() -> Records.write(writer, 1), ErrorCode.CLOSED);
        assertCode(writer::microTouch, ErrorCode.CLOSED);
        assertCode(() -> reader.poll(new Records(), 1), ErrorCode.CLOSED);
        assertCode(queue::writer, ErrorCode.CLOSED);
        assertCode(queue::readerFromStart, ErrorCode.CLOSED);
        assertCode(() -> queue.prune(1), ErrorCode.CLOSED);
    }

    @Test
    void shouldRefuseToOpenWhenNoQueueOrAnotherShapeIsThere() {
        Path none = directory.resolve("none");
        assertCode(() -> RecordQueue.open(none, QueueSettings.of(cycle)), ErrorCode.IO);
        assertCode(() -> RecordQueue.openReadOnly(none), ErrorCode.IO);
        assertThat(none).doesNotExist();
        Path there = directory.resolve("q");
        Records.queue(there, cycle).close();
        assertCode(
                () -> RecordQueue.open(there, QueueSettings.of(cycle).withBlockSizeBytes(1 << 20)),
                ErrorCode.INCOMPATIBLE);
        RecordQueue.open(there, QueueSettings.of(cycle)).close();
    }

    @Test
    void shouldRefuseSettingsWhenOutOfRange() {
        QueueSettings settings = QueueSettings.of(cycle);
        assertCode(() -> settings.withBlockSizeBytes(100_000), ErrorCode.MISUSE);
        assertCode(() -> settings.withBlockSizeBytes(32 << 10), ErrorCode.MISUSE);
        assertCode(() -> settings.withWriteLockTimeoutMs(1), ErrorCode.MISUSE);
        assertCode(() -> settings.withStorageReserveBytes(-1), ErrorCode.MISUSE);
    }

    @Test
    void shouldChangeNothingWhenReadingOnly() throws Exception {
        Path there = directory.resolve("q");
        try (RecordQueue queue = Records.queue(there, cycle)) {
            Records.write(queue.writer(), 1, 2);
        }
        List<Object> before = state(there);
        try (RecordQueue looking = RecordQueue.openReadOnly(there)) {
            assertThat(new Records().drain(looking.readerFromStart()).numbers).containsExactly(1L, 2L);
            assertCode(looking::writer, ErrorCode.MISUSE);
            assertCode(() -> looking.prune(1), ErrorCode.MISUSE);
        }
        assertThat(state(there)).isEqualTo(before);
    }

    private static List<Object> state(Path there) throws Exception {
        List<Object> state = new ArrayList<>();
        try (var files = Files.list(there)) {
            for (Path file : files.sorted().toList()) {
                state.add(file.toString());
                state.add(Files.getLastModifiedTime(file));
                state.add(java.util.Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return state;
    }

    static void assertCode(org.assertj.core.api.ThrowableAssert.ThrowingCallable action, ErrorCode code) {
        assertThatThrownBy(action).isInstanceOfSatisfying(CleatException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }
}
