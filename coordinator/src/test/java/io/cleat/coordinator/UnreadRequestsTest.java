// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.protocol.codec.TransactionAction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * With {@code recoverRequests}, what was called NOT_APPLIED although nobody has read it is not executed by a successor. A kill is played by a copy of all files at
 * that moment.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class UnreadRequestsTest {
    /** More than a coordinator takes out of one client's queue at a time. */
    private static final int MANY = 100;

    @TempDir
    Path folder;

    private final List<Throwable> errors = new ArrayList<>();

    private CoordinatorContext context(Place place) {
        return place.coordinator().recoverRequests(true).errorHandler(errors::add);
    }

    /** But locks, which are nobody's there; to open one here would let go of it. */
    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (final Path each : files.toList()) {
                final Path target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                    Files.setPosixFilePermissions(target, Files.getPosixFilePermissions(each));
                } else if (!String.valueOf(each.getFileName()).endsWith("lock")) {
                    Files.copy(each, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    private Place copied(Place place) throws IOException {
        final Path to = folder.resolve("after");
        copy(place.directory(), to.resolve("dir"));
        for (final String suffix : List.of("", "-wal")) {
            final Path file = Path.of(place.file() + suffix);
            if (Files.exists(file)) {
                Files.copy(file, Path.of(to.resolve("unread.db") + suffix));
            }
        }
        return Place.in(to, place.name());
    }

    private long count(Place place) {
        try (Coordinator successor = Coordinator.invoked(context(place));
                WireClient client = new WireClient(successor)) {
            assertThat(errors)
                    .noneMatch(error -> String.valueOf(error.getMessage()).contains("nothing is known"));
            return (Long)
                    client.execute(0, "SELECT count(*) FROM t").rows().get(0).get(0);
        }
    }

    @Test
    void shouldNotExecuteWhatAClosingHasCalledUnappliedWhenTheCoordinatorDiesInItsEnd() throws Exception {
        final Place place = Place.in(folder, "unread");
        final Coordinator coordinator = Coordinator.invoked(context(place));
        final WireClient client = new WireClient(coordinator);
        client.execute(0, "CREATE TABLE t(a)");
        for (int i = 0; i < MANY; i++) {
            client.send(0, "INSERT INTO t VALUES(1)");
        }
        final Thread closing = new Thread(coordinator::close);
        closing.start();
        final long deadlineNs = System.nanoTime() + WireClient.TIMEOUT_NS;
        while (client.replies.closing() == null && System.nanoTime() - deadlineNs < 0) {
            client.poll();
            Thread.onSpinWait();
        }
        assertThat(client.replies.closing()).isNotNull();
        final Place after = copied(place);
        assertThat(after.folder().resolve("requests").resolve(Long.toString(client.id)))
                .isDirectory();
        client.close();
        closing.join();
        assertThat(count(after)).isZero();
    }

    @Test
    void shouldNotExecuteWhatADeadClientHasLeftOnceThatWasCalledUnapplied() throws Exception {
        final Place place = Place.in(folder, "unread");
        final Place after;
        try (Coordinator coordinator = Coordinator.invoked(context(place));
                WireClient holder = new WireClient(coordinator)) {
            holder.execute(0, "CREATE TABLE t(a)");
            final WireClient dying = new WireClient(coordinator);
            dying.execute(0, "INSERT INTO t VALUES(0)");
            holder.awaitLast(holder.control(1, TransactionAction.BEGIN));
            final long waiting = dying.send(0, "INSERT INTO t VALUES(1)");
            holder.await(
                    "the request to be taken",
                    () -> coordinator.doWork() >= 0
                            && holder.ask(dying.id, waiting).get(0).equals((long) OutcomeQuestions.UNDECIDED));
            final Path queue = place.folder().resolve("requests").resolve(Long.toString(dying.id));
            copy(queue, folder.resolve("queue"));
            dying.die();
            holder.await(
                    "the word of it",
                    () -> holder.ask(dying.id, waiting).get(0).equals((long) OutcomeQuestions.NOT_APPLIED));
            after = copied(place);
            // It died before the queue was deleted.
            final Path left = after.folder().resolve("requests").resolve(Long.toString(dying.id));
            if (!Files.exists(left)) {
                copy(folder.resolve("queue"), left);
            }
        }
        assertThat(count(after)).isEqualTo(1);
    }
}
