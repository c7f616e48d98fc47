// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cleat.Database;
import io.cleat.LiveQuery;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A coordinator, a writer and this JVM, each a process: 100,000 updates, transactions and rollbacks among them, heard here and in the writer's own
 * JVM. Acceptance: I17, S2, and design.md's promise 3.
 */
@Timeout(value = 150, unit = TimeUnit.SECONDS)
final class LiveStressTest {
    static final String VALUE = "SELECT v FROM stress WHERE id = 1";
    private static final long COMMITS = 100_000;
    private static final Duration PATIENCE = Duration.ofSeconds(100);

    /** Zero when nobody looks between the two writes of a transaction. */
    private static final String DIFFERENCE =
            "SELECT (SELECT v FROM stress WHERE id = 2) - (SELECT v FROM stress WHERE id = 3)";

    private static final String SUM = "SELECT sum(v) FROM stress WHERE id < 9";

    @TempDir
    Path folder;

    /** One commit an update, so that there are as many commits; and as many updates in a commit as come together. */
    @ParameterizedTest
    @ValueSource(ints = {1, 256})
    void shouldTellEveryCommitInOrderAndTheLastValueToAll(int maxGroup) throws Exception {
        final Place place = Place.in(folder, "stress");
        final CountDownLatch written = new CountDownLatch(1);
        try (ChildJvm coordinator = place.serve("maxGroup=" + maxGroup);
                Database database = place.open();
                Database slowOne = place.open()) {
            database.script("CREATE TABLE stress(id INTEGER PRIMARY KEY, v INTEGER);"
                    + "INSERT INTO stress VALUES(1, 0), (2, 0), (3, 0), (9, 0)");
            final Rising values = rising(database.watchFirst(VALUE, row -> row.getLong(0)));
            final Rising sums = rising(database.watchFirst(SUM, row -> row.getLong(0)));
            final Rising differences = rising(database.watchFirst(DIFFERENCE, row -> row.getLong(0)));
            final UpdateOrder updates = new UpdateOrder(
                    database.update("UPDATE stress SET v = 0 WHERE id = 9").commitSequence());
            database.updates("STRESS").listen(updates::heard);
            final List<Optional<Long>> slow = Collections.synchronizedList(new ArrayList<>());
            slowOne.watchFirst(VALUE, row -> row.getLong(0)).listen(value -> {
                slow.add(value);
                awaitUninterrupted(written);
            });
            slowOne.updates().listen(update -> awaitUninterrupted(written));
            await().atMost(PATIENCE).until(() -> slow.size() == 1);

            try (ChildJvm writer = place.start(LiveStressMain.class, "256m", Long.toString(COMMITS))) {
                final String[] result = writer.awaitLine(PATIENCE, line -> line.startsWith("WRITTEN "))
                        .split(" ", -1);
                final long lastSequence = Long.parseLong(result[2]);
                assertThat(Long.parseLong(result[1])).as("writing, ms").isLessThan(60_000);
                assertThat(writer.awaitLine(PATIENCE, line -> line.startsWith("HEARD ")))
                        .startsWith("HEARD violations=null,null ");
                await().atMost(PATIENCE)
                        .until(() -> updates.last() == lastSequence
                                && values.last() == COMMITS
                                && sums.last() == 3 * COMMITS - LiveStressMain.ROUND
                                && differences.last() == 0);
                if (maxGroup == 1) {
                    assertThat(lastSequence).isGreaterThan(COMMITS);
                }
            }
            assertThat(slow).as("held all the time").hasSize(1);
            written.countDown();
            await().atMost(PATIENCE).until(() -> slow.get(slow.size() - 1).equals(Optional.of(COMMITS)));
            for (Rising each : List.of(values, sums, differences)) {
                assertThat(each.violation()).isNull();
            }
            assertThat(updates.violation()).isNull();
            assertThat(coordinator.output()).noneMatch(line -> line.startsWith("ERROR"));
            coordinator.terminate();
            coordinator.awaitExit(PATIENCE);
        } finally {
            written.countDown();
        }
    }

    private static Rising rising(LiveQuery<Optional<Long>> query) {
        final Rising rising = new Rising();
        query.subscribe(rising);
        return rising;
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
