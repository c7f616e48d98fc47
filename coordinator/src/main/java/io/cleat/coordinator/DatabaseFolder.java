// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.WalFile;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.FileLocks;
import io.cleat.nameserver.StableIdentity;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files of one database in the directory: where they are, and how they go.
 *
 * <p>Thread-safe: immutable; deletions are the caller's to order.
 */
final class DatabaseFolder {
    private static final int MAX_LINKS = 40;

    private final CleatDirectory directory;
    private final String name;
    private final Path databaseFile;
    private final boolean inMemory;

    DatabaseFolder(CleatDirectory directory, CoordinatorContext context) {
        this.directory = directory;
        this.name = context.name();
        final Path file = context.databaseFile();
        this.inMemory = file == null;
        this.databaseFile = file == null ? directory.database(name).resolve("memory.db") : real(file, MAX_LINKS);
    }

    /** SQLite follows links, and its log is beside what they lead to; that need not be there yet. */
    private static Path real(Path file, int linksLeft) {
        try {
            if (Files.exists(file)) {
                return file.toRealPath();
            }
            if (linksLeft > 0 && Files.isSymbolicLink(file)) {
                return real(file.resolveSibling(Files.readSymbolicLink(file)), linksLeft - 1);
            }
            final Path folder = file.getParent();
            final Path name = file.getFileName();
            return folder == null || name == null || !Files.exists(folder)
                    ? file
                    : folder.toRealPath().resolve(name);
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot look at the database file " + file, e);
        }
    }

    /** {@return the file, without links} */
    Path databaseFile() {
        return databaseFile;
    }

    Path walFile() {
        return WalFile.of(databaseFile);
    }

    Path commitJournal() {
        return directory.commitJournal(name);
    }

    /** {@return the file that names the folder's incarnation} */
    Path incarnation() {
        return directory.database(name).resolve("incarnation");
    }

    /** {@return the file of requests that were answered with a failure} */
    Path refusals() {
        return directory.database(name).resolve("refused.dat");
    }

    private Path recovering() {
        return directory.database(name).resolve("recover");
    }

    /** Puts the request queues of clients that are dead aside, before {@link #clear}. Repeatable. */
    void keepRequestsOfTheDead() {
        CleatDirectory.createPrivate(recovering());
        for (final Path queue : list(directory.requests(name), "")) {
            final long id = ClientRemains.id(queue);
            if (id >= 0 && !FileLocks.isHeld(clientLock(id))) {
                final Path aside = recovering().resolve(Long.toString(id));
                try {
                    if (Files.exists(aside)) {
                        // Made by a coordinator that died while it executed what is aside already.
                        delete(queue);
                    } else {
                        Files.move(queue, aside, StandardCopyOption.ATOMIC_MOVE);
                    }
                } catch (IOException e) {
                    throw new CleatException(ErrorCode.IO, "cannot move " + queue + " to " + aside, e);
                }
            }
        }
    }

    /** {@return the request queues that were put aside, in the order of their clients' ids} */
    List<Path> recoverable() {
        final List<Path> found = new ArrayList<>(list(recovering(), ""));
        found.removeIf(queue -> ClientRemains.id(queue) < 0);
        found.sort(Comparator.comparingLong(ClientRemains::id));
        return found;
    }

    /** Removes what was put aside. */
    void deleteRecoverable() {
        delete(recovering());
    }

    /** Removes what only the recovery of requests needs. */
    void deleteRecovery() {
        delete(recovering());
        delete(refusals());
    }

    /** Removes the incarnation: rows of the database do not tell any more what became of requests. */
    void deleteIncarnation() {
        delete(incarnation());
    }

    Path outcomes(long clientId) {
        return directory.outcomes(name, clientId);
    }

    /** {@return the files of all clients' outcomes, in no order} */
    List<Path> outcomeFiles() {
        return list(directory.outcomes(name), ".dat");
    }

    /** {@return the lock files of all clients, in no order} */
    List<Path> clientLocks() {
        return list(directory.clients(name), ".lock");
    }

    private static List<Path> list(Path folder, String suffix) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        final List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> !file.getFileName().toString().startsWith(".")
                            && file.toString().endsWith(suffix))
                    .forEach(found::add);
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot list " + folder, e);
        }
        return found;
    }

    Path statusFile() {
        return directory.statusFile(name);
    }

    Path requests(long clientId) {
        return directory.requests(name, clientId);
    }

    Path clientLock(long clientId) {
        return directory.clientLock(name, clientId);
    }

    Path replies(long clientId) {
        return directory.replies(name, clientId);
    }

    /** {@return the folder itself} */
    Path path() {
        return directory.database(name);
    }

    /**
     * Removes what another coordinator of this name has left, before the first client attaches; the owner lock is held. The locks of its
     * clients stay: those who live attach anew under them.
     *
     * @param keepsMemory whether the database in shared memory stays too.
     */
    void clear(boolean keepsMemory) {
        delete(directory.requests(name));
        delete(directory.replies(name));
        if (!keepsMemory) {
            deleteMemory();
        }
        // Private, whatever the umask: the next coordinator checks that before it takes the name.
        directory.createDatabase(name);
        if (inMemory && !Files.isRegularFile(databaseFile, LinkOption.NOFOLLOW_LINKS)) {
            // SQLite gives its log the mode of the file.
            CleatDirectory.createPrivateFile(databaseFile);
        }
    }

    /** Makes the folders of a client's queues; what is there already, or a link in place of a folder above, is refused. */
    void createQueues(long clientId) {
        CleatDirectory.createPrivate(directory.requests(name));
        CleatDirectory.createPrivate(directory.replies(name));
        CleatDirectory.createPrivate(requests(clientId));
        CleatDirectory.createPrivate(replies(clientId));
    }

    /** Removes what only a running coordinator needs. */
    void deleteAfterClose() {
        delete(directory.requests(name));
        delete(directory.replies(name));
        delete(directory.clients(name));
        deleteMemory();
    }

    private void deleteMemory() {
        if (inMemory) {
            delete(databaseFile);
            delete(walFile());
            delete(databaseFile.resolveSibling(databaseFile.getFileName() + "-shm"));
        }
    }

    /** Removes what is known of all clients' writes. */
    void deleteOutcomes() {
        outcomeFiles().forEach(this::deleteOutcomes);
    }

    void deleteOutcomes(Path file) {
        delete(file);
    }

    void deleteLock(long clientId) {
        delete(clientLock(clientId));
    }

    /** {@return the ids of the clients with a stable identity} */
    Set<Long> stableClients() {
        return StableIdentity.clientIds(directory.identities(name));
    }

    void deleteQueues(long clientId) {
        delete(requests(clientId));
        delete(replies(clientId));
    }

    /** Deletes a file or a folder with what is in it; never follows a symbolic link. */
    private static void delete(Path path) {
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, @org.jspecify.annotations.Nullable IOException e)
                        throws IOException {
                    Files.deleteIfExists(folder);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException e) {
            // Gone already, or never there.
            return;
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot delete " + path, e);
        }
    }
}
