// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.Database;
import io.cleat.UpdateResult;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Commits in a JVM of its own, and listens there too: directory, name, file, then how many commits. Says {@code START}, then {@code WRITTEN
 * ms sequence} when all are committed, then {@code HEARD} and what its own listeners heard.
 */
final class LiveStressMain {
    /** Every so many updates there is a transaction in place of one, and another one that is rolled back. */
    static final int TRANSACTION_EVERY = 1_000;

    private LiveStressMain() {}

    public static void main(String[] args) {
        final long commits = Long.parseLong(args[3]);
        final Place place = Place.of(args);
        try (Database writer = place.open();
                Database listening = place.open()) {
            final Rising values = new Rising();
            listening.watchFirst(LiveStressTest.VALUE, row -> row.getLong(0)).subscribe(values);
            final UpdateOrder updates = new UpdateOrder(
                    writer.update("UPDATE stress SET v = 0 WHERE id = 9").commitSequence());
            listening.updates().listen(updates::heard);
            final long startNs = System.nanoTime();
            final long lastSequence = write(writer, commits);
            System.out.println("WRITTEN " + (System.nanoTime() - startNs) / 1_000_000 + " " + lastSequence);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> values.last() == commits && updates.last() == lastSequence);
            System.out.println("HEARD violations=" + values.violation() + "," + updates.violation() + " values: "
                    + values + " updates: " + updates);
        }
    }

    private static long write(Database writer, long commits) {
        CompletableFuture<UpdateResult> last = new CompletableFuture<>();
        for (long i = 1; i <= commits; i++) {
            last = writer.updateAsync("UPDATE stress SET v = ? WHERE id = 1", i);
            if (i % TRANSACTION_EVERY == 0) {
                final long value = i;
                writer.inTransaction(transaction -> {
                    transaction.update("UPDATE stress SET v = ? WHERE id = 2", value);
                    transaction.update("UPDATE stress SET v = ? WHERE id = 3", value);
                });
                assertThatThrownBy(() -> writer.inTransaction(transaction -> {
                            transaction.update("UPDATE stress SET v = -1");
                            throw new IllegalStateException("undo");
                        }))
                        .hasMessage("undo");
            }
        }
        last.join();
        // Whatever was committed before has a lower one.
        return writer.update("UPDATE stress SET v = 1 WHERE id = 9").commitSequence();
    }
}
