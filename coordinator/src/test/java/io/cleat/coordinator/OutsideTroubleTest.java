// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.testing.ChildJvm;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the world around does to the files and limits of a coordinator: it says so, and goes on where it can. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OutsideTroubleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {32, 48, 64, 96, 128, 160})
    void shouldServeOrSayWhyWhenFileDescriptorsAreFew(int limit) throws Exception {
        final Place place = Place.in(folder, "few");
        try (ChildJvm coordinator = place.startServingAfter("ulimit -n " + limit)) {
            final String line = firstWord(coordinator);
            if (line.startsWith("READY")) {
                try (ChildJvm client = place.startAttachingAfter("true")) {
                    assertThat(client.awaitLine(PATIENCE, l -> l.startsWith("OPEN") || l.contains("Exception")))
                            .isNotBlank();
                }
                assertThat(coordinator.isAlive()).isTrue();
                assertThat(limit).isGreaterThanOrEqualTo(128);
            } else {
                assertThat(line).contains("LIMIT").contains("this process may not open enough files: limit=" + limit);
                coordinator.awaitExit(PATIENCE);
            }
        }
        // Nothing is left behind that would hinder the next one.
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            database.update("CREATE TABLE IF NOT EXISTS t(a)");
            assertThat(coordinator.isClosed()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 48, 64, 96, 128})
    void shouldAttachOrSayWhyWhenAClientHasFewFileDescriptors(int limit) throws Exception {
        final Place place = Place.in(folder, "few");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database other = place.open();
                ChildJvm client = place.startAttachingAfter("ulimit -n " + limit)) {
            other.update("CREATE TABLE t(a)");
            final String line = firstWord(client);
            if (line.startsWith("OPEN")) {
                client.send("INSERT INTO t VALUES(1)");
                client.awaitLine(PATIENCE, l -> l.startsWith("OK"));
                assertThat(limit).isGreaterThanOrEqualTo(128);
            } else {
                assertThat(line).contains("this process may not open enough files: limit=" + limit);
                client.awaitExit(PATIENCE);
            }
            other.update("INSERT INTO t VALUES(2)");
            assertThat(coordinator.isClosed()).isFalse();
        }
    }

    /** Many clients use up what a coordinator may open: the last ones are refused, those before go on. */
    @Test
    void shouldRefuseTheNextClientWhenTheCoordinatorsDescriptorsAreUsedUp() throws Exception {
        final Place place = Place.in(folder, "many");
        try (ChildJvm coordinator = place.startServingAfter("ulimit -n 130")) {
            coordinator.awaitLine(PATIENCE, l -> l.startsWith("READY"));
            try (Database first = place.open();
                    Crowd crowd = new Crowd()) {
                first.update("CREATE TABLE t(a)");
                final CleatException refused =
                        catchThrowableOfType(CleatException.class, () -> crowd.openUntilRefused(place, 60));
                first.update("INSERT INTO t VALUES(1)");
                assertThat(refused).isNotNull();
                assertThat(refused.code()).as(refused.toString()).isEqualTo(ErrorCode.LIMIT);
                assertThat(refused).hasMessageContaining("may not open enough files: limit=130");
                crowd.leave();
                first.update("INSERT INTO t VALUES(2)");
            }
            await().atMost(PATIENCE).ignoreExceptions().until(() -> {
                try (Database again = place.open()) {
                    return again.queryLong("SELECT count(*) FROM t") == 2;
                }
            });
            assertThat(coordinator.isAlive()).isTrue();
        }
    }

    @Test
    void shouldSayWhyWhenFoldersOrFilesCannotBeWritten() throws Exception {
        try (SmallDevice device = SmallDevice.mount(folder.resolve("ro"), 64)) {
            final Place inside =
                    new Place(folder.resolve("dir"), "readonly", device.path().resolve("a.db"));
            final Place none =
                    new Place(folder.resolve("dir"), "none", device.path().resolve("none.db"));
            final Place directory = new Place(device.path().resolve("dir"), "dir", folder.resolve("dir.db"));
            try (Coordinator coordinator = Coordinator.launch(inside.coordinator());
                    Database database = inside.open()) {
                database.update("CREATE TABLE t(a)");
                assertThat(coordinator.isClosed()).isFalse();
            }
            device.readOnly(true);
            try {
                assertRefused(inside, ErrorCode.IO, "its folder is not writable");
                assertRefused(none, ErrorCode.IO, "its folder is not writable");
                assertRefused(directory, ErrorCode.IO, "ead-only file system");
            } finally {
                device.readOnly(false);
            }
            try (Coordinator coordinator = Coordinator.launch(inside.coordinator());
                    Database database = inside.open()) {
                assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
                assertThat(coordinator.isClosed()).isFalse();
            }
        }
    }

    @Test
    void shouldSayWhatIsWrongWhenTheFileIsNoDatabase() throws Exception {
        final Place place = Place.in(folder, "garbage");
        final byte[] garbage = new byte[50_000];
        new Random(1).nextBytes(garbage);
        Files.write(place.file(), garbage);
        assertRefused(place, ErrorCode.IO, "it is not an SQLite database, or it is encrypted");
        assertThat(place.file()).hasBinaryContent(garbage);
        // The name is free, and the directory as good as new.
        Files.delete(place.file());
        try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
            assertThat(coordinator.isClosed()).isFalse();
        }
        // Something in the header behind the magic.
        try (RandomAccessFile file = new RandomAccessFile(place.file().toFile(), "rw")) {
            file.setLength(8192);
            file.seek(0);
            file.write("SQLite format 3\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            file.write(garbage, 0, 84);
        }
        final CleatException refused =
                catchThrowableOfType(CleatException.class, () -> Coordinator.launch(place.coordinator())
                        .close());
        assertThat(refused).isNotNull();
        assertThat(refused.code()).isEqualTo(ErrorCode.IO);
        assertThat(refused).hasMessageContaining("cannot open the database of coordinator name=garbage");
    }

    @Test
    void shouldTellTheCallerAndGoOnWhenPagesInTheMiddleAreDamaged() throws Exception {
        final Place place = Place.in(folder, "damaged");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            database.update("CREATE TABLE good(a)");
            database.update("INSERT INTO good VALUES(7)");
            database.update("CREATE TABLE bad(id INTEGER PRIMARY KEY, b)");
            database.update("INSERT INTO bad SELECT i, randomblob(500) FROM "
                    + "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT i FROM n)");
            assertThat(coordinator.isClosed()).isFalse();
        }
        try (RandomAccessFile file = new RandomAccessFile(place.file().toFile(), "rw")) {
            final byte[] garbage = new byte[4096];
            final Random random = new Random(2);
            for (long at = 20 * 4096; at + 4096 < file.length(); at += 8192) {
                random.nextBytes(garbage);
                file.seek(at);
                file.write(garbage);
            }
        }
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            for (final String sql : new String[] {
                "SELECT count(*) FROM bad WHERE b > 'x'", "SELECT sum(length(b)) FROM bad", "SELECT b FROM bad"
            }) {
                assertThatThrownBy(() -> database.query(sql, row -> row.type(0)))
                        .as(sql)
                        .isInstanceOf(CleatException.class)
                        .hasMessageContaining("SQLITE_CORRUPT");
            }
            assertThatThrownBy(() -> database.update("UPDATE bad SET b = 1"))
                    .isInstanceOf(CleatException.class)
                    .hasMessageContaining("SQLITE_CORRUPT");
            assertThatThrownBy(() -> database.inTransaction(transaction -> transaction.update("DELETE FROM bad")))
                    .hasMessageContaining("SQLITE_CORRUPT");
            database.update("INSERT INTO good VALUES(8)");
            assertThat(database.queryLong("SELECT sum(a) FROM good")).isEqualTo(15);
            assertThat(coordinator.isClosed()).isFalse();
        }
    }

    /** In a process of its own: whatever the deletion does, this JVM tells of it. */
    @ParameterizedTest
    @ValueSource(strings = {"requests/ID", "replies/ID", "requests", "replies", "clients", "", "status.dat"})
    void shouldEndClearlyAndHarmNoOtherWhenFilesAreDeletedBelowIt(String what) throws Exception {
        final Place place = Place.in(folder, "deleted");
        final Place other = new Place(place.directory(), "other", folder.resolve("other.db"));
        try (ChildJvm coordinator = place.serve("cycleBytes=1048576");
                Coordinator unharmed = Coordinator.launch(other.coordinator());
                Database others = other.open();
                Database database = place.open();
                ChildJvm client = place.attach()) {
            others.update("CREATE TABLE t(a)");
            database.update("CREATE TABLE t(a)");
            final String id = Long.toString(database.clientId());
            delete(place.folder().resolve(what.replace("ID", id)));
            final boolean all = !what.contains("ID");
            // Mapped files live on without their names; what needs a new file fails with a word.
            int failures = 0;
            final byte[] value = new byte[100_000];
            for (int i = 0; i < 60; i++) {
                try {
                    database.withTimeout(Duration.ofSeconds(3)).update("INSERT INTO t VALUES(?)", (Object) value);
                    database.withTimeout(Duration.ofSeconds(3))
                            .query("SELECT a FROM t ORDER BY rowid DESC LIMIT 1", row -> row.getBytes(0));
                } catch (CleatException e) {
                    assertThat(e.getMessage()).isNotBlank();
                    System.out.println(what + " call: " + e);
                    failures++;
                    if (failures == 3) {
                        break;
                    }
                }
            }
            if (!all) {
                client.send("INSERT INTO t VALUES(2)");
                client.awaitLine("OK");
            }
            others.update("INSERT INTO t VALUES(1)");
            assertThat(unharmed.isClosed()).isFalse();
            assertThat(coordinator.isAlive()).isTrue();
            try (Database late = Database.open(place.client().connectTimeout(Duration.ofSeconds(5)))) {
                assertThat(late.queryLong("SELECT 1")).isEqualTo(1);
            } catch (CleatException e) {
                assertThat(e.getMessage()).isNotBlank();
                System.out.println(what + " failures=" + failures + " late: " + e);
                assertThat(all).as("refused although others are whole: " + e).isTrue();
            }
            System.out.println(what + " failures=" + failures + " errors="
                    + coordinator.output().stream()
                            .filter(l -> l.startsWith("ERROR"))
                            .limit(3)
                            .toList());
        }
    }

    private static String firstWord(ChildJvm child) {
        return child.awaitLine(
                PATIENCE,
                line -> line.startsWith("READY")
                        || line.startsWith("OPEN")
                        || line.startsWith("REFUSED")
                        || line.contains("Exception")
                        || line.contains("Error"));
    }

    private static void assertRefused(Place place, ErrorCode code, String why) {
        final CleatException refused =
                catchThrowableOfType(CleatException.class, () -> Coordinator.launch(place.coordinator())
                        .close());
        assertThat(refused).isNotNull();
        assertThat(refused).hasMessageContaining(why);
        assertThat(refused.code()).isEqualTo(code);
    }

    private static void delete(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            try (Stream<Path> all = Files.list(path)) {
                for (final Path each : all.toList()) {
                    delete(each);
                }
            }
        }
        Files.deleteIfExists(path);
    }

    /** Clients that come one after the other. */
    private static final class Crowd implements AutoCloseable {
        private final java.util.List<Database> all = new java.util.ArrayList<>();

        void openUntilRefused(Place place, int count) {
            for (int i = 0; i < count; i++) {
                all.add(Database.open(place.client().connectTimeout(Duration.ofSeconds(10))));
            }
        }

        void leave() {
            all.forEach(Database::close);
            all.clear();
        }

        @Override
        public void close() {
            leave();
        }
    }
}
