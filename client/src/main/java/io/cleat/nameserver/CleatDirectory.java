// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The folder that all processes agree on, and where everything lies in it.
 *
 * <pre>
 *   DIR/names.dat              who is running          DIR/NAME/owner.lock        ownership of a database
 *   DIR/names.lock             guards registration     DIR/NAME/epoch             the last epoch of the name
 *   DIR/NAME/status.dat        observable state        DIR/NAME/requests/ID/      request queue
 *   DIR/NAME/clients/ID.lock   the life of a client    DIR/NAME/replies/ID/       reply queue of a client
 *   DIR/NAME/commits.dat       the commit journal      DIR/NAME/outcomes/ID.dat   a client's outcomes
 *   DIR/NAME/identities/X.id   a stable identity
 * </pre>
 *
 * <p>Threading: immutable, any thread.
 */
public final class CleatDirectory {
    /** The system property that names the folder. */
    public static final String PROPERTY = "cleat.dir";

    static final String NAMES_FILE = "names.dat";
    static final String NAMES_LOCK = "names.lock";

    private final Path path;

    private CleatDirectory(final Path path) {
        this.path = path;
    }

    /**
     * Finds the folder and creates it, with mode 0700, if it is missing: the path given, else the system property
     * {@value #PROPERTY}, else {@code /dev/shm/cleat-USER} where there is such shared memory, else {@code cleat-USER} in
     * the folder for temporary files.
     *
     * @param explicit the folder to use, or null.
     * @return the folder, checked.
     * @throws CleatException with {@link ErrorCode#PERMISSION} if it is a symbolic link, belongs to another user or is
     *     open to others, with {@link ErrorCode#IO} if it cannot be made.
     */
    public static CleatDirectory resolve(final @Nullable Path explicit) {
        final Path wanted =
                (explicit != null ? explicit : byDefault()).toAbsolutePath().normalize();
        try {
            create(wanted);
            FileOwnership.checkFolder(wanted);
            return new CleatDirectory(wanted.toRealPath());
        } catch (final IOException e) {
            throw FileErrors.of("use directory", wanted, e);
        }
    }

    private static Path byDefault() {
        final String property = System.getProperty(PROPERTY);
        if (property != null && !property.isBlank()) {
            return Path.of(property);
        }
        final String folder =
                "cleat-" + System.getProperty("user.name", "unknown").replaceAll("[^A-Za-z0-9._-]", "_");
        final Path sharedMemory = Path.of("/dev/shm");
        if (Files.isDirectory(sharedMemory) && Files.isWritable(sharedMemory)) {
            return sharedMemory.resolve(folder);
        }
        return Path.of(System.getProperty("java.io.tmpdir", "/tmp")).resolve(folder);
    }

