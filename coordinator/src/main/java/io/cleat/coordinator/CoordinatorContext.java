// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.Synchronous;
import io.cleat.nameserver.DatabaseName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator is to be: its name, its file, and how it works. Set the options, then give it to {@link Coordinator}.
 *
 * <p>Not thread-safe: set up by one thread, not changed after a coordinator was made from it.
 */
public final class CoordinatorContext {
    /** The database file that stands for a private one in shared memory, gone with the coordinator. */
    public static final String IN_MEMORY = ":memory:";

    /** Of {@link #stopAfterLastClientNs()}: serves on without clients. */
    static final long NEVER = -1;

    private final String name;
    private @Nullable Path directory;
    private @Nullable Path databaseFile;
    private boolean inMemory;
    private Synchronous synchronous = Synchronous.FULL;
    private boolean foreignKeys;
    private int maxReaders = 8;
    private int readerThreads = 2;
    private int maxGroup = 256;
    private int maxRequestBytes = Integer.MAX_VALUE - 64;
    private int maxValueBytes = defaultValueBytes();
    private long memoryLimitBytes;
    private long patienceNs = TimeUnit.MICROSECONDS.toNanos(200);
    private long transactionLeaseNs = TimeUnit.SECONDS.toNanos(5);
    private long maxTransactionLeaseNs = TimeUnit.SECONDS.toNanos(60);
    private long transactionLimitNs;
    private boolean exclusiveFile = true;
    private boolean recoverRequests;
    private long cursorLeaseNs = TimeUnit.SECONDS.toNanos(60);
    private long requestCycleBytes = 16L << 20;
    private long replyCycleBytes = 4L << 20;
    private long storageReserveBytes = 16L << 20;
    private ClientLimits clientLimits = ClientLimits.defaults();
    private boolean singleClient;
    private long stopAfterLastClientNs = NEVER;
    private boolean allowRemoteShutdown = true;
    private @Nullable Runnable beforeShutdown;
    private final List<RequestInterceptor> interceptors = new ArrayList<>();
    private @Nullable Consumer<String> debugLog;
    private boolean logParameters;
    private Supplier<IdleStrategy> idleStrategy = SettlingIdleStrategy::new;
    private Consumer<Throwable> errorHandler = error -> {};

    /**
     * A coordinator with the defaults.
     *
     * @param name of the database, {@code [a-z0-9][a-z0-9._-]{0,62}}.
     */
    public CoordinatorContext(String name) {
        this.name = DatabaseName.check(name);
    }

    /** {@return the name of the database} */
    public String name() {
        return name;
    }

    /**
     * The folder in shared memory that all processes agree on. Default: {@code cleat.dir}, else {@code /dev/shm/cleat-USER}.
     *
     * @param path of the folder.
     * @return this.
     */
    public CoordinatorContext directory(Path path) {
        directory = path;
        return this;
    }

    /** {@return the folder set, or null for the default} */
    public @Nullable Path directory() {
        return directory;
    }

    /**
     * The SQLite file; made when it is missing. Required.
     *
     * @param file its path, or {@link #IN_MEMORY}.
     * @return this.
     */
    public CoordinatorContext databaseFile(String file) {
        inMemory = IN_MEMORY.equals(file);
        databaseFile = inMemory ? null : Path.of(file).toAbsolutePath();
        return this;
    }

    /**
     * The SQLite file; made when it is missing.
     *
     * @param file its path.
     * @return this.
     */
    public CoordinatorContext databaseFile(Path file) {
        return databaseFile(file.toString());
    }

    /** {@return the file, absolute; null for a database in memory} */
    public @Nullable Path databaseFile() {
        if (!inMemory && databaseFile == null) {
            throw new CleatException(ErrorCode.MISUSE, "no database file for coordinator name=" + name);
        }
        return databaseFile;
    }

    /**
     * How durable a commit is. Default FULL: a commit that was answered survives a loss of power.
     *
     * @param value FULL or NORMAL.
     * @return this.
     */
    public CoordinatorContext synchronous(Synchronous value) {
        synchronous = value;
        return this;
    }

    /** {@return how durable a commit is} */
    public Synchronous synchronous() {
        return synchronous;
    }

    /**
     * Whether foreign keys are enforced. Default false, as in SQLite.
     *
     * @param value true to enforce.
     * @return this.
     */
    public CoordinatorContext foreignKeys(boolean value) {
        foreignKeys = value;
        return this;
    }

