// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * How a database is opened. Immutable; start with {@link #of(Path)} and change what differs.
 *
 * @param path the database file; made when missing, its folder must exist.
 * @param synchronous durability of a commit; FULL by default.
 * @param foreignKeys whether foreign keys are enforced; false by default, as in SQLite.
 * @param busyTimeoutMs how long a connection waits for a lock, 0 to 2^31-1; 5000 by default. With exclusive ownership
 *     only opening a file that another process holds can wait.
 * @param cacheKib page cache of each connection in KiB, 0 (SQLite's own default) to 2^31-1; 16384 by default.
 * @param mmapBytes how much of the file is read through a mapping, 0 (none, the default) and up.
 * @param walLimitBytes to what size the write-ahead log is cut when it is started anew, 0 and up; 64 MiB by default.
 * @param cachedStatements prepared statements kept by each connection, 1 to 100,000; 256 by default.
 * @param exclusive whether the process is to own the file, where the platform has it; true by default. If not, other processes may
 *     write too: then the busy timeout is how long a connection waits for them.
 * @param limits how large things may become; {@link SqliteLimits#DEFAULTS} by default.
 */
public record SqliteSettings(
        Path path,
        Synchronous synchronous,
        boolean foreignKeys,
        int busyTimeoutMs,
        int cacheKib,
        long mmapBytes,
        long walLimitBytes,
        int cachedStatements,
        boolean exclusive,
        SqliteLimits limits) {

    /** Checks the ranges above; throws {@link IllegalArgumentException} naming the value outside. */
    public SqliteSettings {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(synchronous, "synchronous");
        Objects.requireNonNull(limits, "limits");
        within("busyTimeoutMs", busyTimeoutMs, 0, Integer.MAX_VALUE);
        within("cacheKib", cacheKib, 0, Integer.MAX_VALUE);
        within("mmapBytes", mmapBytes, 0, Long.MAX_VALUE);
        within("walLimitBytes", walLimitBytes, 0, Long.MAX_VALUE);
        within("cachedStatements", cachedStatements, 1, 100_000);
    }

    /** The defaults for a file. */
    public static SqliteSettings of(Path path) {
        return new SqliteSettings(
                path, Synchronous.FULL, false, 5000, 16 << 10, 0, 64 << 20, 256, true, SqliteLimits.DEFAULTS);
    }

    /** With another durability. */
    public SqliteSettings synchronous(Synchronous value) {
        return with(copy -> copy.synchronous = value);
    }

    /** With foreign keys enforced or not. */
    public SqliteSettings foreignKeys(boolean value) {
        return with(copy -> copy.foreignKeys = value);
    }

    /** With another wait for locks, in milliseconds. */
    public SqliteSettings busyTimeoutMs(int value) {
        return with(copy -> copy.busyTimeoutMs = value);
    }

    /** With another page cache, in KiB a connection. */
    public SqliteSettings cacheKib(int value) {
        return with(copy -> copy.cacheKib = value);
    }

    /** With another number of bytes read through a mapping. */
    public SqliteSettings mmapBytes(long value) {
        return with(copy -> copy.mmapBytes = value);
    }

    /** With another size that the write-ahead log is cut to. */
    public SqliteSettings walLimitBytes(long value) {
        return with(copy -> copy.walLimitBytes = value);
    }

    /** With another number of cached statements a connection. */
    public SqliteSettings cachedStatements(int value) {
        return with(copy -> copy.cachedStatements = value);
    }

    /** With the file owned by this process, or shared with others that write. */
    public SqliteSettings exclusive(boolean value) {
        return with(copy -> copy.exclusive = value);
    }

    /** With other limits. */
    public SqliteSettings limits(SqliteLimits value) {
        return with(copy -> copy.limits = value);
    }

    private SqliteSettings with(Consumer<Copy> change) {
        final Copy copy = new Copy(this);
        change.accept(copy);
        return copy.settings();
    }

    private static void within(String name, long value, long low, long high) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(name + "=" + value + " is outside " + low + " to " + high);
        }
    }

    /** The settings while one of them is changed, so that each change names only its own. One thread. */
    private static final class Copy {
        private final Path path;
        private Synchronous synchronous;
        private boolean foreignKeys;
        private int busyTimeoutMs;
        private int cacheKib;
        private long mmapBytes;
        private long walLimitBytes;
        private int cachedStatements;
        private boolean exclusive;
        private SqliteLimits limits;

        Copy(SqliteSettings from) {
            path = from.path;
            synchronous = from.synchronous;
            foreignKeys = from.foreignKeys;
            busyTimeoutMs = from.busyTimeoutMs;
            cacheKib = from.cacheKib;
            mmapBytes = from.mmapBytes;
            walLimitBytes = from.walLimitBytes;
            cachedStatements = from.cachedStatements;
            exclusive = from.exclusive;
            limits = from.limits;
        }

        SqliteSettings settings() {
            return new SqliteSettings(
                    path,
                    synchronous,
                    foreignKeys,
                    busyTimeoutMs,
                    cacheKib,
                    mmapBytes,
                    walLimitBytes,
                    cachedStatements,
                    exclusive,
                    limits);
        }
    }
}
