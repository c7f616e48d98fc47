// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AcknowledgedTest {
    @TempDir
    private Path folder;

    @Test
    void shouldBeReadByAnotherProcess() throws IOException {
        final Path file = folder.resolve("a");
        final Acknowledged writer = Acknowledged.open(file);
        assertThat(Acknowledged.open(file).sequence()).isZero();
        for (long sequence = 1; sequence < 10; sequence++) {
            writer.set(sequence, sequence * 100);
            final Acknowledged reader = Acknowledged.open(file);
            assertThat(reader.sequence()).isEqualTo(sequence);
            assertThat(reader.checksum()).isEqualTo(sequence * 100);
        }
    }

    @Test
    void shouldGiveTheRowBeforeWhenAWriteWasTorn() throws IOException {
        final Path file = folder.resolve("a");
        final Acknowledged writer = Acknowledged.open(file);
        writer.set(1, 100);
        writer.set(2, 200);
        // Killed between the checksum and the sequence of row 3, in the slot of row 1.
        final byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putLong(24, 300);
        Files.write(file, bytes);
        assertThat(Acknowledged.open(file).sequence()).isEqualTo(2);
        assertThat(Acknowledged.open(file).checksum()).isEqualTo(200);
    }

    @Test
    void shouldFindEveryDifferenceInWhatIsHeld() {
        assertThat(new HeldRows(10, 10, 10, 99).match(10, 99, 0)).isTrue();
        assertThat(new HeldRows(11, 11, 11, 99).match(10, 99, 1)).isTrue();
        assertThat(new HeldRows(11, 11, 11, 99).match(10, 99, 0)).isFalse();
        assertThat(new HeldRows(12, 12, 12, 99).match(10, 99, 1)).isFalse();
        assertThat(new HeldRows(9, 10, 9, 99).match(10, 99, 1)).isFalse();
        assertThat(new HeldRows(10, 10, 9, 99).match(10, 99, 1)).isFalse();
        assertThat(new HeldRows(10, 11, 10, 99).match(10, 99, 1)).isFalse();
        assertThat(new HeldRows(10, 10, 10, 98).match(10, 99, 1)).isFalse();
    }

    @Test
    void shouldSendLatenciesAsALine() {
        final Histogram latencies = Lines.histogram();
        latencies.recordValue(1_000);
        latencies.recordValue(2_000_000);
        final StringWriter line = new StringWriter();
        Lines.send(new PrintWriter(line), "key", latencies);
        assertThat(latencies.getTotalCount()).isZero();
        final Histogram sum = Lines.histogram();
        final String[] words = line.toString().trim().split(" ", -1);
        assertThat(words).startsWith("H", "key");
        Lines.receive(words[2], sum);
        Lines.receive(words[2], sum);
        assertThat(sum.getTotalCount()).isEqualTo(4);
        assertThat(sum.getMaxValue()).isBetween(1_999_000L, 2_001_000L);
    }

    @Test
    void shouldRedrawInPlaceOnATerminal() {
        final StringWriter text = new StringWriter();
        final Screen screen = new Screen(new PrintWriter(text), true);
        screen.show(List.of("a", "b"));
        screen.say("news");
        screen.show(List.of("c"));
        screen.keep();
        screen.say("end");
        assertThat(text).hasToString("a\nb\n\u001b[2A\r\u001b[Jnews\na\nb\n\u001b[2A\r\u001b[Jc\nend\n");
    }
}
