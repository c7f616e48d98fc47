// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.nameserver.CleatDirectory;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.testing.ChildJvm;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients send while the coordinator is suspended, then all are killed: the successor executes what was asked for, once. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RequestRecoveryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** What of a dead coordinator's folder a successor executes, and what it does not. */
    private static final List<String> LEFT = List.of("requests", "refused.dat");

    @TempDir
    Path folder;

    private final List<Throwable> errors = new ArrayList<>();
    private Place place;
    private long refused;

    @BeforeEach
    void fill() throws Exception {
        place = Place.in(folder, "shop");
        try (ChildJvm child = place.serve("recoverRequests=true")) {
            final WireClient client = new WireClient(
                    CleatDirectory.resolve(place.directory()), "shop", () -> LockSupport.parkNanos(50_000));
            client.execute(0, "CREATE TABLE t(a, b CHECK(b <> 'fails'))");
            client.execute(0, "INSERT INTO t VALUES(1, 'answered')");
            assertThat(client.execute(0, "INSERT INTO t VALUES(3, 'fails')").sqliteCode())
                    .isEqualTo(275);
            client.awaitLast(client.control(4, TransactionAction.BEGIN));
            client.execute(4, "INSERT INTO t VALUES(90, 'open')");
            refused = client.control(9, TransactionAction.SAVEPOINT);
            assertThat(client.awaitLast(refused).isFailure()).isTrue();
            child.suspend();
            client.send(0, "DELETE FROM t WHERE a = 1");
            client.send(0, "SELECT count(*) FROM t");
            client.send(0, "INSERT INTO t VALUES(2, ?)", "waiting");
            client.control(5, TransactionAction.BEGIN);
            client.send(5, "INSERT INTO t VALUES(10, 'whole')");
            client.send(5, "INSERT INTO t VALUES(11, 'whole')");
            client.control(5, TransactionAction.COMMIT);
            client.control(6, TransactionAction.BEGIN);
            client.send(6, "INSERT INTO t VALUES(20, 'cut')");
            final long cancelled = client.send(0, "INSERT INTO t VALUES(30, 'cancelled')");
            client.cancel(0, cancelled);
            client.control(7, TransactionAction.BEGIN);
            client.send(7, "INSERT INTO t VALUES(40, 'undone')");
            client.send(7, "INSERT INTO t VALUES(41, 'fails')");
            client.control(7, TransactionAction.COMMIT);
            client.send(0, System.nanoTime() + 1, 1 << 20, "INSERT INTO t VALUES(50, 'late')");
            client.die();
            child.kill();
            child.awaitExit(PATIENCE);
        }
        for (final String each : LEFT) {
            copy(place.folder().resolve(each), folder.resolve(each));
        }
    }

    /** As if what was executed had not been removed. */
    private void putBack() throws IOException {
        for (final String each : LEFT) {
            copy(folder.resolve(each), place.folder().resolve(each));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (final Path each : files.toList()) {
                final Path target = to.resolve(from.relativize(each).toString());
                if (!Files.isDirectory(each)) {
                    Files.copy(each, target, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
                } else if (!Files.exists(target)) {
                    Files.createDirectory(
                            target, PosixFilePermissions.asFileAttribute(Files.getPosixFilePermissions(each)));
                }
            }
        }
    }

    /** Serves for a moment; what the table holds then. */
    private List<Object> serve(CoordinatorContext context) {
        try (Coordinator coordinator = Coordinator.invoked(context.errorHandler(errors::add));
                WireClient client = new WireClient(coordinator)) {
            final List<Object> found = new ArrayList<>();
            client.execute(0, "SELECT a FROM t ORDER BY a").rows().forEach(row -> found.add(row.get(0)));
            return found;
        }
    }

    private CoordinatorContext context() {
        return place.coordinator().recoverRequests(true);
    }

    @Test
    void shouldExecuteOnceWhatWasAcceptedAndNotAnswered() throws Exception {
        assertThat(serve(context())).as("%s", errors).containsExactly(2L, 10L, 11L);
        assertNotExecuted("INSERT INTO t VALUES(41, 'fails')", "INSERT INTO t VALUES(50, 'late')");
        putBack();
        assertThat(serve(context())).containsExactly(2L, 10L, 11L);
        assertNotExecuted("INSERT INTO t VALUES(41, 'fails')", "INSERT INTO t VALUES(50, 'late')");
    }

    /** What was said once each, and nothing else. */
    private void assertNotExecuted(String... requests) {
        final List<String> said = errors.stream()
                .map(error -> String.valueOf(error.getMessage()))
                .filter(message -> !message.contains("its COMMIT is not there"))
                .toList();
        assertThat(said).hasSize(requests.length);
        for (final String each : requests) {
            assertThat(said).anyMatch(message -> message.contains(each));
        }
        errors.clear();
    }

    @Test
    void shouldExecuteNothingWhenItIsNotAskedFor() {
        assertThat(serve(place.coordinator())).containsExactly(1L);
        assertThat(serve(context())).containsExactly(1L);
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"BEFORE_EXECUTE:2", "AFTER_COMMIT:1", "AFTER_COMMIT:3", "BEFORE_COMMIT:2", "BEFORE_REPLY:3"})
    void shouldExecuteOnceWhenTheSuccessorDiesWhileItDoes(String point) throws Exception {
        try (ChildJvm child = place.startDying(point, "recoverRequests=true")) {
            assertThat(child.awaitExit(PATIENCE)).isEqualTo(137);
            assertThat(child.output()).noneMatch(line -> line.startsWith("READY"));
        }
        assertThat(serve(context())).containsExactly(2L, 10L, 11L);
        putBack();
        assertThat(serve(context())).containsExactly(2L, 10L, 11L);
    }

    @Test
    void shouldNotCountDeadlinesOfAnotherBoot() throws Exception {
        final Path boot = Files.writeString(folder.resolve("boot"), UUID.randomUUID() + "\n");
        try (ChildJvm child = ChildJvm.start(
                ServeMain.class,
                List.of("-Xmx256m", "-D" + JournalIdentity.BOOT_ID_PROPERTY + "=" + boot),
                place.directory().toString(),
                "shop",
                place.file().toString(),
                "recoverRequests=true")) {
            child.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            child.kill();
            child.awaitExit(PATIENCE);
        }
        assertThat(serve(context())).containsExactly(2L, 10L, 11L, 50L);
    }

    @Test
    void shouldExecuteNothingWhenTheTableIsGone() throws Exception {
        Files.delete(place.folder().resolve("incarnation"));
        assertThat(serve(context())).containsExactly(1L);
        assertThat(errors).anyMatch(error -> String.valueOf(error.getMessage()).contains("nothing is known"));
    }

    @Test
    void shouldExecuteOnlyWhatCanBeReadWhenAQueueWasCut() throws Exception {
        final Path file = requestFile();
        final byte[] wanted = "INSERT INTO t VALUES(11, 'whole')".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        final int at = indexOf(Files.readAllBytes(file), wanted);
        try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
            cut.setLength(at + 4L);
        }
        assertThat(serve(context())).containsExactly(2L);
        assertThat(errors).isNotEmpty();
    }

    @Test
    void shouldExecuteNoTransactionOfWhichARequestIsDamaged() throws Exception {
        final Path file = requestFile();
        final byte[] wanted = "INSERT INTO t VALUES(11, 'whole')".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        final int at = indexOf(Files.readAllBytes(file), wanted);
        try (RandomAccessFile damaged = new RandomAccessFile(file.toFile(), "rw")) {
            damaged.seek(at + 3L);
            damaged.write('x');
        }
        assertThat(serve(context())).containsExactly(2L);
        assertThat(errors).anyMatch(error -> String.valueOf(error.getMessage()).contains("not whole"));
    }

    private Path requestFile() throws IOException {
        try (Stream<Path> files = Files.walk(place.folder().resolve("requests"))) {
            return files.filter(path -> path.toString().endsWith(".cq4"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            if (java.util.Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        throw new AssertionError("not there");
    }
}
