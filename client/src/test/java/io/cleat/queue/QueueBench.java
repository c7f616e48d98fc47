// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Prints what a queue costs on this machine; not a test. {@code java @cleat.args -cp … io.cleat.queue.QueueBench
 * [DIRECTORY]}: opening, append, read, empty poll, and the round trip of 100 bytes between two JVMs that spin.
 */
final class QueueBench {
    private static final int LENGTH = 100;
    private static final int ROUNDS = 1_000_000;
    private static final int WARM_UP = 200_000;

    private QueueBench() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2) {
            echo(Path.of(arguments[1]));
            return;
        }
        Path base = Files.createTempDirectory(Path.of(arguments.length > 0 ? arguments[0] : "/dev/shm"), "cleat-bench");
        try {
            long startNs = System.nanoTime();
            RecordQueue queue = RecordQueue.create(base.resolve("a"), QueueSettings.of(() -> 0));
            long openNs = System.nanoTime() - startNs;
            RecordWriter writer = queue.writer();
            RecordReader reader = queue.readerFromStart();
            writer.write(new UnsafeBuffer(new byte[LENGTH]), 0, LENGTH);
            reader.poll(new Count(), 1);
            long firstNs = System.nanoTime() - startNs;
            System.out.printf(
                    Locale.ROOT,
                    "first queue: open %d ms, to first record read %d ms%n",
                    openNs / 1_000_000,
                    firstNs / 1_000_000);
            startNs = System.nanoTime();
            RecordQueue.create(base.resolve("b"), QueueSettings.of(() -> 0)).close();
            System.out.printf(Locale.ROOT, "second queue: %d us%n", (System.nanoTime() - startNs) / 1000);
            for (int i = 0; i < 4; i++) {
                local(writer, reader);
            }
            queue.close();
            if (!Boolean.getBoolean("cleat.bench.local")) {
                roundTrips(base);
            }
        } finally {
            try (var files = Files.walk(base)) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void local(RecordWriter writer, RecordReader reader) {
        UnsafeBuffer record = new UnsafeBuffer(new byte[LENGTH]);
        long[] appendNs = new long[ROUNDS];
        long startNs = System.nanoTime();
        long beforeNs = startNs;
        for (int i = 0; i < ROUNDS; i++) {
            writer.write(record, 0, LENGTH);
            long nowNs = System.nanoTime();
            appendNs[i] = nowNs - beforeNs;
            beforeNs = nowNs;
        }
        long writeNs = System.nanoTime() - startNs;
        Count count = new Count();
        startNs = System.nanoTime();
        while (reader.poll(count, 1000) > 0) {}
        long readNs = System.nanoTime() - startNs;
        startNs = System.nanoTime();
        for (int i = 0; i < 10_000_000; i++) {
            reader.poll(count, 10);
        }
        long emptyNs = System.nanoTime() - startNs;
        Arrays.sort(appendNs);
        System.out.printf(
                Locale.ROOT,
                "append %d ns (p50 %d p99 %d p99.9 %d max %d us), read %d ns, empty poll %.1f ns, records %d%n",
                writeNs / ROUNDS,
                appendNs[ROUNDS / 2],
                appendNs[ROUNDS / 100 * 99],
                appendNs[ROUNDS / 1000 * 999],
                appendNs[ROUNDS - 1] / 1000,
                readNs / ROUNDS,
                emptyNs / 10_000_000.0,
                count.records);
    }

    private static void roundTrips(Path base) throws Exception {
        RecordQueue requests = RecordQueue.create(base.resolve("requests"), QueueSettings.of(() -> 0));
        RecordQueue replies = RecordQueue.create(base.resolve("replies"), QueueSettings.of(() -> 0));
        RecordWriter writer = requests.writer();
        RecordReader reader = replies.readerFromStart();
        Process child = new ProcessBuilder(
                        commandLine(System.getProperty("java.home") + "/bin/java", "echo", base.toString()))
                .inheritIO()
                .start();
        Count count = new Count();
        UnsafeBuffer record = new UnsafeBuffer(new byte[LENGTH]);
        long[] ns = new long[ROUNDS];
        for (int i = -WARM_UP; i < ROUNDS; i++) {
            long startNs = System.nanoTime();
            writer.write(record, 0, LENGTH);
            while (reader.poll(count, 1) == 0) {
                writer.microTouch();
                Thread.onSpinWait();
            }
            if (i >= 0) {
                ns[i] = System.nanoTime() - startNs;
            }
        }
        record.putByte(0, (byte) 1);
        writer.write(record, 0, LENGTH);
        child.waitFor();
        Arrays.sort(ns);
        System.out.printf(
                Locale.ROOT,
                "round trip ns: p50 %d p90 %d p99 %d p99.9 %d max %d us%n",
                ns[ROUNDS / 2],
                ns[ROUNDS / 10 * 9],
                ns[ROUNDS / 100 * 99],
                ns[ROUNDS / 1000 * 999],
                ns[ROUNDS - 1] / 1000);
        requests.close();
        replies.close();
    }

    private static java.util.List<String> commandLine(String java, String... arguments) {
        java.util.List<String> command = new java.util.ArrayList<>();
        command.add(java);
        command.addAll(Arrays.asList(JvmFlags.line().split(" ", -1)));
        command.addAll(Arrays.asList("-cp", System.getProperty("java.class.path"), QueueBench.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    private static void echo(Path base) {
        RecordQueue requests = RecordQueue.open(base.resolve("requests"), QueueSettings.of(() -> 0));
        RecordQueue replies = RecordQueue.open(base.resolve("replies"), QueueSettings.of(() -> 0));
        RecordWriter writer = replies.writer();
        RecordReader reader = requests.readerFromStart();
        boolean[] stop = new boolean[1];
        RecordHandler handler = new RecordHandler() {
            @Override
            public void onRecord(DirectBuffer buffer, int offset, int length) {
                if (buffer.getByte(offset) == 1) {
                    stop[0] = true;
                } else {
                    writer.write(buffer, offset, length);
                }
            }

            @Override
            public void onDamaged(long index, String reason) {
                throw new IllegalStateException(reason);
            }
        };
        while (!stop[0]) {
            if (reader.poll(handler, 10) == 0) {
                writer.microTouch();
                Thread.onSpinWait();
            }
        }
        requests.close();
        replies.close();
    }

    private static final class Count implements RecordHandler {
        private long records;

        @Override
        public void onRecord(DirectBuffer buffer, int offset, int length) {
            records += length == LENGTH ? 1 : 0;
        }

        @Override
        public void onDamaged(long index, String reason) {
            throw new IllegalStateException(reason);
        }
    }
}
