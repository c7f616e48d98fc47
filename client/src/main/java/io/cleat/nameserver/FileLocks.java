// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one registry of file locks in this JVM. A lock says that its holder lives: the kernel frees it when the process
 * dies, however it dies.
 *
 * <p>On Linux a lock of {@link FileChannel} belongs to the process and is lost when <em>any</em> descriptor of the file in
 * the process is closed (fcntl(2)). Therefore a lock file is opened here and nowhere else, by one handle at a time, and
 * a file that this JVM holds is never opened again to look at it. Lock files are empty, have mode 0600, and are not
 * reached through symbolic links.
 *
 * <p>Interrupts do not fail these methods and are not lost: the flag is put up again afterwards.
 *
 * <p>Threading: any thread.
 */
public final class FileLocks {
    private static final int MAX_REPLACED = 16;
    private static final long MIN_PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long MAX_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final Object MONITOR = new Object();
    private static final Map<Path, HeldLock> HELD = new HashMap<>();

    /**
     * Handles of files that somebody else in this JVM (another class loader) holds: they stay open, as closing them would
     * take the other's lock away. One a file at most.
     */
    private static final Map<Path, FileChannel> RETAINED = new HashMap<>();

    private FileLocks() {}

    /**
     * Takes the lock if it is free; the file is made if it is missing.
     *
     * @param path of the lock file; its folder exists.
     * @return the lock, or nothing if somebody holds it, in this JVM or another.
     * @throws CleatException with PERMISSION or IO if the file cannot be opened or is no regular file.
     */
    public static Optional<HeldLock> tryAcquire(final Path path) {
        try {
            return Uninterrupted.call(() -> {
                synchronized (MONITOR) {
                    return Optional.ofNullable(lockNow(keyOf(path)));
                }
            });
        } catch (final IOException e) {
            throw FileErrors.of("lock", path, e);
        }
    }

    /**
     * Takes the lock, waiting for it if need be.
     *
     * @param path of the lock file; its folder exists.
     * @param timeoutNs how long to wait at most, in nanoseconds; 0 tries once.
     * @return the lock.
     * @throws CleatException with TIMEOUT if somebody holds it all the time, else as {@link #tryAcquire}.
     */
    public static HeldLock acquire(final Path path, final long timeoutNs) {
        final long startNs = System.nanoTime();
        boolean interrupted = false;
        try {
            long pauseNs = MIN_PAUSE_NS;
            while (true) {
                final Optional<HeldLock> lock = tryAcquire(path);
                if (lock.isPresent()) {
                    return lock.get();
                }
                if (System.nanoTime() - startNs >= timeoutNs) {
                    throw new CleatException(
                            ErrorCode.TIMEOUT,
                            "waited for the lock " + path + ", which another thread or process holds: timeoutMs="
                                    + TimeUnit.NANOSECONDS.toMillis(timeoutNs));
                }
                // With the flag up park would return at once and the wait would spin.
                interrupted |= Thread.interrupted();
                LockSupport.parkNanos(pauseNs);
                pauseNs = Math.min(2 * pauseNs, MAX_PAUSE_NS);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Whether somebody holds the lock, in this JVM or another. Changes nothing that lasts, but holds the lock itself for a
     * moment if it is free, so that another's {@link #tryAcquire} in that moment fails: a lock that others try to take
     * (owner.lock) is probed only under the lock that guards their trying (names.lock).
     *
     * @param path of the lock file.
     * @return true if it is held; false if it is free or the file is missing.
     * @throws CleatException with PERMISSION or IO if the file cannot be opened or is no regular file.
     */
    public static boolean isHeld(final Path path) {
        try {
            return Uninterrupted.call(() -> {
                synchronized (MONITOR) {
                    return probeNow(keyOf(path));
                }
            });
        } catch (final NoSuchFileException e) {
            return false;
        } catch (final IOException e) {
            throw FileErrors.of("probe", path, e);
        }
    }

    static void release(final HeldLock held, final boolean delete) {
        synchronized (MONITOR) {
            if (HELD.remove(held.path(), held)) {
                try {
                    held.releaseNow(delete);
                } catch (final IOException e) {
                    throw FileErrors.of("release", held.path(), e);
                }
            }
        }
    }

    private static @Nullable HeldLock lockNow(final Path key) throws IOException {
        for (int i = 0; i < MAX_REPLACED; i++) {
            if (HELD.containsKey(key)) {
                return null;
            }
            createIfMissing(key);
            final Object fileBefore = fileKey(key);
            final FileChannel channel = handle(key);
            final FileLock lock = tryLock(key, channel, false);
            if (lock == null) {
                return null;
            }
            // Somebody may have deleted or replaced the file since it was opened: then this lock protects nothing.
            if (fileBefore != null && Objects.equals(fileBefore, fileKey(key))) {
                final HeldLock held = new HeldLock(key, channel, lock);
                HELD.put(key, held);
                return held;
            }
            channel.close();
        }
        throw new IOException("the lock file is replaced all the time");
    }

    private static boolean probeNow(final Path key) throws IOException {
        if (HELD.containsKey(key)) {
            return true;
        }
        if (fileKey(key) == null) {
            return false;
        }
        final FileChannel channel = handle(key);
        // A shared lock is refused while there is an exclusive one, and lets others probe at the same time.
        if (tryLock(key, channel, true) == null) {
            return true;
        }
        channel.close();
        return false;
    }

    /** The lock, or null if somebody has it; then and on errors the handle has been closed, or retained. */
    private static @Nullable FileLock tryLock(final Path key, final FileChannel channel, final boolean shared)
            throws IOException {
        boolean keepOpen = false;
        try {
            final FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
            keepOpen = lock != null;
            return lock;
        } catch (final OverlappingFileLockException e) {
            keepOpen = true;
            RETAINED.put(key, channel);
            return null;
        } finally {
            if (!keepOpen) {
                channel.close();
            }
        }
    }

    private static FileChannel handle(final Path key) throws IOException {
        final FileChannel retained = RETAINED.remove(key);
        if (retained != null && retained.isOpen()) {
            return retained;
        }
        return FileChannel.open(
                key, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
    }

    private static void createIfMissing(final Path key) throws IOException {
        try {
            Files.createFile(key, FileOwnership.forFile(key));
        } catch (final FileAlreadyExistsException e) {
            // A lock that another user can take or has made says nothing.
            FileOwnership.checkFile(key);
        }
    }

    /** What tells one file from another under the same path; null if there is none. */
    private static @Nullable Object fileKey(final Path key) throws IOException {
        try {
            final BasicFileAttributes attributes =
                    Files.readAttributes(key, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw new CleatException(ErrorCode.PERMISSION, "lock file " + key + " is not a regular file");
            }
            final Object fileKey = attributes.fileKey();
            return fileKey != null ? fileKey : key;
        } catch (final NoSuchFileException e) {
            return null;
        }
    }

    private static Path keyOf(final Path path) throws IOException {
        final Path absolute = path.toAbsolutePath().normalize();
        final Path folder = Objects.requireNonNull(absolute.getParent(), "a lock file lies in a folder");
        return folder.toRealPath().resolve(Objects.requireNonNull(absolute.getFileName()));
    }
}
