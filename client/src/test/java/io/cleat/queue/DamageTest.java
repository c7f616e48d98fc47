// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.SplittableRandom;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

@Timeout(120)
class DamageTest {
    private static final int CASES = Integer.getInteger("cleat.fuzz.cases", 20_000);
    private static final int LIVE_CASES = Integer.getInteger("cleat.fuzz.liveCases", 1000);

    @TempDir(factory = InMemory.class)
    Path directory;

    /** A thousand rewritten files a second want memory, not a disk. */
    static final class InMemory implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws Exception {
            Path memory = Path.of("/dev/shm");
            return Files.isDirectory(memory)
                    ? Files.createTempDirectory(memory, "cleat-test")
                    : Files.createTempDirectory("cleat-test");
        }
    }

    private final Records.Cycle cycle = new Records.Cycle();

    @Test
    void shouldSkipTheRecordWhenAByteOfItIsFlipped() throws Exception {
        try (RecordQueue queue = Records.queue(directory, cycle)) {
            RecordWriter writer = queue.writer();
            RecordReader reader = queue.readerFromStart();
            Records.write(writer, 1);
            assertThat(reader.poll(new Records(), 1)).isOne();
            long at = reader.cycleBytes() + 3 & ~3L;
            Records.write(writer, 2, 3);
            try (RandomAccessFile file =
                    new RandomAccessFile(CycleFiles.path(directory, 0).toFile(), "rw")) {
                file.seek(at + 4 + RecordFrame.PAYLOAD_OFFSET);
                int old = file.read();
                file.seek(at + 4 + RecordFrame.PAYLOAD_OFFSET);
                file.write(old ^ 1);
            }
            Records read = new Records().drain(reader);
            assertThat(read.numbers).containsExactly(3L);
            assertThat(read.damaged).singleElement().asString().contains("checksum");
            assertThat(reader.damagedCount()).isOne();
            try (RecordQueue looking = RecordQueue.openReadOnly(directory)) {
                Records scanned = new Records().drain(looking.readerFromStart());
                assertThat(scanned.numbers).containsExactly(1L, 3L);
                assertThat(scanned.damaged).hasSize(1);
            }
        }
    }

    /** Whatever is done to the files: what is delivered was written, in order, and nothing is thrown. */
    @Test
    void shouldDeliverOnlyWhatWasWrittenWhenFilesAreDamaged() throws Exception {
        int records = 60;
        try (RecordQueue queue = Records.queue(directory, cycle)) {
            RecordWriter writer = queue.writer();
            for (int i = 0; i < records; i++) {
                cycle.value = i / 20;
                Records.write(writer, i);
            }
        }
        byte[][] originals = new byte[3][];
        for (int i = 0; i < 3; i++) {
            byte[] whole = Files.readAllBytes(CycleFiles.path(directory, i));
            originals[i] = java.util.Arrays.copyOf(whole, 48 << 10);
        }
        long seed = new Random().nextLong();
        System.out.println("DamageTest seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < CASES; i++) {
            int damagedCycle = random.nextInt(3);
            byte[] bytes = originals[damagedCycle].clone();
            bytes = damage(bytes, random);
            Files.write(CycleFiles.path(directory, damagedCycle), bytes);
            verify(seed, i, records);
            Files.write(CycleFiles.path(directory, damagedCycle), originals[damagedCycle]);
        }
    }

    /**
     * A process that opens damaged files for writing goes through the library, which trusts what it maps: it may stall,
     * skip or fail, but it must say so in our words and must not take the JVM with it.
     */
    @Test
    void shouldFailClearlyWhenALiveQueueIsDamaged() throws Exception {
        try (RecordQueue queue = Records.queue(directory, cycle)) {
            RecordWriter writer = queue.writer();
            for (int i = 0; i < 60; i++) {
                cycle.value = i / 20;
                Records.write(writer, i);
            }
        }
        byte[] original = java.util.Arrays.copyOf(Files.readAllBytes(CycleFiles.path(directory, 2)), 48 << 10);
        long seed = Long.getLong("cleat.fuzz.seed", new Random().nextLong());
        System.out.println("DamageTest live seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        QueueLog.install((level, source, message, thrown) -> {});
        int failed = 0;
        for (int i = 0; i < LIVE_CASES; i++) {
            byte[] bytes = damage(original.clone(), random);
            Files.deleteIfExists(CycleFiles.path(directory, 3));
            Files.deleteIfExists(CycleFiles.path(directory, 2));
            Files.write(CycleFiles.path(directory, 2), bytes);
            cycle.value = 2;
            Records read = new Records();
            try (RecordQueue queue =
                    RecordQueue.open(directory, QueueSettings.of(cycle).withWriteLockTimeoutMs(50))) {
                read.drain(queue.readerFromStart());
                cycle.value = i % 2 == 0 ? 2 : 3;
                Records.write(queue.writer(), 1000);
            } catch (CleatException e) {
                assertThat(e.code()).as("seed=%s case=%s %s", seed, i, e).isNotEqualTo(ErrorCode.TIMEOUT);
                failed++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("live seed=" + seed + " case=" + i, e);
            }
            assertThat(read.numbers).as("seed=%s case=%s", seed, i).isSorted();
        }
        System.out.println("live cases=" + LIVE_CASES + " failed=" + failed);
    }

    private void verify(long seed, int number, int records) {
        try (RecordQueue looking = RecordQueue.openReadOnly(directory);
                RecordReader reader = looking.readerFromStart()) {
            long[] last = {-1};
            RecordHandler handler = new RecordHandler() {
                @Override
                public void onRecord(DirectBuffer buffer, int offset, int length) {
                    long value = buffer.getLong(offset);
                    assertThat(value).isGreaterThan(last[0]).isLessThan(records);
                    assertThat(length).isEqualTo(8 + (int) (value % 50));
                    last[0] = value;
                }

                @Override
                public void onDamaged(long index, String reason) {
                    assertThat(reason).startsWith("cycle=");
                }
            };
            int rounds = 0;
            while (reader.poll(handler, 100) > 0) {
                assertThat(rounds++).isLessThan(10_000);
            }
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed=" + seed + " case=" + number, e);
        }
    }

    static byte[] damage(byte[] bytes, SplittableRandom random) {
        int kind = random.nextInt(4);
        int flips = kind == 0 ? 0 : 1 + random.nextInt(kind == 1 ? 1 : 40);
        for (int i = 0; i < flips; i++) {
            // Most of the damage goes where the headers and records are.
            int bound = random.nextInt(4) == 0 ? bytes.length : 36 << 10;
            bytes[random.nextInt(bound)] ^= (byte) (1 << random.nextInt(8));
        }
        return kind == 0 || kind == 3 ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }
}
