// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Hosting;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.Liveness;
import io.cleat.nameserver.NameServer;
import io.cleat.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that start the coordinator themselves. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class HostTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @Test
    void shouldStartTheCoordinatorHereWhenNobodyServes() {
        final Place place = Place.in(folder, "hosted");
        try (Database first = Database.open(place.client().hostIfAbsent(place.file()));
                Database second = Database.open(place.client().hostIfAbsent(place.file()));
                Database plain = place.open()) {
            first.update("CREATE TABLE t(a)");
            assertThat(second.update("INSERT INTO t VALUES(1)").changeCount()).isEqualTo(1);
            assertThat(plain.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
            assertThat(first.coordinatorPid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(second.epoch()).as("one coordinator").isEqualTo(first.epoch());
        }
        assertThat(isServed(place)).isFalse();
    }

    @Test
    void shouldStartOneCoordinatorWhenSeveralJvmsOpenAtOnce() {
        final Place place = Place.in(folder, "rivals");
        final List<ChildJvm> jvms = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                jvms.add(place.start(CommandMain.class, "256m", "host"));
            }
            jvms.forEach(jvm -> jvm.awaitLine(PATIENCE, line -> line.startsWith("OPEN")));
            jvms.get(0).send("CREATE TABLE t(a)");
            jvms.get(0).awaitLine("OK");
            for (final ChildJvm jvm : jvms) {
                jvm.send("INSERT INTO t VALUES(1)");
                jvm.awaitLine("OK 1");
            }
            try (Database database = place.open()) {
                assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(4);
                assertThat(jvms).extracting(ChildJvm::pid).contains(database.coordinatorPid());
            }
        } finally {
            jvms.forEach(ChildJvm::close);
        }
    }

    @Test
    void shouldTakeOverWhenTheJvmThatHostsIsKilledOrCloses() {
        final Place place = Place.in(folder, "heirs");
        final List<ChildJvm> jvms = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                jvms.add(place.start(CommandMain.class, "256m", "host"));
                jvms.get(i).awaitLine(PATIENCE, line -> line.startsWith("OPEN"));
            }
            jvms.get(0).send("CREATE TABLE t(a)");
            jvms.get(0).awaitLine("OK");
            jvms.get(0).kill();
            insert(jvms.get(1), 1);
            insert(jvms.get(2), 2);
            // Of the two that are left one hosts; when it closes, the other one takes over.
            final boolean secondHosts;
            try (Database database = place.open()) {
                secondHosts = database.coordinatorPid() == jvms.get(1).pid();
                assertThat(database.coordinatorPid())
                        .isEqualTo(jvms.get(secondHosts ? 1 : 2).pid());
            }
            final ChildJvm closing = jvms.get(secondHosts ? 1 : 2);
            closing.send("bye");
            closing.awaitLine(PATIENCE, line -> line.startsWith("CLOSED"));
            final ChildJvm left = jvms.get(secondHosts ? 2 : 1);
            insert(left, 3);
            left.send("long SELECT count(*) * 100 + sum(a) FROM t");
            left.awaitLine("OK 306");
        } finally {
            jvms.forEach(ChildJvm::close);
        }
    }

    private static void insert(ChildJvm jvm, int value) {
        jvm.send("INSERT INTO t VALUES(" + value + ")");
        jvm.awaitLine(PATIENCE, line -> line.startsWith("OK 1"));
    }

    @Test
    void shouldServeOnWhenTheCoordinatorHasAJvmOfItsOwn() {
        final Place place = Place.in(folder, "spawned");
        final long pid;
        try (Database first = Database.open(place.client().hostIfAbsent(place.file(), Hosting.IN_ITS_OWN_JVM))) {
            first.update("CREATE TABLE t(a)");
            pid = first.coordinatorPid();
            assertThat(pid).isNotEqualTo(ProcessHandle.current().pid());
        }
        try (Database second = Database.open(place.client().hostIfAbsent(place.file(), Hosting.IN_ITS_OWN_JVM))) {
            assertThat(second.coordinatorPid())
                    .as("it waits a little after its last client")
                    .isEqualTo(pid);
            assertThat(second.queryLong("SELECT count(*) FROM t")).isZero();
        }
        await().atMost(PATIENCE).until(() -> !isServed(place));
    }

    @Test
    void shouldRefuseWhenThePathOfTheServedFileIsOnlyTheEndOfOurs() throws Exception {
        final Place place = Place.in(folder, "end");
        final Path another = Path.of(folder + "/mnt" + place.file().toAbsolutePath());
        Files.createDirectories(another.getParent());
        try (Database database = Database.open(place.client().hostIfAbsent(place.file()))) {
            assertThatThrownBy(() -> Database.open(place.client().hostIfAbsent(another)))
                    .hasMessageContaining("another file");
            assertThat(database.isOpen()).isTrue();
        }
    }

    @Test
    void shouldRefuseWhenTheNameIsServedFromAnotherFile() {
        final Place place = Place.in(folder, "other");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
            assertThat(coordinator.isClosed()).isFalse();
            final Path another = folder.resolve("another.db");
            assertThatThrownBy(() -> Database.open(place.client().hostIfAbsent(another)))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MISUSE))
                    .hasMessageContaining(place.file().toString())
                    .hasMessageContaining(another.toString());
            assertThat(another).doesNotExist();
        }
    }

    @Test
    void shouldSayWhyWhenTheFileCannotBeServed() {
        final Place place = Place.in(folder, "nowhere");
        final Path file = folder.resolve("missing").resolve("x.db");
        assertThatThrownBy(() -> Database.open(place.client().hostIfAbsent(file)))
                .isInstanceOf(CleatException.class)
                .hasMessageContaining(file.toString());
        assertThat(isServed(place)).isFalse();
    }

    private static boolean isServed(Place place) {
        return NameServer.open(CleatDirectory.resolve(place.directory()))
                .probe(place.name())
                .filter(entry -> entry.liveness() != Liveness.STALE)
                .isPresent();
    }
}
