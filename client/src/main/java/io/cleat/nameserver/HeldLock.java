// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file lock that this JVM holds until it is closed or the process dies.
 *
 * <p>{@link FileLocks} keeps it reachable, so forgetting it does not release it. Threading: any thread.
 */
public final class HeldLock implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;

    HeldLock(final Path path, final FileChannel channel, final FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * The file that is locked.
     *
     * @return its path, without symbolic links in its folder.
     */
    public Path path() {
        return path;
    }

    /**
     * Whether the lock has not been released.
     *
     * @return false after {@link #close()}.
     */
    public boolean isHeld() {
        return lock.isValid();
    }

    /** Releases the lock and leaves the file. Idempotent. */
    @Override
    public void close() {
        FileLocks.release(this, false);
    }

    /** Deletes the file, then releases the lock: nobody can find the file unlocked. Idempotent. */
    public void closeAndDelete() {
        FileLocks.release(this, true);
    }

    /** Called by {@link FileLocks} under its monitor. */
    void releaseNow(final boolean delete) throws IOException {
        try (channel) {
            if (delete) {
                Files.deleteIfExists(path);
            }
            lock.release();
        }
    }
}
