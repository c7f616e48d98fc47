// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlOperations;
import io.cleat.SqlStatement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several results that one session has open at once: in a snapshot, in a transaction, outside of both. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class OpenResultsTest {
    /** Far more than a client gets before it has read something. */
    private static final int ROWS = 4_000;

    private static final String ALL = "SELECT a, b FROM big ORDER BY a";
    /** Soon some chunks of rows, then one row now and then, for a long time. */
    private static final String SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000000)"
            + " SELECT i, CASE WHEN i <= 40 THEN zeroblob(4000) END FROM n WHERE i <= 40 OR i % 500000 = 0";

    @TempDir
    Path folder;

    private Place place;
    private Coordinator coordinator;
    private Database database;
    private Session session;

    @BeforeEach
    void open() {
        place = Place.in(folder, "results");
        coordinator = Coordinator.launch(place.coordinator());
        database = Database.open(place.client().creditBytes(8192));
        session = database.openSession();
        session.script("CREATE TABLE big(a INTEGER PRIMARY KEY, b); CREATE TABLE small(a INTEGER PRIMARY KEY, b);"
                + "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + ROWS + ")"
                + " INSERT INTO big SELECT i, hex(zeroblob(100)) FROM n;"
                + " INSERT INTO small SELECT a, a FROM big WHERE a <= 50");
    }

    @AfterEach
    void close() {
        session.close();
        database.close();
        coordinator.close();
    }

    // ---- in a snapshot ----

    @Test
    void shouldRunOthersWhileRowsAreOpenInASnapshot() {
        session.snapshot(snapshot -> {
            OtherThread.call(() -> database.update("DELETE FROM big WHERE a % 2 = 0"))
                    .join();
            assertNests(snapshot);
            return 0;
        });
        assertThat(session.queryLong("SELECT count(*) FROM big")).isEqualTo(ROWS / 2);
    }

    /** For each row of one result other results are opened, read in part, and closed or left open. */
    private static void assertNests(SqlOperations operations) {
        final List<Rows> left = new ArrayList<>();
        try (Rows outer = operations.rows(ALL)) {
            for (int i = 1; i <= ROWS; i++) {
                assertThat(outer.next()).isTrue();
                assertThat(outer.getLong(0)).isEqualTo(i);
                if (i % 100 == 0) {
                    assertThat(operations.queryLong("SELECT b FROM small WHERE a = ?", i / 100 + 1))
                            .isEqualTo(i / 100 + 1);
                    try (Rows same = operations.rows(ALL)) {
                        for (int j = 1; j <= i; j++) {
                            assertThat(same.next()).isTrue();
                            assertThat(same.getLong(0)).isEqualTo(j);
                        }
                    }
                }
                if (i % 500 == 0) {
                    left.add(operations.rows(ALL));
                }
            }
            assertThat(outer.next()).isFalse();
        }
        assertThat(left).hasSize(ROWS / 500);
        // In turn, so that each is asked for more rows while others have their connection.
        for (int i = 1; i <= ROWS; i++) {
            for (final Rows rows : left) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getLong(0)).isEqualTo(i);
            }
        }
        for (final Rows rows : left) {
            assertThat(rows.next()).isFalse();
            rows.close();
        }
    }

    @Test
    void shouldNotWaitForAResultThatIsSlowToCome() {
        // With a credit that lasts to the end.
        try (Database generous = Database.open(place.client())) {
            generous.snapshot(snapshot -> {
                try (Rows slow = snapshot.rows(SLOW)) {
                    assertThat(slow.next()).isTrue();
                    for (int i = 0; i < 5; i++) {
                        final long askedNs = System.nanoTime();
                        assertThat(snapshot.queryLong("SELECT count(*) FROM small"))
                                .isEqualTo(50);
                        assertThat(System.nanoTime() - askedNs)
                                .as("all of it takes a minute")
                                .isLessThan(TimeUnit.SECONDS.toNanos(10));
                    }
                    for (int i = 2; i <= 40; i++) {
                        assertThat(slow.next()).isTrue();
                        assertThat(slow.getLong(0)).isEqualTo(i);
                    }
                    assertThat(slow.next()).isTrue();
                    assertThat(slow.getLong(0)).isEqualTo(500_000);
                }
                return 0;
            });
        }
    }

    @Test
    void shouldDescribeWhileRowsAreOpenInASnapshot() {
        session.snapshot(snapshot -> {
            try (Rows rows = snapshot.rows(ALL)) {
                assertThat(rows.next()).isTrue();
                for (int i = 0; i < 50; i++) {
                    assertThat(session.describe("SELECT a AS x" + i + " FROM small")
                                    .columns())
                            .hasSize(1);
                    assertThat(rows.next()).isTrue();
                }
            }
            return 0;
        });
    }

    @Test
    void shouldCloseWhatIsOpenWhenTheSnapshotEnds() {
        for (int i = 0; i < 20; i++) {
            final List<Rows> left = new ArrayList<>();
            session.snapshot(snapshot -> {
                for (int j = 0; j < 5; j++) {
                    left.add(snapshot.rows(ALL));
                }
                assertThat(left.get(2).next()).isTrue();
                return 0;
            });
            for (final Rows rows : left) {
                assertThatThrownBy(() -> {
                            while (rows.next()) {
                                assertThat(rows.getLong(0)).isBetween(1L, 200L);
                            }
                        })
                        .isInstanceOfSatisfying(
                                CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
                rows.close();
            }
        }
        // Each connection was given back, as it was.
        assertThat(session.update("INSERT INTO small VALUES(99, 99)").changeCount())
                .isEqualTo(1);
        session.snapshot(snapshot -> {
            assertThat(snapshot.queryLong("SELECT count(*) FROM small")).isEqualTo(51);
            return 0;
        });
    }

    @Test
    void shouldEndTheSessionWhileResultsAreOpenInItsSnapshot() {
        for (int i = 0; i < 20; i++) {
            final Session ending = database.openSession();
            assertThatThrownBy(() -> ending.snapshot(snapshot -> {
                        final Rows first = snapshot.rows(ALL);
                        final Rows slow = snapshot.rows(SLOW);
                        assertThat(first.next()).isTrue();
                        // While a thread runs one of them.
                        ending.close();
                        assertThatThrownBy(() -> {
                                    while (first.next() || slow.next()) {
                                        assertThat(first.columnCount()).isEqualTo(2);
                                    }
                                })
                                .isInstanceOf(CleatException.class);
                        return 0;
                    }))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
        }
        session.snapshot(snapshot -> {
            assertNests(snapshot);
            return 0;
        });
    }

    @Test
    void shouldEndEachWithItsOwnErrorWhenOneFailsInASnapshot() {
        session.snapshot(snapshot -> {
            try (Rows rows = snapshot.rows(ALL);
                    Rows failing = snapshot.rows(
                            "SELECT a, CASE WHEN a = 3000 THEN abs(-9223372036854775808) ELSE b END FROM big ORDER BY a")) {
                assertThat(rows.next()).isTrue();
                assertThatThrownBy(() -> {
                            while (failing.next()) {
                                assertThat(failing.getLong(0)).isLessThan(3000);
                            }
                        })
                        .hasMessageContaining("integer overflow");
                assertThatThrownBy(() -> snapshot.queryLong("SELECT * FROM missing"))
                        .hasMessageContaining("no such table");
                int count = 1;
                while (rows.next()) {
                    count++;
                }
                assertThat(count).isEqualTo(ROWS);
            }
            return 0;
        });
    }

    // ---- in a transaction ----

    @Test
    void shouldRunOthersWhileRowsAreOpenInATransaction() {
        session.begin();
        session.update("UPDATE big SET b = b || 'x'");
        assertNests(session);
        try (Rows outer = session.rows("SELECT a FROM big ORDER BY a");
                SqlStatement update = session.prepare("UPDATE big SET b = ? WHERE a = ?")) {
            int count = 0;
            while (outer.next()) {
                count++;
                if (count % 10 == 0) {
                    assertThat(update.bind(1, "new").bind(2, outer.getLong(0)).update())
                            .isEqualTo(1);
                }
            }
            assertThat(count).isEqualTo(ROWS);
        }
        session.commit();
        assertThat(session.queryLong("SELECT count(*) FROM big WHERE b = 'new'"))
                .isEqualTo(ROWS / 10);
    }

    // ---- outside of both ----

    @Test
    void shouldRunOthersWhileRowsAreOpenOutsideOfBoth() {
        try (Rows outer = session.rows(ALL)) {
            for (int i = 1; i <= ROWS; i++) {
                assertThat(outer.next()).isTrue();
                if (i % 10 == 0) {
                    assertThat(session.update("UPDATE big SET b = '' WHERE a = ?", i)
                                    .changeCount())
                            .isEqualTo(1);
                    assertThat(session.queryLong("SELECT length(b) FROM big WHERE a = ?", i))
                            .isZero();
                }
                assertThat(outer.getLong(0)).isEqualTo(i);
                assertThat(outer.getText(1)).as("as it was").hasSize(200);
            }
            assertThat(outer.next()).isFalse();
        }
    }

    @Test
    void shouldSayLimitSoonWhenItWaitsForItself() {
        final List<Rows> open = new ArrayList<>();
        final long startNs = System.nanoTime();
        assertThatThrownBy(() -> {
                    while (open.size() < 100) {
                        open.add(session.rows(ALL));
                    }
                })
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT))
                .hasMessageContaining("this client has open");
        assertThat(System.nanoTime() - startNs)
                .as("long before the deadline")
                .isLessThan(Duration.ofSeconds(30).toNanos());
        assertThat(open).hasSizeBetween(6, 8);
        // The others go on, and what is short is still answered.
        assertThat(session.queryLong("SELECT count(*) FROM small")).isEqualTo(50);
        for (final Rows rows : open) {
            int count = 0;
            while (rows.next()) {
                count++;
            }
            assertThat(count).isEqualTo(ROWS);
            rows.close();
        }
    }

    @Test
    void shouldWaitForOthersWhenTheyHoldTheConnections() {
        try (Database other = Database.open(place.client().creditBytes(8192))) {
            final List<Rows> open = new ArrayList<>();
            open.add(session.rows(ALL));
            for (int i = 0; i < 6; i++) {
                open.add(other.rows(ALL));
            }
            final CompletableFuture<Integer> waiting =
                    OtherThread.call(() -> session.query(ALL, row -> 1).size());
            await().during(Duration.ofSeconds(4)).atMost(Duration.ofSeconds(20)).until(() -> !waiting.isDone());
            open.forEach(Rows::close);
            assertThat(waiting.join()).isEqualTo(ROWS);
        }
    }
}
