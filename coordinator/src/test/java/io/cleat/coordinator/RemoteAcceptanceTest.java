// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.Batch;
import io.cleat.Database;
import io.cleat.RequestException;
import io.cleat.status.StatusFile;
import io.cleat.status.SystemCounter;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What travels: values of all kinds there and back, and what the coordinator runs when it is asked. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class RemoteAcceptanceTest {
    private static final long BEYOND_DOUBLE = (1L << 53) + 1;

    @TempDir
    Path folder;

    private final List<String> ran = Collections.synchronizedList(new ArrayList<>());
    private Place place;
    private Coordinator coordinator;
    private Database database;

    /** Notes what runs, and fails on demand. */
    private final RequestInterceptor witness = new RequestInterceptor() {
        @Override
        public void before(RequestDetails request) {
            ran.add(request.kind() + " " + request.sql());
            if (request.sql().contains("'fail'")) {
                throw new IllegalStateException("the executor's own words");
            }
        }
    };

    @BeforeEach
    void open() {
        place = Place.in(folder, "remote");
        coordinator = Coordinator.launch(place.coordinator().singleClient(true).interceptor(witness));
        database = place.open();
        database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        ran.clear();
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    private Object back(Object value) {
        return database.query("SELECT ?", row -> Objects.requireNonNull(row.getObject(0)), value)
                .get(0);
    }

    /** R3: in single-client mode, with nobody listening, nothing is told of changes. */
    @Test
    void shouldSendNoUpdatesWhenTheOnlyClientWorks() {
        database.update("INSERT INTO t VALUES(1, 'a')");
        database.batch(batch -> batch.add("UPDATE t SET v = 'b'"));
        database.inTransaction(transaction -> transaction.update("DELETE FROM t"));
        final StatusFile status = StatusFile.open(place.folder().resolve("status.dat"));
        assertThat(status.counters().value(SystemCounter.UPDATES_SENT)).isZero();
    }

    /** R4: blobs. */
    @Test
    void shouldGetEqualBytesWhenABlobTravels() {
        for (byte[] bytes : new byte[][] {{}, {0}, {1, -1, 127, -128}, new byte[100_000]}) {
            assertThat(back(bytes)).isEqualTo(bytes);
        }
    }

    /** R5: 64 bits as parameters, in rows and in batches; what SQLite has no room for is refused by name. */
    @Test
    void shouldKeepAllSixtyFourBitsWhenIntegersTravel() {
        final List<Long> values =
                List.of(Long.MIN_VALUE, -BEYOND_DOUBLE, -1L, 0L, 1L, 1L << 31, 1L << 53, BEYOND_DOUBLE, Long.MAX_VALUE);
        final Batch batch = new Batch();
        for (long value : values) {
            assertThat(back(value)).isEqualTo(value);
            batch.add("INSERT INTO t VALUES(?, ?)", value, value);
        }
        database.batch(batch);
        assertThat(database.query(
                        "SELECT v FROM t WHERE id = v ORDER BY id", row -> Objects.requireNonNull(row.getObject(0))))
                .containsExactlyElementsOf(values);
        final BigInteger tooBig = BigInteger.TWO.pow(64);
        assertThatThrownBy(() -> back(tooBig))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.math.BigInteger");
        assertThatThrownBy(() -> new Batch().add("INSERT INTO t VALUES(1, ?)", tooBig))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.math.BigInteger");
    }

    /** R6: the coordinator's SQLite gets an integer, 1, a real and a blob. */
    @Test
    void shouldExecuteWithTheFiveTypesOfSqlite() {
        final List<String> types = database.query(
                "SELECT typeof(?1) || ?1, typeof(?2) || ?2, typeof(?3) || ?3, typeof(?4) || hex(?4), typeof(?5)",
                row -> row.getText(0) + " " + row.getText(1) + " " + row.getText(2) + " " + row.getText(3) + " "
                        + row.getText(4),
                Long.MAX_VALUE,
                true,
                1.2,
                new byte[] {1, 2},
                null);
        assertThat(types).containsExactly("integer" + Long.MAX_VALUE + " integer1 real1.2 blob0102 null");
    }

    /** R7: the original message, and where it came from. */
    @Test
    void shouldTellTheOriginalMessageWhenTheExecutorThrows() {
        assertThatThrownBy(() -> database.update("INSERT INTO t VALUES(1, 'fail')"))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("the executor's own words");
        assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
    }

    /** R8: exactly that batch, and no BEGIN of a client. B1: each statement's text once, in the order of first use. */
    @Test
    void shouldSendEachStatementOnceWhenABatchUsesItOften() {
        final String insert = "INSERT INTO t VALUES(?, ?)";
        final String update = "UPDATE t SET v = ? WHERE id = ?";
        database.batch(batch -> batch.add(insert, 1, "a")
                .add(update, "b", 1)
                .add(insert, 2, "c")
                .add("REPLACE INTO t VALUES(1, 'd')")
                .add(update, "e", 2)
                .add("DELETE FROM t WHERE id = ?", 1)
                .add(insert, 3, "f"));
        assertThat(ran)
                .containsExactly("BATCH "
                        + String.join(
                                "; ", insert, update, "REPLACE INTO t VALUES(1, 'd')", "DELETE FROM t WHERE id = ?"));
        assertThat(database.query("SELECT id || v FROM t ORDER BY id", row -> row.getText(0)))
                .containsExactly("2e", "3f");
    }

    /** B4: insert-all: one text, two rows of arguments. B9 and B6: two batches in a transaction, one BEGIN. */
    @Test
    void shouldBeginOnceWhenTwoBatchesRunInATransaction() {
        final String upsert = "INSERT INTO t VALUES(?, ?) ON CONFLICT(id) DO UPDATE SET v = excluded.v";
        database.inTransaction(transaction -> {
            transaction.batch(batch -> batch.add(upsert, 1, "a").add(upsert, 2, "b"));
            database.batch(batch -> batch.add(upsert, 2, "c"));
        });
        assertThat(ran).containsExactly("BEGIN ", "BATCH " + upsert, "BATCH " + upsert, "COMMIT ");
        assertThat(database.query("SELECT v FROM t ORDER BY id", row -> row.getText(0)))
                .containsExactly("a", "c");
    }

    /** R9: no row is no error. */
    @Test
    void shouldCommitWhenAnUpdateMatchesNoRow() {
        database.inTransaction(transaction -> assertThat(
                        transaction.update("UPDATE t SET v = 1 WHERE id = 42").changeCount())
                .isZero());
        assertThat(ran).containsExactly("BEGIN ", "EXECUTE UPDATE t SET v = 1 WHERE id = 42", "COMMIT ");
    }

    /** E6: null, text with emoji, truth, integers beyond 2^53, reals, blobs; as parameters, stored, and in a transaction. */
    @Test
    void shouldComeBackEqualWhenBound() {
        final List<Object> values = List.of(
                "",
                "O'Connor \u20ac \ud83d\ude80 \u0000 end",
                BEYOND_DOUBLE - 2,
                BEYOND_DOUBLE - 1,
                BEYOND_DOUBLE,
                1.5,
                -0.0,
                Double.MIN_VALUE,
                Double.MAX_VALUE,
                Double.POSITIVE_INFINITY,
                new byte[] {0, 1, 2});
        for (int i = 0; i < values.size(); i++) {
            assertThat(back(values.get(i))).isEqualTo(values.get(i));
            database.update("INSERT INTO t VALUES(?, ?)", i, values.get(i));
        }
        database.inTransaction(transaction -> assertThat(transaction.query(
                        "SELECT v FROM t ORDER BY id", row -> Objects.requireNonNull(row.getObject(0))))
                .usingElementComparator((one, other) -> Objects.deepEquals(one, other) ? 0 : 1)
                .containsExactlyElementsOf(values));
        assertThat(database.query(
                        "SELECT ?, ?, ?",
                        row -> List.of(row.isNull(0), row.getBoolean(1), row.getBoolean(2)),
                        null,
                        true,
                        false))
                .containsExactly(List.of(true, true, false));
        assertThat(database.query("SELECT ?", row -> row.isNull(0), Double.NaN))
                .as("as in SQLite")
                .containsExactly(true);
    }
}
