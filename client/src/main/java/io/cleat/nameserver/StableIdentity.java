// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A name under which a client comes back as the one that it was: the same client id, so that it can ask what became of its requests, and sequences that none of its
 * former lives has used. One process has it at a time, by a lock that dies with the process.
 *
 * <pre>
 *   identities/NAME.lock    the lock
 *   identities/NAME.id      text: the client id, a space, how often it was taken
 * </pre>
 *
 * <p>Threading: taken and closed by one thread; immutable between.
 */
public final class StableIdentity implements AutoCloseable {
    /** A life's sequences: from {@code life << 32} on. */
    private static final int LIFE_SHIFT = 32;

    private static final String SUFFIX = ".id";
    private static final int MAX_LENGTH_BYTES = 64;
    private static final Pattern CONTENT = Pattern.compile("([0-9]{1,19}) ([0-9]{1,9})\\s*");

    private final HeldLock lock;
    private final long clientId;
    private final long firstSequence;

    private StableIdentity(final HeldLock lock, final long clientId, final long firstSequence) {
        this.lock = lock;
        this.clientId = clientId;
        this.firstSequence = firstSequence;
    }

    /**
     * Takes an identity.
     *
     * @param directory of the database, which exists.
     * @param database its name.
     * @param identity the name of the identity: the same rule as a database's.
     * @param newClientId asked for an id when the identity is new.
     * @param timeoutNs how long to wait for another process to let go of it, in nanoseconds.
     * @return held until it is closed.
     * @throws CleatException TIMEOUT when another process has it; DAMAGED when its file cannot be read.
     */
    public static StableIdentity take(
            final CleatDirectory directory,
            final String database,
            final String identity,
            final LongSupplier newClientId,
            final long timeoutNs) {
        final Path folder = directory.identities(database);
        final Path file = folder.resolve(DatabaseName.check(identity) + SUFFIX);
        final HeldLock lock = FileLocks.acquire(folder.resolve(identity + ".lock"), timeoutNs);
        try {
            final long clientId;
            final long life;
            if (Files.exists(file)) {
                final Matcher content = read(file);
                clientId = Long.parseLong(content.group(1));
                life = Long.parseLong(content.group(2)) + 1;
            } else {
                clientId = newClientId.getAsLong();
                life = 1;
            }
            // Before the first request of this life can be sent.
            MappedFile.create(file, (clientId + " " + life + "\n").getBytes(US_ASCII));
            return new StableIdentity(lock, clientId, life << LIFE_SHIFT | 1);
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    private static Matcher read(final Path file) {
        final String text = new String(MappedFile.readHead(file, MAX_LENGTH_BYTES), US_ASCII);
        final Matcher content = CONTENT.matcher(text);
        if (!content.matches()) {
            throw new CleatException(
                    ErrorCode.DAMAGED, "not the file of an identity: file=" + file + " content=" + text);
        }
        return content;
    }

    /**
     * The clients that may come back.
     *
     * @param folder of the identities; it may be missing.
     * @return their ids; damaged files are left out.
     * @throws CleatException IO when the folder cannot be read.
     */
    public static Set<Long> clientIds(final Path folder) {
        final Set<Long> ids = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (final Path file : files) {
                try {
                    ids.add(Long.parseLong(read(file).group(1)));
                } catch (final CleatException damaged) {
                    // Whoever wants this identity is told.
                }
            }
        } catch (final NoSuchFileException e) {
            return ids;
        } catch (final IOException e) {
            throw FileErrors.of("list", folder, e);
        }
        return ids;
    }

    /**
     * Where the sequences of a life begin: those below are of former lives, which send nothing any more.
     *
     * @param sequence of this life.
     * @return 0 without a stable identity.
     */
    public static long firstOfLife(final long sequence) {
        return sequence >>> LIFE_SHIFT << LIFE_SHIFT;
    }

    /**
     * Where the sequences of a life end.
     *
     * @param sequence of this life.
     * @return the last one that it can use.
     */
    public static long lastOfLife(final long sequence) {
        return sequence | (1L << LIFE_SHIFT) - 1;
    }

    /**
     * The id.
     *
     * @return the same in every life.
     */
    public long clientId() {
        return clientId;
    }

    /**
     * The sequence of the first request of this life.
     *
     * @return greater than any of a former life.
     */
    public long firstSequence() {
        return firstSequence;
    }

    /** Lets another process take it. Idempotent. */
    @Override
    public void close() {
        lock.close();
    }
}
