// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SpaceGuardTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    private final Records.Cycle cycle = new Records.Cycle();
    private long usableBytes = 100 * MIB;
    private int questions;

    @Test
    void shouldAskAtTheFirstWriteAndThenOncePerInterval() {
        SpaceGuard guard = new SpaceGuard(this::usable, 32 * MIB, "a queue");
        for (int i = 0; i < 1024; i++) {
            guard.reserve(1024);
        }
        assertThat(questions).isEqualTo(1024 * 1024 / SpaceGuard.INTERVAL_BYTES);
        guard.reserve(8 << 20);
        assertThat(questions).isEqualTo(1024 * 1024 / SpaceGuard.INTERVAL_BYTES + 1);
    }

    @Test
    void shouldRefuseWithTheValuesWhenTheReserveWouldBeTouched() {
        try (RecordQueue queue = RecordQueue.create(
                directory.resolve("q"), QueueSettings.of(cycle).withUsableSpaceBytes(this::usable))) {
            RecordWriter writer = queue.writer();
            usableBytes = 32 * MIB + 10;
            assertThatThrownBy(() -> Records.write(writer, 1))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORAGE_FULL))
                    .hasMessageContaining("usableBytes=33554442")
                    .hasMessageContaining("reserveBytes=33554432");
            assertThat(queue.cycles()).isEmpty();
            usableBytes = 40 * MIB;
            Records.write(writer, 2);
            usableBytes = 0;
            writer.microTouch();
            assertThat(new Records().drain(queue.readerFromStart()).numbers).containsExactly(2L);
        }
    }

    @Test
    void shouldRefuseToOpenWhenTheDeviceIsFull() {
        usableBytes = 1;
        RecordQueueTest.assertCode(
                () -> RecordQueue.create(
                        directory.resolve("q"), QueueSettings.of(cycle).withUsableSpaceBytes(this::usable)),
                ErrorCode.STORAGE_FULL);
    }

    @Test
    void shouldRefuseBeforeTheFaultWhenARealDeviceFills() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("small"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=48m", "cleat-test", mount.toString()), "cannot mount a tmpfs");
        try (RecordQueue queue =
                RecordQueue.create(mount.resolve("q"), QueueSettings.of(cycle).withStorageReserveBytes(4 * MIB))) {
            RecordWriter writer = queue.writer();
            var record = Records.record(1, 5000);
            RecordReader reader = queue.readerFromStart();
            Records read = new Records();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 20_000; i++) {
                            writer.write(record, 0, 5000);
                            writer.microTouch();
                            cycle.value = i / 1000;
                        }
                    })
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORAGE_FULL));
            int count = read.drain(reader).numbers.size();
            assertThat(count).isGreaterThan(8000);
            // Space comes back by pruning, and the queue goes on.
            assertThat(queue.prune(cycle.value)).isPositive();
            writer.write(record, 0, 5000);
            assertThat(read.drain(reader).numbers).hasSize(count + 1);
        } finally {
            assertThat(run("umount", "-l", mount.toString())).isTrue();
        }
    }

    private long usable() {
        questions++;
        return usableBytes;
    }

    private static boolean run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
