// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.NameServer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks for what should have gone with the processes. Thread-safe: stateless. */
final class Leftovers {
    /** Dead clients whose outcomes stay. */
    private static final int KEPT_OUTCOMES = 64;

    private Leftovers() {}

    /** Looks after everybody has ended. */
    static Check check(Path shared, List<Member> members) throws IOException {
        final List<String> found = new ArrayList<>();
        members.stream()
                .filter(member -> member.process().isAlive())
                .forEach(member -> found.add("process " + member.process().pid() + " (" + member.name() + ")"));
        final CleatDirectory directory = CleatDirectory.resolve(shared);
        NameServer.open(directory).find(Books.NAME).ifPresent(entry -> found.add("name: " + entry.describe()));
        if (isHeld(directory.ownerLock(Books.NAME))) {
            found.add("owner lock is held: " + directory.ownerLock(Books.NAME));
        }
        for (Path folder :
                List.of(directory.requests(Books.NAME), directory.replies(Books.NAME), directory.clients(Books.NAME))) {
            for (Path left : list(folder)) {
                found.add("file: " + left);
            }
        }
        final int outcomes = list(directory.outcomes(Books.NAME)).size();
        if (outcomes > KEPT_OUTCOMES) {
            found.add("outcomes of " + outcomes + " clients, limit=" + KEPT_OUTCOMES);
        }
        return new Check(
                "left over",
                found.isEmpty(),
                found.isEmpty()
                        ? "no process, queue, lock or name; outcomes of " + outcomes + " dead clients"
                        : found.size() + " things",
                found.subList(0, Math.min(10, found.size())));
    }

    private static boolean isHeld(Path file) throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            final @Nullable FileLock lock = channel.tryLock();
            if (lock != null) {
                lock.release();
            }
            return lock == null;
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
