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
    /** So many updates are sent without waiting; in the middle there is a transaction, and another one that is rolled back. */
    static final int ROUND = 1_000;

    private LiveStressMain() {}

    public static void main(String[] args) throws InterruptedException {
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
            final long lastSequence = write(writer, commits, values);
            System.out.println("WRITTEN " + (System.nanoTime() - startNs) / 1_000_000 + " " + lastSequence);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> values.last() == commits && updates.last() == lastSequence);
            System.out.println("HEARD violations=" + values.violation() + "," + updates.violation() + " values: "
                    + values + " updates: " + updates);
        }
    }

    private static long write(Database writer, long commits, Rising values) throws InterruptedException {
        long lastSequence = 0;
        for (long i = 1; i <= commits; i++) {
            final CompletableFuture<UpdateResult> update =
                    writer.updateAsync("UPDATE stress SET v = ? WHERE id = 1", i);
            if (i % ROUND == ROUND / 2) {
                transactions(writer, i);
            } else if (i % ROUND == 0) {
                // Nothing comes after this one for a while: what it changed must be told although a query was running
                // just then.
                lastSequence = update.join().commitSequence();
                values.await(i, Duration.ofSeconds(60));
            }
        }
        return lastSequence;
    }

    private static void transactions(Database writer, long value) {
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
