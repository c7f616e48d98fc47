// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class ProcessTest {
    @TempDir
    Path directory;

    private final Records.Cycle cycle = new Records.Cycle();

    @Test
    void shouldGoOnWhenAnotherWriterWasKilledInsideAWrite() throws Exception {
        try (RecordQueue queue = Records.queue(directory, cycle)) {
            RecordWriter writer = queue.writer();
            RecordReader reader = queue.readerFromStart();
            Records.write(writer, 0);
            for (int round = 1; round <= 2; round++) {
                assertThat(wait(QueueChild.start(true, "halt", directory.toString())))
                        .isEqualTo(9);
                long startNs = System.nanoTime();
                Records.write(writer, 3);
                long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
                System.out.println("write after a killed writer tookMs=" + tookMs);
                assertThat(tookMs).isLessThan(5000);
            }
            Records read = new Records().drain(reader);
            assertThat(read.numbers).containsExactly(0L, 1L, 2L, 3L, 1L, 2L, 3L);
            assertThat(read.damaged).isEmpty();
            try (RecordQueue looking = RecordQueue.openReadOnly(directory)) {
                assertThat(new Records().drain(looking.readerFromStart()).numbers)
                        .isEqualTo(read.numbers);
            }
        }
    }

    @Test
    void shouldReadOnWhenTheWriterWasKilledAndTheCycleMovedOn() throws Exception {
        try (RecordQueue queue = Records.queue(directory, cycle);
                RecordQueue looking = RecordQueue.openReadOnly(directory)) {
            RecordReader reader = queue.readerFromStart();
            RecordReader scan = looking.readerFromStart();
            assertThat(wait(QueueChild.start(true, "halt", directory.toString())))
                    .isEqualTo(9);
            // The dead one's cycle has no end mark, and there may be nobody who writes one before the next cycle.
            Records read = new Records().drain(reader);
            assertThat(read.numbers).containsExactly(1L, 2L);
            Records scanned = new Records().drain(scan);
            cycle.value = 3;
            assertThat(reader.poll(read, 1)).isZero();
            Records.write(queue.writer(), 4);
            assertThat(read.drain(reader).numbers).containsExactly(1L, 2L, 4L);
            assertThat(scanned.drain(scan).numbers).containsExactly(1L, 2L, 4L);
        }
    }

    @Test
    void shouldSayWhoHoldsTheLockWhenTheHolderLives() throws Exception {
        try (RecordQueue queue = Records.queue(directory, cycle)) {
            RecordWriter writer = queue.writer();
            Records.write(writer, 1);
            Process child = QueueChild.start(true, "hold", directory.toString());
            try (var lines = child.inputReader(UTF_8)) {
                assertThat(lines.readLine()).isEqualTo("holding");
                assertThatThrownBy(() -> Records.write(writer, 2))
                        .isInstanceOfSatisfying(
                                CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT))
                        .hasMessageContaining("pid=" + child.pid());
                child.getOutputStream().close();
                assertThat(lines.readLine()).isEqualTo("released");
                assertThat(lines.readLine()).isEqualTo("written");
                assertThat(wait(child)).isZero();
            } finally {
                child.destroyForcibly();
            }
            Records.write(writer, 3);
            assertThat(new Records().drain(queue.readerFromStart()).numbers).containsExactly(1L, 7L, 3L);
        }
    }

    @Test
    void shouldPrintTheLineToAddWhenOptionsAreMissing() throws Exception {
        Process child = QueueChild.start(false, "flags", directory.toString());
        String output = new String(child.getInputStream().readAllBytes(), UTF_8);
        assertThat(wait(child)).isEqualTo(1);
        assertThat(output)
                .contains("CleatException")
                .contains("missing: --add-opens java.base/java.lang.reflect")
                .contains(JvmFlags.line());
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldNameTheSameOptionsAsTheArgumentFile() throws Exception {
        Path file = Path.of("..", "cleat.args");
        String text = java.nio.file.Files.readString(file);
        for (String option : JvmFlags.line().split(" ", -1)) {
            assertThat(text).contains(option);
        }
    }

    private static int wait(Process child) throws Exception {
        if (!child.waitFor(60, TimeUnit.SECONDS)) {
            child.destroyForcibly();
            throw new AssertionError("child did not end pid=" + child.pid());
        }
        return child.exitValue();
    }
}
