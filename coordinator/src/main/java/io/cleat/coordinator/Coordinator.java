// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.SqliteSettings;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.NameRequest;
import io.cleat.nameserver.NameServer;
import io.cleat.nameserver.Registration;
import io.cleat.protocol.ProtocolVersion;
import io.cleat.queue.JvmFlags;
import io.cleat.status.ClientSlotState;
import io.cleat.status.ClientTable;
import io.cleat.status.CoordinatorState;
import io.cleat.status.StatusFile;
import io.cleat.status.StatusIdentity;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.jspecify.annotations.Nullable;

/**
 * Owns one database and serves it under its name until it is closed.
 *
 * <p>{@link #launch(CoordinatorContext)} gives it threads of its own; {@link #invoked(CoordinatorContext)} leaves the duty cycle to
 * the caller. Thread-safe, except {@link #doWork()}.
 */
public final class Coordinator implements AutoCloseable {
    private static final long GOODBYE_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final CoordinatorContext context;
    private final CleatDirectory directory;
    private final DatabaseFolder folder;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final CountDownLatch stopRequested = new CountDownLatch(1);
    private final AtomicReference<@Nullable String> stopReason = new AtomicReference<>();
    private final Registration registration;
    private final SqliteDatabase database;
    private final StatusFile status;
    private final Housekeeper housekeeper;
    private final Conductor conductor;
    private final ExecutorService readerThreads;
    private final @Nullable CoordinatorThreads threads;
    private final @Nullable AgentInvoker invoker;
    private boolean closing;

    private Coordinator(CoordinatorContext context, boolean ownThreads) {
        this.context = context;
        JvmFlags.check();
        context.databaseFile();
        directory = CleatDirectory.resolve(context.directory());
        folder = new DatabaseFolder(directory, context);
        try {
            registration = keep(NameServer.open(directory)
                    .register(new NameRequest(
                            context.name(),
                            folder.databaseFile().toString(),
                            ProtocolVersion.MAX,
                            SqliteDatabase.libraryVersion())));
            folder.clear();
            database = keep(openDatabase());
            status = StatusFile.create(
                    folder.statusFile(),
                    new StatusIdentity(
                            context.name(),
                            registration.epoch(),
                            ProtocolVersion.MIN,
                            ProtocolVersion.MAX,
                            folder.databaseFile().toString(),
                            database.sqliteVersion(),
                            NameRequest.SQLITE));
            final ErrorSink errors = errorSink();
            final ConductorCounters counters = new ConductorCounters(status.counters());
            final CommitLog commits = new CommitLog(status.header(), counters);
            housekeeper = new Housekeeper(context, folder, status, registration, database, commits, errors);
            readerThreads = readerThreads();
            keep(readerThreads::shutdown);
            threads = ownThreads ? new CoordinatorThreads(context, errors) : null;
            conductor = new Conductor(new CoordinatorParts(
                    context,
                    registration.epoch(),
                    database,
                    status,
                    housekeeper,
                    commits,
                    counters,
                    errors,
                    readerThreads,
                    threads == null ? () -> {} : threads::wakeConductor,
                    threads == null ? () -> {} : threads::wakeHousekeeper,
                    this::onShutdownRequest));
            housekeeper.conductor(conductor);
            // Whoever sees READY can attach.
            status.header().heartbeatNsRelease(System.nanoTime());
            status.header().stateRelease(CoordinatorState.READY);
            registration.ready();
            if (threads != null) {
                threads.start(conductor, housekeeper);
                invoker = null;
            } else {
                invoker = new AgentInvoker(
                        error -> errors.onError("the duty cycle failed", error),
                        null,
                        new StepAgent(conductor, housekeeper));
                invoker.start();
            }
        } catch (RuntimeException | Error e) {
            releaseAll();
            throw e;
        }
    }

    /**
     * Takes the name, opens the database and serves it on threads of its own.
     *
     * @param context the options.
     * @return running.
     * @throws CleatException NAME_IN_USE when a live coordinator has the name; it says which; IO when the database cannot be opened.
     */
    public static Coordinator launch(CoordinatorContext context) {
        return new Coordinator(context, true);
    }

    /**
     * As {@link #launch(CoordinatorContext)}, but the caller's thread does the work, by {@link #doWork()}. Long reads still have threads.
     *
     * @param context the options.
     * @return waiting to be stepped.
     */
    public static Coordinator invoked(CoordinatorContext context) {
        return new Coordinator(context, false);
    }

    /**
     * One duty cycle of a coordinator without threads of its own. One thread only.
     *
     * @return how much was done; 0 when there was nothing to do.
     */
    public int doWork() {
        final AgentInvoker stepped = invoker;
        if (stepped == null) {
            throw new CleatException(ErrorCode.MISUSE, "this coordinator has threads of its own: name=" + name());
        }
        return stepped.invoke();
    }