    /** {@return whether foreign keys are enforced} */
    public boolean foreignKeys() {
        return foreignKeys;
    }

    /**
     * Read connections besides the conductor's own: how many results may be open at once. Default 8.
     *
     * @param value 1 to 1000.
     * @return this.
     */
    public CoordinatorContext maxReaders(int value) {
        maxReaders = within("maxReaders", value, 1, 1000);
        return this;
    }

    /** {@return read connections at most} */
    public int maxReaders() {
        return maxReaders;
    }

    /**
     * Threads for long reads. Default 2.
     *
     * @param value 1 to 256.
     * @return this.
     */
    public CoordinatorContext readerThreads(int value) {
        readerThreads = within("readerThreads", value, 1, 256);
        return this;
    }

    /** {@return threads for long reads} */
    public int readerThreads() {
        return readerThreads;
    }

    /**
     * Write requests that share a commit at most. Default 256.
     *
     * @param value 1 to 10,000.
     * @return this.
     */
    public CoordinatorContext maxGroup(int value) {
        maxGroup = within("maxGroup", value, 1, 10_000);
        return this;
    }

    /** {@return write requests that share a commit at most} */
    public int maxGroup() {
        return maxGroup;
    }

    /**
     * The longest request that is taken, in bytes. Default: what a Java array holds.
     *
     * @param value 1 MiB and up.
     * @return this.
     */
    public CoordinatorContext maxRequestBytes(int value) {
        maxRequestBytes = within("maxRequestBytes", value, 1 << 20, Integer.MAX_VALUE - 64);
        return this;
    }

    /** {@return the longest request in bytes} */
    public int maxRequestBytes() {
        return maxRequestBytes;
    }

    /**
     * How long the conductor itself runs a read before a reader thread gets it, in nanoseconds. Default 200 µs.
     *
     * @param value 0 and up.
     * @return this.
     */
    public CoordinatorContext patienceNs(long value) {
        patienceNs = value;
        return this;
    }

    /** {@return how long the conductor itself runs a read} */
    public long patienceNs() {
        return patienceNs;
    }

    /**
     * How long a transaction may be idle while others wait, in nanoseconds. Default 5 s.
     *
     * @param value 1 and up.
     * @return this.
     */
    public CoordinatorContext transactionLeaseNs(long value) {
        transactionLeaseNs = value;
        return this;
    }

    /** {@return how long a transaction may be idle while others wait} */
    public long transactionLeaseNs() {
        return transactionLeaseNs;
    }

    /**
     * Sets how long a transaction may be idle while others wait, at most, when its client asked for longer than
     * {@link #transactionLeaseNs(long)}. Default 60 s.
     *
     * @param value in nanoseconds.
     * @return this.
     */
    public CoordinatorContext maxTransactionLeaseNs(long value) {
        maxTransactionLeaseNs = value;
        return this;
    }

    /** {@return the longest lease that a client may ask for} */
    public long maxTransactionLeaseNs() {
        return maxTransactionLeaseNs;
    }

    /**
     * Sets how long a transaction or exclusive access may last in all once others wait, however busy it is. Default 0: no limit.
     *
     * @param value in nanoseconds.
     * @return this.
     */
    public CoordinatorContext transactionLimitNs(long value) {
        transactionLimitNs = value;
        return this;
    }

    /** {@return how long the write turn may be held while others wait; 0 for no limit} */
    public long transactionLimitNs() {
        return transactionLimitNs;
    }

    /**
     * Sets whether this process owns the database file alone, by SQLite's {@code unix-excl} VFS where there is one. Default true. Shared, other
     * programs can change the file; that is noticed within 50 ms, and everything is slower.
     *
     * @param value whether.
     * @return this.
     */
    public CoordinatorContext exclusiveFile(boolean value) {
        exclusiveFile = value;
        return this;
    }

    /**
     * Sets whether a coordinator that starts executes the writes of dead clients that a former one had not answered, also after a reboot: for a
     * {@linkplain #directory(Path) directory} that lies on a disk. Then what becomes of each write is kept in a table of the database, {@code cleat_outcome}. See
     * docs/outcome.md. Default false: what clients sent that are dead is dropped.
     *
     * @param value whether.
     * @return this.
     */
    public CoordinatorContext recoverRequests(boolean value) {
        recoverRequests = value;
        return this;
    }

    /** {@return whether requests that a former coordinator has left are executed} */
    public boolean recoverRequests() {
        return recoverRequests;
    }

    /** {@return whether the file is owned alone} */
    public boolean exclusiveFile() {
        return exclusiveFile;
    }

