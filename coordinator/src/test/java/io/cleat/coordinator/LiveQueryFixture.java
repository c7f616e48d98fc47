// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cleat.Database;
import io.cleat.LiveQuery;
import io.cleat.LiveSubscription;
import io.cleat.status.StatusFile;
import io.cleat.status.SystemCounter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Live queries against a real coordinator in this JVM. A query with {@code random()} returns another row with each run, so its results count
 * the runs.
 */
@Timeout(60)
abstract class LiveQueryFixture {
    static final Duration SOON = Duration.ofSeconds(20);
    static final String RUNS = "SELECT count(*), random() FROM users";

    @TempDir
    Path folder;

    /** How often the coordinator was asked to run {@link #RUNS}. */
    final AtomicInteger runCount = new AtomicInteger();

    Place place;
    Coordinator coordinator;
    Database database;
    StatusFile status;

    @BeforeEach
    void open() {
        place = Place.in(folder, "live");
        coordinator = Coordinator.launch(place.coordinator().interceptor(new RequestInterceptor() {
            @Override
            public void before(RequestDetails request) {
                if (request.kind().equals("EXECUTE") && request.sql().equals(RUNS)) {
                    runCount.incrementAndGet();
                }
            }
        }));
        database = place.open();
        status = StatusFile.open(place.folder().resolve("status.dat"));
        database.script("CREATE TABLE todos(id INTEGER PRIMARY KEY, title TEXT);"
                + "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    /** Each run a value of its own. */
    final LiveQuery<List<Long>> runs() {
        return database.watch(RUNS, row -> row.getLong(1));
    }

    final LiveQuery<List<String>> names() {
        return database.watch("SELECT name FROM users ORDER BY id", row -> row.getText(0));
    }

    static void awaitSize(List<?> list, int size) {
        await().atMost(SOON).untilAsserted(() -> assertThat(list).hasSizeGreaterThanOrEqualTo(size));
    }

    static <T> List<T> synchronizedList() {
        return Collections.synchronizedList(new ArrayList<>());
    }

    /** Whatever was touched before has run again, and was delivered, when a query that was touched after it has. */
    final void settle() {
        final List<Long> marks = synchronizedList();
        try (LiveSubscription marker = database.watch("SELECT count(*) FROM todos", row -> row.getLong(0))
                .listen(value -> marks.add(value.get(0)))) {
            awaitSize(marks, 1);
            database.update("INSERT INTO todos(title) VALUES('marker')");
            awaitSize(marks, 2);
            assertThat(marker.isActive()).isTrue();
        }
    }

    final long counter(SystemCounter counter) {
        return status.counters().value(counter);
    }
}
