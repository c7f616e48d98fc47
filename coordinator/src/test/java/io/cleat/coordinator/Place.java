// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.coordinator.sqlite.Synchronous;
import io.cleat.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a test's database is: a name, a cleat directory and a file, all of its own. Makes coordinators and clients of it, here and in
 * other JVMs. Immutable.
 *
 * @param directory the cleat directory.
 * @param name of the database.
 * @param file of SQLite.
 */
record Place(Path directory, String name, Path file) {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    static Place in(Path folder, String name) {
        return new Place(folder.resolve("dir"), name, folder.resolve(name + ".db"));
    }

    /** A coordinator of this place, not yet made; NORMAL, for the tests' speed. */
    CoordinatorContext coordinator() {
        return new CoordinatorContext(name)
                .directory(directory)
                .databaseFile(file)
                .synchronous(Synchronous.NORMAL);
    }

    /** Timeouts that a busy machine does not reach. */
    ClientContext client() {
        return new ClientContext()
                .directory(directory)
                .name(name)
                .connectTimeout(Duration.ofSeconds(30))
                .requestTimeout(Duration.ofSeconds(60));
    }

    Database open() {
        return Database.open(client());
    }

    /** A coordinator in a JVM of its own, ready; with options as in {@link ServeMain}. */
    ChildJvm serve(String... options) {
        final ChildJvm child = startServing(options);
        try {
            child.awaitLine(START_TIMEOUT, line -> line.startsWith("READY"));
        } catch (AssertionError e) {
            child.close();
            throw e;
        }
        return child;
    }

    /** As {@link #serve}, without waiting for it. */
    ChildJvm startServing(String... options) {
        final List<String> arguments = arguments();
        arguments.addAll(List.of(options));
        return ChildJvm.start(ServeMain.class, List.of("-Xmx768m"), arguments.toArray(new String[0]));
    }

    /** A coordinator that dies where a {@link KillPoint} is reached, as in {@code AFTER_COMMIT:3}. */
    ChildJvm startDying(String point, String... options) {
        final List<String> arguments = arguments();
        arguments.addAll(List.of(options));
        return ChildJvm.start(
                ServeMain.class,
                List.of("-Xmx256m", "-D" + KillPoint.PROPERTY + "=" + point),
                arguments.toArray(new String[0]));
    }

    /** Another JVM: its main class gets directory, name and file, then the arguments. */
    ChildJvm start(Class<?> main, String heap, String... more) {
        final List<String> arguments = arguments();
        arguments.addAll(List.of(more));
        return ChildJvm.start(main, List.of("-Xmx" + heap), arguments.toArray(new String[0]));
    }

    /** A JVM that does what its lines say, attached. */
    ChildJvm attach(String... more) {
        final ChildJvm child = start(CommandMain.class, "256m", more);
        try {
            child.awaitLine(START_TIMEOUT, line -> line.startsWith("OPEN"));
        } catch (AssertionError e) {
            child.close();
            throw e;
        }
        return child;
    }

    /** In a JVM that was started with {@link #start}. */
    static Place of(String[] args) {
        return new Place(Path.of(args[0]), args[1], Path.of(args[2]));
    }

    private List<String> arguments() {
        return new ArrayList<>(List.of(directory.toString(), name, file.toString()));
    }

    Path folder() {
        return directory.resolve(name);
    }

    /** The locks of clients that are there. */
    List<String> clientLocks() throws IOException {
        return names(folder().resolve("clients"));
    }

    /** The reply queues that are there. */
    List<String> replyQueues() throws IOException {
        return names(folder().resolve("replies"));
    }

    private static List<String> names(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
