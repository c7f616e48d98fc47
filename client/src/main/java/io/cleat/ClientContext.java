// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * The options of a {@link Database}. Set them, then pass this to {@link Database#open(ClientContext)}, which concludes it: checks
 * the values and fills in the defaults. A context serves one open.
 *
 * <p>System properties are read here only: {@code cleat.connect.timeout.ms}, {@code cleat.request.timeout.ms},
 * {@code cleat.liveness.timeout.ms}, {@code cleat.reattach.timeout.ms} (and {@code cleat.dir} by the directory). Not thread-safe.
 */
public final class ClientContext {
    private static final int MAX_CREDIT_BYTES = 64 << 20;

    private @Nullable Path directory;
    private @Nullable String name;
    private @Nullable String clientName;
    private long connectTimeoutNs = milliseconds("cleat.connect.timeout.ms", 5_000);
    private long requestTimeoutNs = milliseconds("cleat.request.timeout.ms", 10_000);
    private long livenessTimeoutNs = milliseconds("cleat.liveness.timeout.ms", 1_000);
    private long reattachTimeoutNs = milliseconds("cleat.reattach.timeout.ms", 60_000);
    private Supplier<IdleStrategy> waitStrategy = () -> new BackoffIdleStrategy(10, 100, 20_000, 100_000);
    private Supplier<IdleStrategy> backgroundIdleStrategy = () -> new BackoffIdleStrategy(0, 20, 1_000, 1_000_000);
    private @Nullable Executor completionExecutor;
    private int maxOutstanding = 1024;
    private int maxStatements = 500;
    private int creditBytes = 256 << 10;
    private boolean logParameters;
    private @Nullable Schema schema;
    private @Nullable Path hostedFile;
    private Hosting hosting = Hosting.IN_THIS_JVM;
    private @Nullable Consumer<String> debugLog;
    private final List<Interceptor> interceptors = new ArrayList<>();
    private ErrorHandler errorHandler = error ->
            System.getLogger("io.cleat").log(System.Logger.Level.WARNING, "in the background of a client", error);
    private boolean concluded;

    /** Begins with the defaults. */
    public ClientContext() {}

    /**
     * Options that lead to the database of a handle, which another process has passed on.
     *
     * @param handle {@code cleat:NAME?directory=PATH}, as the coordinator, {@link Database#handle()} and {@link Transaction#handle()} give it.
     * @return new options with name and directory set.
     * @throws CleatException MISUSE when it is not a handle.
     */
    public static ClientContext ofHandle(String handle) {
        final DatabaseHandle parsed = DatabaseHandle.parse(handle);
        return new ClientContext().name(parsed.name()).directory(parsed.directory());
    }

    /**
     * The directory that the processes agree on.
     *
     * @param directory default: {@code cleat.dir}, else {@code /dev/shm/cleat-USER}, else the temp folder.
     * @return this.
     */
    public ClientContext directory(Path directory) {
        this.directory = directory;
        return this;
    }

    /**
     * The name of the database. Has no default.
     *
     * @param name {@code [a-z0-9][a-z0-9._-]{0,62}}.
     * @return this.
     */
    public ClientContext name(String name) {
        this.name = name;
        return this;
    }

    /**
     * What operators see this client as.
     *
     * @param clientName default: the process's main class and pid.
     * @return this.
     */
    public ClientContext clientName(String clientName) {
        this.clientName = clientName;
        return this;
    }

    /**
     * How long opening may take, over all its steps.
     *
     * @param timeout default 5 s.
     * @return this.
     */
    public ClientContext connectTimeout(Duration timeout) {
        connectTimeoutNs = timeout.toNanos();
        return this;
    }

    /**
     * How long a call may take when it says nothing else.
     *
     * @param timeout default 10 s.
     * @return this.
     */
    public ClientContext requestTimeout(Duration timeout) {
        requestTimeoutNs = timeout.toNanos();
        return this;
    }

    /**
     * How old the coordinator's heartbeat may be before its lock is probed.
     *
     * @param timeout default 1 s.
     * @return this.
     */
    public ClientContext livenessTimeout(Duration timeout) {
        livenessTimeoutNs = timeout.toNanos();
        return this;
    }