    private static void create(final Path folder) throws IOException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        final Path parent = folder.getParent();
        if (parent != null) {
            Files.createDirectories(parent, FileOwnership.forFolder(parent));
        }
        createOne(folder);
    }

    private static void createOne(final Path folder) throws IOException {
        try {
            Files.createDirectory(folder, FileOwnership.forFolder(folder));
        } catch (final FileAlreadyExistsException e) {
            // Another process was faster. What is there gets the same check as ours would.
            FileOwnership.checkFolder(folder);
        }
    }

    /**
     * The folder itself.
     *
     * @return an absolute path without symbolic links.
     */
    public Path path() {
        return path;
    }

    /**
     * The file that tells who is running.
     *
     * @return {@code DIR/names.dat}.
     */
    public Path namesFile() {
        return path.resolve(NAMES_FILE);
    }

    /**
     * The lock under which {@code names.dat} is written and strangers' owner locks are probed.
     *
     * @return {@code DIR/names.lock}.
     */
    public Path namesLock() {
        return path.resolve(NAMES_LOCK);
    }

    /**
     * The folder of one database.
     *
     * @param name of the database.
     * @return {@code DIR/NAME}; it may not exist.
     * @throws CleatException with {@link ErrorCode#MISUSE} if the name is none (so in all methods with a name).
     */
    public Path database(final String name) {
        return path.resolve(DatabaseName.check(name));
    }

    /**
     * Creates the folder of one database, with those in it (clients, requests, replies, identities, outcomes), where they are missing.
     *
     * @param name of the database.
     * @return {@code DIR/NAME}.
     * @throws CleatException with {@link ErrorCode#PERMISSION} or {@link ErrorCode#IO} if that fails.
     */
    public Path createDatabase(final String name) {
        final Path folder = database(name);
        try {
            createOne(folder);
            createOne(clients(name));
            createOne(requests(name));
            createOne(replies(name));
            createOne(identities(name));
            createOne(outcomes(name));
            return folder;
        } catch (final IOException e) {
            throw FileErrors.of("create", folder, e);
        }
    }

    /**
     * Makes a folder below this one that only this user can enter, or checks the one that is there.
     *
     * @param folder whose parent exists.
     * @throws CleatException with {@link ErrorCode#PERMISSION} if it is a symbolic link, a file, somebody else's or open to others, with
     *     {@link ErrorCode#IO} or {@link ErrorCode#STORAGE_FULL} if it cannot be made.
     */
    public static void createPrivate(final Path folder) {
        try {
            createOne(folder);
        } catch (final IOException e) {
            throw FileErrors.of("create", folder, e);
        }
    }

    /**
     * Makes an empty file that only this user can open; what else is there under the name, a symbolic link among it, is deleted first and
     * not followed.
     *
     * @param file whose folder exists.
     * @throws CleatException with {@link ErrorCode#PERMISSION}, {@link ErrorCode#IO} or {@link ErrorCode#STORAGE_FULL} if it cannot be made.
     */
    public static void createPrivateFile(final Path file) {
        try {
            Files.deleteIfExists(file);
            Files.createFile(file, FileOwnership.forFile(file));
        } catch (final IOException e) {
            throw FileErrors.of("create", file, e);
        }
    }

    /**
     * The lock that is ownership of a database.
     *
     * @param name of the database.
     * @return {@code DIR/NAME/owner.lock}.
     */
    public Path ownerLock(final String name) {
        return database(name).resolve("owner.lock");
    }

    /**
     * Where the last epoch of a name is kept, so that it does not go back when {@code names.dat} is lost.
     *
     * @param name of the database.
     * @return {@code DIR/NAME/epoch}.
     */
    public Path epochFile(final String name) {
        return database(name).resolve("epoch");
    }

    /**
     * The observable state of a coordinator.
     *
     * @param name of the database.
     * @return {@code DIR/NAME/status.dat}.
     */
    public Path statusFile(final String name) {
        return database(name).resolve("status.dat");
    }

    /**
     * The folder of the request queues.
     *
     * @param name of the database.
     * @return {@code DIR/NAME/requests}.
     */
    public Path requests(final String name) {
        return database(name).resolve("requests");
    }

    /**
     * The request queue of a client.
     *
     * @param name of the database.
     * @param clientId of the client.
     * @return {@code DIR/NAME/requests/ID}.
     */
    public Path requests(final String name, final long clientId) {
        return requests(name).resolve(Long.toString(clientId));
    }

    /**
     * The folder of the clients' locks.
     *
     * @param name of the database.
     * @return {@code DIR/NAME/clients}.
     */
    public Path clients(final String name) {
        return database(name).resolve("clients");
    }

    /**
     * The lock that is a client's life.
     *
     * @param name of the database.
     * @param clientId of the client.
     * @return {@code DIR/NAME/clients/ID.lock}.
     */
    public Path clientLock(final String name, final long clientId) {
        return clients(name).resolve(clientId + ".lock");
    }

    /**
     * The folder of the reply queues.
     *
     * @param name of the database.
     * @return {@code DIR/NAME/replies}.
     */
    public Path replies(final String name) {
        return database(name).resolve("replies");
    }

    /**
     * The reply queue of a client.
     *
     * @param name of the database.
     * @param clientId of the client.
     * @return {@code DIR/NAME/replies/ID}.
     */
    public Path replies(final String name, final long clientId) {
        return replies(name).resolve(Long.toString(clientId));
    }

    /**
     * The folder of the stable identities of clients.
     *
     * @param name of the database.
     * @return {@code DIR/NAME/identities}.
     */
    public Path identities(final String name) {
        return database(name).resolve("identities");
    }

    /**
     * What a coordinator notes of its commits for its successor.
     *
     * @param name of the database.
     * @return {@code DIR/NAME/commits.dat}.
     */
    public Path commitJournal(final String name) {
        return database(name).resolve("commits.dat");
    }

    /**
     * The folder of what became of the clients' writes.
     *
     * @param name of the database.
     * @return {@code DIR/NAME/outcomes}.
     */
    public Path outcomes(final String name) {
        return database(name).resolve("outcomes");
    }

    /**
     * What became of a client's writes.
     *
     * @param name of the database.
     * @param clientId of the client.
     * @return {@code DIR/NAME/outcomes/ID.dat}.
     */
    public Path outcomes(final String name, final long clientId) {
        return outcomes(name).resolve(clientId + ".dat");
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
