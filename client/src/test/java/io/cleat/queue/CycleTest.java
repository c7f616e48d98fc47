// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readers cross cycles. Every test has a live reader (mapping) and one that scans. */
@Timeout(60)
class CycleTest {
    @TempDir
    Path directory;

    private final Records.Cycle cycle = new Records.Cycle();

    @Test
    void shouldReadOnWhenTheWriterRolledAndContinued() {
        try (RecordQueue queue = Records.queue(directory, cycle);
                RecordQueue looking = RecordQueue.openReadOnly(directory)) {
            RecordWriter writer = queue.writer();
            RecordReader live = queue.readerFromStart();
            RecordReader scan = looking.readerFromStart();
            Records fromLive = new Records();
            Records fromScan = new Records();
            for (int i = 0; i < 50; i++) {
                Records.write(writer, 2L * i, 2L * i + 1);
                fromLive.drain(live);
                fromScan.drain(scan);
                assertThat(live.cycle()).isEqualTo(scan.cycle()).isEqualTo(cycle.value);
                assertThat(live.index()).isEqualTo(scan.index());
                cycle.bump();
                // Bumped, and nobody has written yet.
                assertThat(live.poll(fromLive, 1)).isZero();
                assertThat(live.poll(fromLive, 1)).isZero();
                assertThat(scan.poll(fromScan, 1)).isZero();
            }
            assertThat(fromLive.numbers).hasSize(100).isSorted().isEqualTo(fromScan.numbers);
            assertThat(queue.cycles()).hasSize(50);
        }
    }

    @Test
    void shouldReadOnWhenSeveralCyclesWereSkipped() {
        try (RecordQueue queue = Records.queue(directory, cycle);
                RecordQueue looking = RecordQueue.openReadOnly(directory)) {
            RecordWriter writer = queue.writer();
            RecordReader live = queue.readerFromStart();
            RecordReader scan = looking.readerFromStart();
            Records fromLive = new Records();
            Records fromScan = new Records();
            int[] cycles = {0, 5, 6, 1000, 5000, QueueSettings.MAX_CYCLE};
            for (int each : cycles) {
                cycle.value = each;
                assertThat(live.poll(fromLive, 10)).isZero();
                Records.write(writer, each);
                fromLive.drain(live);
                fromScan.drain(scan);
            }
            assertThat(fromLive.numbers).isEqualTo(fromScan.numbers).containsExactly(0L, 5L, 6L, 1000L, 5000L, (long)
                    QueueSettings.MAX_CYCLE);
            assertThat(new Records().drain(queue.readerFromStart()).numbers).isEqualTo(fromLive.numbers);
        }
    }

    @Test
    void shouldShareOneOrderWhenWritersOfTwoQueuesRoll() {
        try (RecordQueue one = Records.queue(directory, cycle);
                RecordQueue two = RecordQueue.open(directory, QueueSettings.of(cycle))) {
            RecordWriter first = one.writer();
            RecordWriter second = two.writer();
            RecordReader reader = two.readerFromStart();
            Records read = new Records();
            long number = 0;
            for (int i = 0; i < 30; i++) {
                Records.write(first, number, number + 1);
                number += 2;
                if (i % 3 == 0) {
                    cycle.bump();
                }
                if (i % 7 != 0) {
                    Records.write(second, number++);
                }
                read.drain(reader);
            }
            assertThat(read.numbers).hasSize((int) number).isSorted();
        }
    }

    @Test
    void shouldGoOnWhenOlderCyclesWerePruned() {
        try (RecordQueue queue = Records.queue(directory, cycle);
                RecordQueue other = RecordQueue.open(directory, QueueSettings.of(cycle))) {
            RecordWriter writer = queue.writer();
            RecordWriter late = other.writer();
            RecordReader ahead = other.readerFromStart();
            RecordReader behind = other.readerFromStart();
            Records.write(late, 0);
            assertThat(behind.poll(new Records(), 1)).isOne();
            for (int i = 1; i <= 5; i++) {
                cycle.value = i;
                Records.write(writer, i);
            }
            Records read = new Records().drain(ahead);
            assertThat(queue.prune(5)).isEqualTo(5);
            assertThat(queue.prune(5)).isZero();
            assertThat(queue.cycles()).containsExactly(5);
            // A writer that was left behind in a deleted cycle, and one that starts afresh.
            Records.write(late, 6);
            cycle.value = 6;
            Records.write(late, 7);
            Records.write(queue.writer(), 8);
            assertThat(read.drain(ahead).numbers).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
            assertThat(new Records().drain(behind).numbers).endsWith(5L, 6L, 7L, 8L);
            assertThat(new Records().drain(queue.readerFromStart()).numbers).containsExactly(5L, 6L, 7L, 8L);
            try (RecordQueue looking = RecordQueue.openReadOnly(directory)) {
                assertThat(new Records().drain(looking.readerFromStart()).numbers)
                        .containsExactly(5L, 6L, 7L, 8L);
            }
        }
    }

    @Test
    void shouldKeepTheNewestCycleWhenPrunedBeyondIt() {
        try (RecordQueue queue = Records.queue(directory, cycle)) {
            RecordWriter writer = queue.writer();
            RecordReader reader = queue.readerFromStart();
            Records.write(writer, 1);
            Records read = new Records().drain(reader);
            cycle.value = 1;
            assertThat(queue.prune(100)).isZero();
            Records.write(writer, 2);
            assertThat(queue.prune(100)).isOne();
            assertThat(read.drain(reader).numbers).containsExactly(1L, 2L);
            assertThat(queue.cycles()).isEqualTo(List.of(1));
        }
    }

    @Test
    void shouldStayBoundedWhenWritingAndPruningForLong() throws Exception {
        try (RecordQueue queue = Records.queue(directory, cycle)) {
            RecordWriter writer = queue.writer();
            RecordReader reader = queue.readerFromStart();
            var record = Records.record(1, 10_000);
            Records read = new Records();
            long written = 0;
            for (int i = 0; i < 40_000; i++) {
                written += writer.write(record, 0, 10_000);
                read.drain(reader);
                if (reader.cycleBytes() > 4 << 20) {
                    cycle.bump();
                    queue.prune(reader.cycle());
                    assertThat(queue.cycles().size()).isLessThanOrEqualTo(2);
                }
            }
            assertThat(read.numbers).hasSize(40_000);
            assertThat(written).isGreaterThan(400_000_000L);
            assertThat(cycle.value).isGreaterThan(80);
        }
    }

    @Test
    void shouldNameCyclesAsTheLibraryDoes() throws Exception {
        for (int each : new int[] {0, 1, 287, 288, 105_120, 500_000_000, QueueSettings.MAX_CYCLE}) {
            Path there = directory.resolve("q" + each);
            cycle.value = each;
            try (RecordQueue queue = Records.queue(there, cycle)) {
                Records.write(queue.writer(), 1);
                assertThat(queue.cycles()).containsExactly(each);
                assertThat(CycleFiles.path(there, each)).exists();
            }
        }
        assertThat(CycleFiles.cycleOf("metadata.cq4t")).isEqualTo(-1);
        assertThat(CycleFiles.cycleOf("19700101-0003V.cq4")).isEqualTo(-1);
        assertThat(CycleFiles.cycleOf("19700141-0000V.cq4")).isEqualTo(-1);
        Files.createFile(directory.resolve("q0").resolve("20240101-00.cq4"));
        assertThat(CycleFiles.list(directory.resolve("q0"))).containsExactly(0);
    }
}