    /**
     * How long a client whose coordinator died looks for another one under the name, before the database is of no more use. Meanwhile its
     * calls wait, each to its own deadline, and go on with the next coordinator: what was sent is sent again, and executed only if it was not
     * applied before. A transaction, snapshot or exclusive access that was open is lost ({@link TransactionLostException}).
     *
     * @param timeout default 60 s; zero: the database ends with its coordinator.
     * @return this.
     */
    public ClientContext reattachTimeout(Duration timeout) {
        reattachTimeoutNs = timeout.toNanos();
        return this;
    }

    /**
     * How a calling thread idles while it polls for its reply. The default spins 10 times, yields 100 times, then parks for 20 to
     * 100 µs: more JVMs than cores get on best when those who wait give way. Where JVMs are fewer than cores, {@code BusySpinIdleStrategy} has the lowest latency.
     *
     * @param supplier asked once a session and once a thread that needs one.
     * @return this.
     */
    public ClientContext waitStrategy(Supplier<IdleStrategy> supplier) {
        waitStrategy = supplier;
        return this;
    }

    /**
     * How the background thread idles while something asynchronous is outstanding. The default yields, then parks up to 1 ms.
     *
     * @param supplier asked once.
     * @return this.
     */
    public ClientContext backgroundIdleStrategy(Supplier<IdleStrategy> supplier) {
        backgroundIdleStrategy = supplier;
        return this;
    }

    /**
     * Where asynchronous calls are completed and their rows mapped. The default is one daemon thread of the client's own, so
     * completions come in the order of the replies; work that blocks belongs on another executor.
     *
     * @param executor that runs what it is given, in time.
     * @return this.
     */
    public ClientContext completionExecutor(Executor executor) {
        completionExecutor = executor;
        return this;
    }

    /**
     * How many asynchronous calls may be outstanding before the next one waits, with its deadline, for one to complete.
     *
     * @param count from 1 to 65,536; default 1,024.
     * @return this.
     */
    public ClientContext maxOutstanding(int count) {
        maxOutstanding = count;
        return this;
    }

    /**
     * How many SQL texts the coordinator keeps for this client.
     *
     * @param count from 1 to 900; default 500.
     * @return this.
     */
    public ClientContext maxStatements(int count) {
        maxStatements = count;
        return this;
    }

    /**
     * How many bytes of rows of one result may be on their way or unread.
     *
     * @param bytes from 4 KiB to 64 MiB; default 256 KiB.
     * @return this.
     */
    public ClientContext creditBytes(int bytes) {
        creditBytes = bytes;
        return this;
    }

    /**
     * Whether exceptions and the debug log show parameters, and the latter rows.
     *
     * @param show default false: they are redacted.
     * @return this.
     */
    public ClientContext logParameters(boolean show) {
        logParameters = show;
        return this;
    }

    /**
     * Adds an interceptor, inside those added before. Default: none, which costs nothing.
     *
     * @param value stands around every call.
     * @return this.
     */
    public ClientContext interceptor(Interceptor value) {
        interceptors.add(value);
        return this;
    }

    /**
     * Who is told of every message that is sent and comes, a line each; for finding faults. Called on the threads that send and poll, while
     * others wait for them: it must be quick, and must not use the database.
     *
     * @param lines takes lines such as {@code sent Execute client=3 session=0 sequence=1  SELECT 1}; default: nobody.
     * @return this.
     */
    public ClientContext debugLog(Consumer<String> lines) {
        debugLog = lines;
        return this;
    }

    /**
     * Which version of the schema this program works with, and what is to be done before the first call.
     *
     * @param value default: none, and the database is taken as it is.
     * @return this.
     */
    public ClientContext schema(Schema value) {
        schema = value;
        return this;
    }

    /**
     * Lets this client start the coordinator in this JVM when nobody serves the database, now or after the one that did has died. All who may host
     * name the same file. Needs {@code cleat-coordinator} on the class path.
     *
     * @param databaseFile the SQLite file, made when missing. Default: none, and opening fails when nobody serves the name.
     * @return this.
     */
    public ClientContext hostIfAbsent(Path databaseFile) {
        return hostIfAbsent(databaseFile, Hosting.IN_THIS_JVM);
    }

    /**
     * As {@link #hostIfAbsent(Path)}, saying where the coordinator runs.
     *
     * @param databaseFile the SQLite file, made when missing.
     * @param where in this JVM, or in one of its own.
     * @return this.
     */
    public ClientContext hostIfAbsent(Path databaseFile, Hosting where) {
        hostedFile = databaseFile;
        hosting = where;
        return this;
    }

    /**
     * Told of failures that no caller waits for.
     *
     * @param handler default: logs to the system logger {@code io.cleat}.
     * @return this.
     */
    public ClientContext errorHandler(ErrorHandler handler) {
        errorHandler = handler;
        return this;
    }

