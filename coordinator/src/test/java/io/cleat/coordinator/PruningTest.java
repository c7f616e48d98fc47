// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.Database;
import io.cleat.Rows;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes through the queues is many times what they may take on disk. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PruningTest {
    /** A file of a queue is made whole before it is used, and may be twice as large as its cycle; see the bound. */
    private static final int CYCLE_BYTES = 1 << 20;

    /**
     * The bound: the request window of each client (4 MiB), the files that are being written, read or about to be deleted of one request
     * queue and three reply queues, status and names.
     */
    private static final long BOUND_KIB = 28 << 10;

    private static final long TRAFFIC_BYTES = 300L << 20;

    @TempDir
    Path folder;

    @Test
    void shouldStayUnderItsBoundWhenTenTimesThatIsWrittenAndRead() throws Exception {
        final Place place = Place.in(folder, "prune");
        try (ChildJvm coordinator = place.serve("cycleBytes=" + CYCLE_BYTES);
                Database database = place.open();
                // Attached and idle: what is owed to it must not hold up the others.
                ChildJvm idle = place.attach()) {
            database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
            final AtomicLong worstKib = new AtomicLong();
            final AtomicInteger measured = new AtomicInteger();
            final CompletableFuture<Void> work = CompletableFuture.runAsync(() -> writeAndRead(database));
            while (!work.isDone()) {
                worstKib.accumulateAndGet(diskKib(place.folder()), Math::max);
                measured.incrementAndGet();
            }
            work.join();
            System.out.println("PruningTest: worst KiB " + worstKib + " of " + measured + " measurements");
            assertThat(measured.get()).isGreaterThan(20);
            assertThat(worstKib.get()).isLessThan(BOUND_KIB);
            assertThat(TRAFFIC_BYTES >> 10).isGreaterThan(10 * BOUND_KIB);
            assertThat(idle.isAlive()).isTrue();
            assertThat(coordinator.output()).noneMatch(line -> line.startsWith("ERROR"));
        }
    }

    /** Half of the traffic in requests, half in replies: a row is overwritten and read again. */
    private static void writeAndRead(Database database) {
        final byte[] blob = new byte[50_000];
        new Random(1).nextBytes(blob);
        database.update("INSERT INTO t VALUES(1, ?)", (Object) blob);
        final long rounds = TRAFFIC_BYTES / 2 / blob.length;
        for (long i = 0; i < rounds; i++) {
            blob[(int) (i % blob.length)]++;
            assertThat(database.update("UPDATE t SET b = ? WHERE id = 1", (Object) blob)
                            .changeCount())
                    .isEqualTo(1);
            try (Rows rows = database.rows("SELECT b FROM t WHERE id = 1")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getBytes(0)).isEqualTo(blob);
            }
        }
    }

    private static long diskKib(Path path) {
        try {
            final Process process = new ProcessBuilder("du", "-sk", path.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            final String text = new String(process.getInputStream().readAllBytes(), UTF_8);
            process.waitFor();
            // It grumbles about files that went meanwhile, and gives the sum all the same.
            return Long.parseLong(text.split("\\s")[0]);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
