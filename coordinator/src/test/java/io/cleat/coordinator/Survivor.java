// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.awaitility.Awaitility.await;

import io.cleat.Database;
import io.cleat.testing.ChildJvm;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** A client that lives on while its coordinators are killed. Threading: the test's thread. */
final class Survivor {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private Survivor() {}

    /** Opens a database whose coordinator is killed; it has the table t and knows the texts. */
    static Database of(Place place) throws Exception {
        try (ChildJvm first = place.serve()) {
            final Database database = place.open();
            database.update("CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
            database.update("INSERT INTO t VALUES(?, ?)", 0, "nothing");
            database.update("DELETE FROM t WHERE b = ?", "nothing");
            database.queryLong("SELECT count(*) FROM t");
            first.kill();
            return database;
        }
    }

    static void awaitAtLeast(AtomicInteger value, int least) {
        await().atMost(PATIENCE).until(() -> value.get() >= least);
    }
}