    /**
     * Checks the values and forbids a second use.
     *
     * @return this.
     * @throws CleatException of code MISUSE when a value is out of range, or this was used before.
     */
    ClientContext conclude() {
        check(!concluded, "a ClientContext serves one open");
        check(name != null, "name is not set");
        check(connectTimeoutNs > 0 && requestTimeoutNs > 0 && livenessTimeoutNs > 0, "a timeout is not positive");
        check(reattachTimeoutNs >= 0, "reattachTimeout is negative");
        check(maxOutstanding >= 1 && maxOutstanding <= 65_536, "maxOutstanding=" + maxOutstanding + " range=1..65536");
        check(maxStatements >= 1 && maxStatements <= 900, "maxStatements=" + maxStatements + " range=1..900");
        check(
                creditBytes >= 4096 && creditBytes <= MAX_CREDIT_BYTES,
                "creditBytes=" + creditBytes + " range=4096.." + MAX_CREDIT_BYTES);
        concluded = true;
        if (clientName == null) {
            clientName = mainClass() + "-" + ProcessHandle.current().pid();
        }
        return this;
    }

    /** {@return the directory, or null for the default} */
    public @Nullable Path directory() {
        return directory;
    }

    /** {@return the name of the database} */
    public String name() {
        return Objects.requireNonNull(name, "name is not set");
    }

    /** {@return what operators see this client as; set once concluded} */
    public String clientName() {
        return clientName == null ? "" : clientName;
    }

    /** {@return the interceptors, the outermost first; not to be changed} */
    public List<Interceptor> interceptors() {
        return Collections.unmodifiableList(interceptors);
    }

    /** {@return who is told of every message, or null} */
    public @Nullable Consumer<String> debugLog() {
        return debugLog;
    }

    /** {@return which version of the schema is wanted, or null} */
    public @Nullable Schema schema() {
        return schema;
    }

    /** {@return the SQLite file that this client may host, or null} */
    public @Nullable Path hostedFile() {
        return hostedFile;
    }

    /** {@return where it has a coordinator run that it starts} */
    public Hosting hosting() {
        return hosting;
    }

    /** {@return the connect timeout, ns} */
    public long connectTimeoutNs() {
        return connectTimeoutNs;
    }

    /** {@return the request timeout, ns} */
    public long requestTimeoutNs() {
        return requestTimeoutNs;
    }

    /** {@return the liveness timeout, ns} */
    public long livenessTimeoutNs() {
        return livenessTimeoutNs;
    }

    /** {@return how long another coordinator is looked for, ns; 0: not at all} */
    public long reattachTimeoutNs() {
        return reattachTimeoutNs;
    }

    /** {@return how callers idle} */
    public Supplier<IdleStrategy> waitStrategy() {
        return waitStrategy;
    }

    /** {@return how the background thread idles} */
    public Supplier<IdleStrategy> backgroundIdleStrategy() {
        return backgroundIdleStrategy;
    }

    /** {@return where asynchronous calls are completed, or null for a thread of the client's own} */
    public @Nullable Executor completionExecutor() {
        return completionExecutor;
    }

    /** {@return how many asynchronous calls may be outstanding} */
    public int maxOutstanding() {
        return maxOutstanding;
    }

    /** {@return how many SQL texts the coordinator keeps} */
    public int maxStatements() {
        return maxStatements;
    }

    /** {@return how many bytes of rows of one result may be on their way or unread} */
    public int creditBytes() {
        return creditBytes;
    }

    /** {@return whether exceptions show parameters} */
    public boolean logParameters() {
        return logParameters;
    }

    /** {@return who is told of failures that no caller waits for} */
    public ErrorHandler errorHandler() {
        return errorHandler;
    }

    private static String mainClass() {
        final String[] command = System.getProperty("sun.java.command", "java").split(" ", 2);
        // A jar is named by its path, a class by its package.
        final String last = command[0].substring(command[0].lastIndexOf('/') + 1);
        return last.endsWith(".jar") ? last : last.substring(last.lastIndexOf('.') + 1);
    }

    private static long milliseconds(String property, long defaultMs) {
        return Long.getLong(property, defaultMs) * 1_000_000L;
    }

    private static void check(boolean right, String message) {
        if (!right) {
            throw new CleatException(ErrorCode.MISUSE, "client context: " + message);
        }
    }
}
