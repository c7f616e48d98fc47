// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.Row;
import io.cleat.Rows;
import io.cleat.SqlOperations;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Values and results that are larger than a queue's message, its files, or the reader's memory. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LargeValueTest {
    private static final Duration PATIENCE = Duration.ofSeconds(100);

    @TempDir
    Path folder;

    @Test
    void shouldCarryAHundredMegabytesWhenAValueIsThatLarge() throws Exception {
        final Place place = Place.in(folder, "large");
        try (ChildJvm coordinator = place.serve("cycleBytes=4194304");
                ChildJvm client = place.start(HundredMegabytes.class, "1g")) {
            assertThat(client.awaitLine(PATIENCE, line -> line.startsWith("DONE")))
                    .isEqualTo("DONE 100000000 100000001");
            assertThat(client.awaitExit(PATIENCE)).isZero();
            assertThat(coordinator.output()).noneMatch(line -> line.startsWith("ERROR"));
        }
    }

    /** A blob of noise and a text of all widths of UTF-8, in and out. */
    static final class HundredMegabytes {
        private static final int SIZE = 100_000_000;

        private HundredMegabytes() {}

        public static void main(String[] args) {
            try (Database database = Place.of(args).open()) {
                database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
                final byte[] blob = new byte[SIZE];
                new Random(7).nextBytes(blob);
                database.update("INSERT INTO t VALUES(1, ?)", (Object) blob);
                check(Arrays.equals(
                        blob,
                        database.queryFirst("SELECT v FROM t WHERE id = 1", row -> bytes(row))
                                .orElseThrow()));
                // Ten bytes of UTF-8: one, two, three and four wide.
                final String text = "aé€😀".repeat(SIZE / 10) + "z";
                database.update("INSERT INTO t VALUES(2, ?)", text);
                check(text.equals(database.queryFirst("SELECT v FROM t WHERE id = 2", row -> text(row))
                        .orElseThrow()));
                System.out.println("DONE " + database.queryLong("SELECT length(v) FROM t WHERE id = 1") + " "
                        + database.queryLong("SELECT length(CAST(v AS BLOB)) FROM t WHERE id = 2"));
            }
        }

        private static byte[] bytes(Row row) {
            final byte[] bytes = row.getBytes(0);
            return bytes == null ? new byte[0] : bytes;
        }

        private static String text(Row row) {
            return String.valueOf(row.getText(0));
        }

        private static void check(boolean same) {
            if (!same) {
                throw new AssertionError("another value came back");
            }
        }
    }

    @Test
    void shouldStreamWhenAResultIsLargerThanTheReadersMemory() throws Exception {
        final Place place = Place.in(folder, "stream");
        try (ChildJvm coordinator = place.serve();
                ChildJvm reader = place.start(Scan.class, "64m")) {
            assertThat(reader.awaitLine(PATIENCE, line -> line.startsWith("SCANNED")))
                    .isEqualTo("SCANNED 5000 12502500 500000000");
            assertThat(reader.awaitExit(PATIENCE)).isZero();
            assertThat(coordinator.output()).noneMatch(line -> line.startsWith("ERROR"));
        }
    }

    /** Reads 500 MB, and another query beside it. */
    static final class Scan {
        private Scan() {}

        public static void main(String[] args) {
            long count = 0;
            long sum = 0;
            long bytes = 0;
            try (Database database = Place.of(args).open();
                    Rows rows =
                            database.rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000)"
                                    + " SELECT i, zeroblob(100000) FROM n")) {
                while (rows.next()) {
                    count++;
                    sum += rows.getLong(0);
                    final byte[] blob = rows.getBytes(1);
                    bytes += blob == null ? 0 : blob.length;
                    if (count % 1000 == 0 && database.queryLong("SELECT 7") != 7) {
                        throw new AssertionError("the query beside it");
                    }
                }
            }
            System.out.println("SCANNED " + count + " " + sum + " " + bytes);
        }
    }

    @Test
    void shouldServeOthersWhenAReaderOfALargeResultStandsStill() {
        final Place place = Place.in(folder, "still");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator().maxReaders(2));
                Database database = place.open();
                Rows still =
                        database.rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000)"
                                + " SELECT i FROM n")) {
            assertThat(coordinator.isClosed()).isFalse();
            assertThat(still.next()).isTrue();
            database.update("CREATE TABLE t(a)");
            for (int i = 0; i < 500; i++) {
                database.update("INSERT INTO t VALUES(?)", i);
                assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(i + 1);
            }
            long count = 1;
            while (still.next()) {
                count++;
            }
            assertThat(count).isEqualTo(200_000);
        }
    }

    @Test
    void shouldGoOnWhenAValueDoesNotFitIntoTheCoordinatorsMemory() {
        final Place place = Place.in(folder, "memory");
        try (ChildJvm coordinator = place.serve();
                Database database = place.open()) {
            for (int i = 0; i < 2; i++) {
                assertTooMuch(database);
                assertThat(database.queryLong("SELECT 7")).isEqualTo(7);
                database.inTransaction(transaction -> assertTooMuch(transaction));
                assertThat(database.queryLong("SELECT 7")).isEqualTo(7);
            }
            assertThat(coordinator.isAlive()).isTrue();
        }
    }

    /** It is more than half the heap of its coordinator. */
    private static void assertTooMuch(SqlOperations database) {
        assertThatThrownBy(() -> database.queryFirst("SELECT zeroblob(900000000)", row -> row.type(0)))
                .isInstanceOf(CleatException.class)
                .hasMessageContaining("SQLITE_TOOBIG");
    }

    @Test
    void shouldRefuseWithAWordWhenAValueIsBeyondSqlitesLimit() {
        final Place place = Place.in(folder, "limit");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            assertThatThrownBy(() -> database.queryLong("SELECT length(zeroblob(3000000000))"))
                    .hasMessageContaining("SQLITE_TOOBIG");
            assertThat(database.queryLong("SELECT 7")).isEqualTo(7);
        }
    }
}
