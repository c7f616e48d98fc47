// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.coordinator.sqlite.Synchronous;
import io.cleat.protocol.codec.TransactionAction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests whose frame is right and whose bytes are not: whatever they say, the coordinator answers, counts or ignores them. */
class RequestFuzzTest {
    private static final int CASES = Integer.getInteger("cleat.fuzz.cases", 50_000);

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 240, unit = TimeUnit.SECONDS)
    void shouldGoOnWhenRequestsAreTruncatedOrFlipped() {
        final long seed = Long.getLong("cleat.fuzz.seed", System.nanoTime());
        System.out.println("RequestFuzzTest seed=" + seed + " cases=" + CASES);
        final Random random = new Random(seed);
        try (Coordinator coordinator = Coordinator.invoked(new CoordinatorContext("fuzz")
                .directory(folder.resolve("dir"))
                .databaseFile(folder.resolve("fuzz.db"))
                .synchronous(Synchronous.NORMAL)
                .transactionLeaseNs(1))) {
            final WireClient client = new WireClient(coordinator);
            client.execute(0, "CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
            final List<byte[]> valid = valid(client);
            int survived = 0;
            for (int i = 0; i < CASES; i++) {
                final byte[] bytes =
                        damaged(valid.get(random.nextInt(valid.size())).clone(), random);
                client.write(new UnsafeBuffer(bytes), bytes.length);
                if (i % 20 == 0) {
                    coordinator.doWork();
                    client.received().clear();
                    survived++;
                }
            }
            assertThat(survived).isEqualTo((CASES + 19) / 20);
            client.close();
            final WireClient another = new WireClient(coordinator);
            assertThat(another.execute(0, "SELECT 1").rows()).containsExactly(List.of(1L));
            assertThat(another.execute(0, "PRAGMA integrity_check").rows()).containsExactly(List.of("ok"));
            another.close();
        }
    }

    private static List<byte[]> valid(WireClient client) {
        final List<byte[]> messages = new ArrayList<>();
        client.capture = messages;
        client.send(1, "INSERT INTO t(b) VALUES(?)", "text");
        client.send(1, "SELECT * FROM t WHERE a > ? AND b IS NOT ?", 1L, new byte[] {1, 2});
        client.send(2, "UPDATE t SET b = ? WHERE a = 1", 1.5);
        client.sendPrepare(2, "SELECT a AS x, b FROM t WHERE a = :a");
        client.control(3, TransactionAction.BEGIN);
        client.control(3, TransactionAction.ROLLBACK);
        client.credit(1, client.sequence, 1000);
        client.cancel(1, client.sequence);
        client.capture = null;
        return messages;
    }

    private static byte[] damaged(byte[] bytes, Random random) {
        switch (random.nextInt(4)) {
            case 0 -> {
                final byte[] cut = new byte[1 + random.nextInt(bytes.length - 1)];
                System.arraycopy(bytes, 0, cut, 0, cut.length);
                return cut;
            }
            case 1 -> {
                for (int i = random.nextInt(8); i >= 0; i--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            case 2 -> {
                // The header with its template, and the fields behind epoch and client.
                bytes[random.nextInt(8)] = (byte) random.nextInt();
                bytes[24 + random.nextInt(bytes.length - 24)] = (byte) random.nextInt();
            }
            default -> {
                // A length or count in the middle becomes enormous.
                final int at = 24 + random.nextInt(bytes.length - 24);
                for (int i = at; i < Math.min(bytes.length, at + 4); i++) {
                    bytes[i] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
                }
            }
        }
        return bytes;
    }
}