    /** {@return the name of the database} */
    public String name() {
        return context.name();
    }

    /** {@return the epoch that this coordinator was given with the name} */
    public long epoch() {
        return status.header().epoch();
    }

    /** {@return the folder in shared memory where the name is registered} */
    public CleatDirectory directory() {
        return directory;
    }

    /** {@return the database file} */
    public String databaseFile() {
        return folder.databaseFile().toString();
    }

    /** {@return a text with which another process finds this database, by {@code ClientContext.ofHandle}: name and directory} */
    public String handle() {
        return "cleat:" + name() + "?directory=" + directory.path();
    }

    /** {@return whether it is closed} */
    public boolean isClosed() {
        return closed.getCount() == 0;
    }

    /**
     * Waits until a client has asked the coordinator to stop, or it was closed.
     *
     * @param timeoutNs how long, in nanoseconds.
     * @return why it is to stop; null when the time is over.
     * @throws InterruptedException when the thread is interrupted.
     */
    public @Nullable String awaitStopRequest(long timeoutNs) throws InterruptedException {
        return stopRequested.await(timeoutNs, TimeUnit.NANOSECONDS) ? stopReason.get() : null;
    }

    /** Finishes what was begun, refuses the rest, tells the clients, closes the database and gives the name back. Idempotent. */
    @Override
    public void close() {
        close("the coordinator was closed");
    }

    /**
     * As {@link #close()}, and tells the clients why.
     *
     * @param reason in a few words.
     */
    public void close(String reason) {
        synchronized (this) {
            if (closing) {
                return;
            }
            closing = true;
        }
        stopReason.compareAndSet(null, reason);
        stopRequested.countDown();
        registration.closing();
        status.header().stateRelease(CoordinatorState.CLOSING);
        conductor.stopReason(String.valueOf(stopReason.get()));
        if (threads != null) {
            threads.stopConductor();
        } else if (invoker != null) {
            invoker.close();
        }
        awaitGoodbye();
        if (threads != null) {
            threads.stopHousekeeper();
        }
        awaitReaders();
        conductor.closeReaders();
        housekeeper.closeClients();
        status.header().stateRelease(CoordinatorState.CLOSED);
        releaseAll();
        closed.countDown();
    }

    private void onShutdownRequest(String who) {
        stopReason.compareAndSet(null, "stopped by " + who);
        stopRequested.countDown();
    }

    /** Clients let go when they have read the goodbye; their queues are deleted after that. */
    private void awaitGoodbye() {
        final long deadlineNs = System.nanoTime() + GOODBYE_TIMEOUT_NS;
        while (attachedCount() > 0 && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private int attachedCount() {
        final ClientTable table = status.clients();
        int count = 0;
        for (int i = 0; i < table.slotCount(); i++) {
            if (table.slot(i).stateAcquire() == ClientSlotState.ATTACHED) {
                count++;
            }
        }
        return count;
    }

    private void awaitReaders() {
        readerThreads.shutdown();
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = readerThreads.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private SqliteDatabase openDatabase() {
        try {
            return SqliteDatabase.open(SqliteSettings.of(folder.databaseFile())
                    .synchronous(context.synchronous())
                    .foreignKeys(context.foreignKeys())
                    .exclusive(context.exclusiveFile()));
        } catch (SqliteException e) {
            throw new CleatException(
                    ErrorCode.IO,
                    "cannot open the database of coordinator name=" + context.name() + ": " + e.getMessage(),
                    e);
        }
    }

    private ErrorSink errorSink() {
        final DistinctErrorLog log = status.errorLog(SystemEpochClock.INSTANCE);
        return (what, error) -> {
            synchronized (log) {
                log.record(error);
            }
            try {
                context.errorHandler().accept(error);
            } catch (RuntimeException e) {
                synchronized (log) {
                    log.record(e);
                }
            }
        };
    }

    private ExecutorService readerThreads() {
        final AtomicInteger number = new AtomicInteger();
        return Executors.newFixedThreadPool(context.readerThreads(), task -> {
            final Thread thread = new Thread(task, "cleat-reader-" + context.name() + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private <T extends AutoCloseable> T keep(T resource) {
        resources.push(resource);
        return resource;
    }

    private void deleteFiles() {
        try {
            folder.deleteAfterClose();
        } catch (CleatException e) {
            // A file more is no reason to keep the name.
            context.errorHandler().accept(e);
        }
    }

    private void releaseAll() {
        boolean filesDeleted = false;
        while (!resources.isEmpty()) {
            final AutoCloseable resource = resources.pop();
            if (resources.isEmpty() && !filesDeleted) {
                // The last one is the registration: the files go while the name is still ours.
                filesDeleted = true;
                deleteFiles();
            }
            try {
                resource.close();
            } catch (Exception e) {
                context.errorHandler().accept(e);
            }
        }
    }
}