    /**
     * How long a result may wait for its reader while others need its connection, in nanoseconds. Default 60 s.
     *
     * @param value 1 and up.
     * @return this.
     */
    public CoordinatorContext cursorLeaseNs(long value) {
        cursorLeaseNs = value;
        return this;
    }

    /** {@return how long a result may wait for its reader while others need its connection} */
    public long cursorLeaseNs() {
        return cursorLeaseNs;
    }

    /**
     * After how many bytes a request queue begins a new file, so that the old one can be deleted. Default 16 MiB.
     *
     * @param value 1 MiB and up.
     * @return this.
     */
    public CoordinatorContext requestCycleBytes(long value) {
        requestCycleBytes = Math.max(1 << 20, value);
        return this;
    }

    /** {@return bytes of a request queue file} */
    public long requestCycleBytes() {
        return requestCycleBytes;
    }

    /**
     * After how many bytes a reply queue begins a new file. Default 4 MiB.
     *
     * @param value 1 MiB and up.
     * @return this.
     */
    public CoordinatorContext replyCycleBytes(long value) {
        replyCycleBytes = Math.max(1 << 20, value);
        return this;
    }

    /** {@return bytes of a reply queue file} */
    public long replyCycleBytes() {
        return replyCycleBytes;
    }

    /**
     * Shared memory that must stay free for a reply to be written, in bytes. Default 16 MiB; clients keep more, so that requests are
     * refused before replies fail.
     *
     * @param value 0 and up.
     * @return this.
     */
    public CoordinatorContext storageReserveBytes(long value) {
        storageReserveBytes = value;
        return this;
    }

    /** {@return shared memory that must stay free} */
    public long storageReserveBytes() {
        return storageReserveBytes;
    }

    /**
     * How the conductor waits when there is nothing to do. Default: spins, yields, parks from 1 µs to
     * 1 ms, and 4 ms after half a second of nothing.
     *
     * @param value makes one.
     * @return this.
     */
    public CoordinatorContext idleStrategy(Supplier<IdleStrategy> value) {
        idleStrategy = value;
        return this;
    }

    /** {@return makes an idle strategy} */
    public Supplier<IdleStrategy> idleStrategy() {
        return idleStrategy;
    }

    /**
     * Who is told of errors that no caller gets, besides the error log of the status file. Called on any of the coordinator's threads.
     *
     * @param value told.
     * @return this.
     */
    public CoordinatorContext errorHandler(Consumer<Throwable> value) {
        errorHandler = value;
        return this;
    }

    /** {@return who is told of errors} */
    public Consumer<Throwable> errorHandler() {
        return errorHandler;
    }

    /**
     * Whether it serves one client only: a second one is refused with LIMIT, and when the first leaves, or dies, the coordinator
     * stops. Default false.
     *
     * @param value true for one client.
     * @return this.
     */
    public CoordinatorContext singleClient(boolean value) {
        singleClient = value;
        return this;
    }

    /** {@return whether it serves one client only} */
    public boolean isSingleClient() {
        return singleClient;
    }

    /**
     * Has the coordinator stop when it has had clients, and none is left for some time. Default: it serves on.
     *
     * @param grace how long it waits for another one, from when the last has left; zero: not at all.
     * @return this.
     * @throws CleatException MISUSE when it is negative.
     */
    public CoordinatorContext stopAfterLastClient(Duration grace) {
        if (grace.isNegative()) {
            throw new CleatException(ErrorCode.MISUSE, "stopAfterLastClient=" + grace + " is negative");
        }
        stopAfterLastClientNs =
                grace.compareTo(Duration.ofDays(365)) > 0 ? Duration.ofDays(365).toNanos() : grace.toNanos();
        return this;
    }

    /** {@return how long it waits after its last client, in nanoseconds; negative: for ever} */
    public long stopAfterLastClientNs() {
        return stopAfterLastClientNs;
    }

    /**
     * Whether a client may stop the coordinator, by {@code Database.shutdownCoordinator()} or {@code cleat stop}. Default true; else
     * it is answered REFUSED.
     *
     * @param value true to allow it.
     * @return this.
     */
    public CoordinatorContext allowRemoteShutdown(boolean value) {
        allowRemoteShutdown = value;
        return this;
    }

    /** {@return whether a client may stop the coordinator} */
    public boolean allowsRemoteShutdown() {
        return allowRemoteShutdown;
    }

