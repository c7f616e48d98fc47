// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A reader of files that are being written. */
@Timeout(20)
final class CycleWindowTest {
    @TempDir
    private Path folder;

    @Test
    void shouldSeeADocumentCompleteWhenItWasBeingWrittenBefore() throws IOException {
        final Path file = folder.resolve("cycle");
        final CycleWindow window;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            put(channel, 0);
            window = new CycleWindow(file);
            assertThat(window.header(0)).isZero();
            put(channel, 0x8000_0010);
            assertThat(window.header(0)).isEqualTo(0x8000_0010);
            put(channel, 0x10);
            assertThat(window.header(0)).isEqualTo(0x10);
        }
        window.close();
    }

    private static void put(FileChannel channel, int header) throws IOException {
        channel.write(
                ByteBuffer.allocate(Integer.BYTES).order(RecordFrame.ORDER).putInt(0, header), 0);
    }
}
