// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.NameEntry;
import io.cleat.nameserver.NameServer;
import io.cleat.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What lies in the directory is this user's alone, and nothing there is reached through a symbolic link. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class PrivateFilesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int NOBODY = 65534;

    @TempDir
    Path folder;

    @Test
    void shouldMakeAllFilesPrivateWhateverTheUmask() throws Exception {
        final Place place = new Place(folder.resolve("dir"), "modes", Path.of(":memory:"));
        try (ChildJvm coordinator = place.startServingAfter("umask 000", "cycleBytes=1048576")) {
            coordinator.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            try (ChildJvm client = place.startAttachingAfter("umask 000")) {
                client.awaitLine(PATIENCE, line -> line.startsWith("OPEN"));
                for (final String sql : List.of("CREATE TABLE t(a)", "INSERT INTO t VALUES(randomblob(900000))")) {
                    client.send(sql);
                    client.awaitLine("OK");
                }
                for (int i = 0; i < 6; i++) {
                    // The request queue and the reply queue roll.
                    client.send("UPDATE t SET a = '" + "x".repeat(200_000) + "'");
                    client.awaitLine("OK");
                    client.send("INSERT INTO t SELECT '" + "x".repeat(200_000) + "' RETURNING a");
                    client.awaitLine(PATIENCE, line -> line.startsWith("OK") || line.startsWith("ERR"));
                }
                assertThat(notPrivate(place.directory())).isEmpty();
                assertThat(files(place.directory()))
                        .anyMatch(name -> name.endsWith(".cq4"))
                        .anyMatch(name -> name.endsWith("memory.db-wal"))
                        .anyMatch(name -> name.endsWith("metadata.cq4t"));
            }
        }
    }

    @Test
    void shouldMakeTheLogOfASpawnedCoordinatorPrivateAndFollowNoLink() throws Exception {
        final Place place = Place.in(folder, "spawned");
        final Path victim = Files.writeString(folder.resolve("victim"), "precious");
        CleatDirectory.resolve(place.directory()).createDatabase("spawned");
        Files.createSymbolicLink(place.folder().resolve("coordinator.log"), victim);
        final NameEntry entry = CoordinatorProcess.spawn(place.coordinator(), TimeUnit.SECONDS.toNanos(60));
        try (Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            assertThat(notPrivate(place.directory())).isEmpty();
            assertThat(victim).hasContent("precious");
        } finally {
            ProcessHandle.of(entry.pid()).ifPresent(process -> {
                process.destroy();
                process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
            });
        }
    }

    /** Each is replaced or refused when the coordinator starts; what the link leads to stays as it is. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "names.dat",
                "names.lock",
                "links",
                "links/owner.lock",
                "links/epoch",
                "links/status.dat",
                "links/memory.db",
                "links/memory.db-wal",
                "links/requests",
                "links/replies",
                "links/clients"
            })
    void shouldFollowNoLinkWhenItStarts(String planted) throws IOException {
        final Place place = new Place(folder.resolve("dir"), "links", Path.of(":memory:"));
        CleatDirectory.resolve(place.directory()).createDatabase("links");
        final boolean isFolder = !planted.contains(".") && !planted.equals("links/epoch");
        final Path victim = isFolder
                ? Files.createDirectory(
                        folder.resolve("victim"),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
                : Files.createFile(
                        folder.resolve("victim"),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        final Path content = isFolder ? victim.resolve("precious") : victim;
        Files.writeString(content, "1");
        final Path link = place.directory().resolve(planted);
        delete(link);
        Files.createSymbolicLink(link, victim);
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            assertThat(coordinator.isClosed()).isFalse();
            assertThat(Files.isSymbolicLink(link)).as("replaced").isFalse();
        } catch (CleatException e) {
            assertThat(e.code()).as(e.toString()).isEqualTo(ErrorCode.PERMISSION);
            assertThat(e).hasMessageContaining("link");
        }
        assertThat(content).hasContent("1");
        if (isFolder) {
            try (Stream<Path> entries = Files.list(victim)) {
                assertThat(entries).containsExactly(content);
            }
        }
    }

    /** What is planted while it runs: new clients are refused or served, those that are there go on. */
    @ParameterizedTest
    @ValueSource(strings = {"requests", "replies"})
    void shouldFollowNoLinkWhenItIsPlantedLater(String planted) throws IOException {
        final Place place = Place.in(folder, "later");
        final Path victim = Files.createDirectory(
                folder.resolve("victim"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            final Path queues = place.folder().resolve(planted);
            final Path moved = Files.move(queues, queues.resolveSibling("moved"));
            Files.createSymbolicLink(queues, victim);
            final CleatException refused = catchThrowableOfType(
                    CleatException.class, () -> place.open().close());
            assertThat(refused.code()).as(refused.toString()).isEqualTo(ErrorCode.PERMISSION);
            assertThat(refused).hasMessageContaining("symbolic link");
            try (Stream<Path> entries = Files.list(victim)) {
                assertThat(entries).isEmpty();
            }
            Files.delete(queues);
            Files.move(moved, queues);
            try (Database second = place.open()) {
                second.update("INSERT INTO t VALUES(1)");
            }
            assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "names.dat", "names.lock", "owned", "owned/status.dat", "owned/epoch", "owned/clients"})
    void shouldRefuseWhatBelongsToAnotherUser(String foreign) throws IOException {
        final Place place = Place.in(folder, "owned");
        Coordinator.launch(place.coordinator()).close();
        CleatDirectory.resolve(place.directory()).createDatabase("owned");
        final Path path = place.directory().resolve(foreign);
        try {
            Files.setAttribute(path, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
        } catch (FileSystemException e) {
            assumeTrue(false, "cannot give a file away: " + e.getMessage());
        }
        final CleatException refused = catchThrowableOfType(CleatException.class, () -> {
            NameServer.open(CleatDirectory.resolve(place.directory())).list();
            Coordinator.launch(place.coordinator()).close();
        });
        if (foreign.equals("owned/status.dat")) {
            // Made anew by who owns the folder.
            assertThat(refused).isNull();
        } else {
            assertThat(refused).as(foreign).isNotNull();
            assertThat(refused.code()).as(refused.toString()).isEqualTo(ErrorCode.PERMISSION);
            assertThat(refused).hasMessageContaining("belongs to");
        }
    }

    private static List<String> notPrivate(Path directory) throws IOException {
        final List<String> found = new ArrayList<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (final Path path : all.toList()) {
                try {
                    final String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
                    if (!mode.equals(Files.isDirectory(path) ? "rwx------" : "rw-------")) {
                        found.add(mode + " " + path);
                    }
                } catch (NoSuchFileException pruned) {
                    // It was there when the folder was read.
                }
            }
        }
        return found;
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.map(Path::toString).toList();
        }
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
}