    /**
     * What is to be done before the coordinator stops. Run once, by the thread that closes it, while it still serves everybody: it may
     * use the database as a client does (not where the coordinator is {@linkplain Coordinator#invoked invoked}). Closing waits for
     * it. What it throws goes to the error handler. Not run when the process is killed.
     *
     * @param hook that ends.
     * @return this.
     */
    public CoordinatorContext beforeShutdown(Runnable hook) {
        beforeShutdown = hook;
        return this;
    }

    /** {@return what is to be done before the coordinator stops, or null} */
    public @Nullable Runnable beforeShutdown() {
        return beforeShutdown;
    }

    /**
     * Adds an interceptor of requests, behind those added before.
     *
     * @param value called on the conductor, see there.
     * @return this.
     */
    public CoordinatorContext interceptor(RequestInterceptor value) {
        interceptors.add(value);
        return this;
    }

    /** {@return the interceptors, in the order added} */
    public List<RequestInterceptor> interceptors() {
        return List.copyOf(interceptors);
    }

    /**
     * Who is told of every message that comes and goes, a line each; for finding faults. Called on the conductor: it must be quick, and must
     * not use the database. Default: nobody.
     *
     * @param lines takes lines such as {@code received Execute client=3 session=0 sequence=1  SELECT 1}.
     * @return this.
     */
    public CoordinatorContext debugLog(Consumer<String> lines) {
        debugLog = lines;
        return this;
    }

    /** {@return who is told of every message, or null} */
    public @Nullable Consumer<String> debugLog() {
        return debugLog;
    }

    /**
     * Whether the debug log shows parameters and rows. Default false: it shows how many there are.
     *
     * @param show true to show them.
     * @return this.
     */
    public CoordinatorContext logParameters(boolean show) {
        logParameters = show;
        return this;
    }

    /** {@return whether the debug log shows parameters and rows} */
    public boolean logsParameters() {
        return logParameters;
    }

    /**
     * Sets how long a value or a row may be. What is longer is refused with SQLITE_TOOBIG, also when it is read or only computed. A value
     * passes through this JVM's heap.
     *
     * @param value in bytes, 64 KiB to 2^31-1; by default 1,000,000,000, or half the heap if that is less.
     * @return this.
     */
    public CoordinatorContext maxValueBytes(int value) {
        maxValueBytes = within("maxValueBytes", value, 64 << 10, Integer.MAX_VALUE);
        return this;
    }

    /** {@return how long a value may be, in bytes} */
    public int maxValueBytes() {
        return maxValueBytes;
    }

    private static int defaultValueBytes() {
        return (int)
                Math.max(1 << 20, Math.min(1_000_000_000, Runtime.getRuntime().maxMemory() / 2));
    }

    /**
     * Sets how large a database in memory may become; its log can take as much again. Beyond it writes are refused with STORAGE_FULL.
     *
     * @param value in bytes, 1 MiB and up; 0, the default, for a third of what the device of the directory has when the coordinator starts,
     *     less {@link #storageReserveBytes}.
     * @return this.
     */
    public CoordinatorContext memoryLimitBytes(long value) {
        if (value != 0 && value < 1 << 20) {
            throw new CleatException(ErrorCode.MISUSE, "memoryLimitBytes=" + value + " is below " + (1 << 20));
        }
        memoryLimitBytes = value;
        return this;
    }

    /** {@return how large a database in memory may become, in bytes; 0 for the default} */
    public long memoryLimitBytes() {
        return memoryLimitBytes;
    }

    /**
     * Sets what is kept for one client at most.
     *
     * @param value the limits; {@link ClientLimits#defaults()} by default.
     * @return this.
     */
    public CoordinatorContext clientLimits(ClientLimits value) {
        clientLimits = value;
        return this;
    }

    /** {@return what is kept for one client at most} */
    public ClientLimits clientLimits() {
        return clientLimits;
    }

    /** Whether something was set that is code, and cannot be given to another process. */
    boolean hasCode() {
        return beforeShutdown != null || !interceptors.isEmpty() || debugLog != null;
    }

    /**
     * The options of a client of this database.
     *
     * @return new ones, with name and directory set.
     */
    public ClientContext clientContext() {
        final ClientContext client = new ClientContext().name(name);
        return directory == null ? client : client.directory(directory);
    }

    private static int within(String option, int value, int low, int high) {
        if (value < low || value > high) {
            throw new CleatException(ErrorCode.MISUSE, option + "=" + value + " is outside " + low + " to " + high);
        }
        return value;
    }
}
