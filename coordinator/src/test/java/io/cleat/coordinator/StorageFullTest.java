// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.RequestException;
import io.cleat.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Full disks and full shared memory: what does not fit is refused, nothing dies of it, and work goes on when there is room again. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class StorageFullTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ROW_BYTES = 100_000;
    private static final String INSERT = "INSERT INTO t(b) VALUES(randomblob(" + ROW_BYTES + "))";
    private static final String MANY =
            "INSERT INTO t(b) SELECT randomblob(100000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                    + "FROM n LIMIT 100000) SELECT i FROM n)";

    @TempDir
    Path folder;

    @Test
    void shouldFailWritesAndGoOnWhenTheDiskOfTheDatabaseIsFull() throws Exception {
        try (SmallDevice device = SmallDevice.mount(folder.resolve("disk"), 24)) {
            final Place place =
                    new Place(folder.resolve("dir"), "full", device.path().resolve("full.db"));
            final Place other = new Place(folder.resolve("dir"), "other", folder.resolve("other.db"));
            try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                    Coordinator unharmed = Coordinator.launch(other.coordinator());
                    Database database = place.open();
                    Database others = other.open()) {
                assertThat(coordinator.isClosed() || unharmed.isClosed()).isFalse();
                database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, b)");
                others.update("CREATE TABLE t(a)");
                final Path filler = device.fillBut(6 << 20);
                final long rows = insertUntilFull(database);
                assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(rows);
                assertFull(() -> database.update(MANY));
                assertFull(() -> database.inTransaction(transaction -> {
                    transaction.update("INSERT INTO t(b) VALUES('half')");
                    transaction.update(MANY);
                }));
                others.update("INSERT INTO t VALUES(1)");
                Files.delete(filler);
                database.update("INSERT INTO t(b) VALUES('again')");
                assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(rows + 1);
                assertThat(database.queryLong("SELECT count(*) FROM t WHERE b = 'half'"))
                        .isZero();
                assertThat(database.query("PRAGMA integrity_check", row -> row.getText(0)))
                        .containsExactly("ok");
            }
        }
    }

    @Test
    void shouldFailWritesAndGoOnWhenTheLogGrowsUntilTheDiskIsFull() throws Exception {
        try (SmallDevice device = SmallDevice.mount(folder.resolve("disk"), 24)) {
            final Place place =
                    new Place(folder.resolve("dir"), "log", device.path().resolve("log.db"));
            try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                    Database database = place.open()) {
                assertThat(coordinator.isClosed()).isFalse();
                database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, b)");
                database.update(INSERT);
                database.snapshot(snapshot -> {
                    assertThat(snapshot.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
                    // The snapshot keeps the log from beginning anew; the writer is another client, so not in the
                    // block.
                    try (Database writer = place.open()) {
                        assertFull(() -> {
                            for (int i = 0; i < 100_000; i++) {
                                writer.update("UPDATE t SET b = randomblob(100000)");
                            }
                        });
                    }
                    return 0;
                });
                await().atMost(PATIENCE).untilAsserted(() -> {
                    assertThat(database.update("UPDATE t SET b = 'small'").changeCount())
                            .isEqualTo(1);
                });
                assertThat(database.query("PRAGMA integrity_check", row -> row.getText(0)))
                        .containsExactly("ok");
            }
        }
    }

    @Test
    void shouldRefuseToAttachAndGoOnWhenTheDirectoryIsFull() throws Exception {
        try (SmallDevice device = SmallDevice.mount(folder.resolve("shm"), 96)) {
            final Place place = new Place(device.path().resolve("dir"), "attach", folder.resolve("attach.db"));
            try (ChildJvm coordinator = place.serve();
                    Database database = place.open()) {
                database.update("CREATE TABLE t(a)");
                for (final long left : new long[] {8 << 20, 64 << 10, 0}) {
                    final Path filler = device.fillBut(left);
                    assertFull(() -> place.open().close());
                    Files.delete(filler);
                    database.update("INSERT INTO t VALUES(1)");
                    try (Database second = place.open()) {
                        assertThat(second.queryLong("SELECT count(*) FROM t")).isPositive();
                    }
                }
                assertThat(coordinator.isAlive()).isTrue();
            }
        }
    }

    @Test
    void shouldRefuseToServeWhenTheDirectoryIsFull() throws Exception {
        try (SmallDevice device = SmallDevice.mount(folder.resolve("shm"), 64)) {
            final Place place = new Place(device.path().resolve("dir"), "serve", folder.resolve("serve.db"));
            final Path filler = device.fillBut(0);
            try (ChildJvm refused = place.startServing()) {
                final String line = refused.awaitLine(PATIENCE, l -> l.startsWith("REFUSED") || l.startsWith("READY"));
                assertThat(line).contains("STORAGE_FULL");
                refused.awaitExit(PATIENCE);
            }
            Files.delete(filler);
            try (ChildJvm coordinator = place.serve();
                    Database database = place.open()) {
                database.update("CREATE TABLE t(a)");
                assertThat(coordinator.isAlive()).isTrue();
            }
        }
    }

    @Test
    void shouldStayWithinItsBoundsWhenADatabaseInMemoryIsFilled() throws Exception {
        try (SmallDevice device = SmallDevice.mount(folder.resolve("shm"), 128)) {
            final Place place = new Place(device.path().resolve("dir"), "memory", Path.of(":memory:"));
            try (ChildJvm coordinator = place.serve();
                    Database database = place.open()) {
                database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, b)");
                assertFull(() -> database.update(MANY));
                assertThat(device.usable()).isGreaterThan(24 << 20);
                final long rows = insertUntilFull(database);
                assertThat(rows).isGreaterThan(100);
                assertThat(device.usable()).isGreaterThan(24 << 20);
                try (Database second = place.open()) {
                    assertThat(second.queryLong("SELECT count(*) FROM t")).isEqualTo(rows);
                    // What is in the log goes into the file before long; until then both take their room.
                    await().atMost(PATIENCE)
                            .ignoreException(RequestException.class)
                            .until(() -> second.update("DELETE FROM t").changeCount() == rows);
                }
                await().atMost(PATIENCE)
                        .ignoreException(RequestException.class)
                        .until(() -> database.update(INSERT).changeCount() == 1);
                assertThat(database.query("PRAGMA integrity_check", row -> row.getText(0)))
                        .containsExactly("ok");
                assertThat(coordinator.isAlive()).isTrue();
            }
        }
    }

    @Test
    void shouldStopBeforeTheReserveWhenOthersFillTheDeviceOfADatabaseInMemory() throws Exception {
        try (SmallDevice device = SmallDevice.mount(folder.resolve("shm"), 192)) {
            final Place place = new Place(device.path().resolve("dir"), "memory", Path.of(":memory:"));
            try (ChildJvm coordinator = place.serve();
                    Database database = place.open()) {
                database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, b)");
                // Enough for requests and replies, not for a database.
                final Path filler = device.fillBut(50 << 20);
                assertFull(() -> database.update(MANY));
                assertThat(device.usable()).isGreaterThan(16 << 20);
                insertUntilFull(database);
                assertThat(device.usable()).isGreaterThan(16 << 20);
                Files.delete(filler);
                await().atMost(PATIENCE)
                        .ignoreExceptions()
                        .until(() -> database.update(INSERT).changeCount() == 1);
                assertThat(database.query("PRAGMA integrity_check", row -> row.getText(0)))
                        .containsExactly("ok");
                assertThat(coordinator.isAlive()).isTrue();
            }
        }
    }

    private static long insertUntilFull(Database database) {
        long rows = database.queryLong("SELECT count(*) FROM t");
        while (true) {
            try {
                database.update(INSERT);
                rows++;
            } catch (CleatException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.STORAGE_FULL);
                return rows;
            }
        }
    }

    private static void assertFull(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        final CleatException e = catchThrowableOfType(CleatException.class, call);
        assertThat(e).isNotNull();
        assertThat(e.code()).as(e.toString()).isEqualTo(ErrorCode.STORAGE_FULL);
    }
}
