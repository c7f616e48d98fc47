// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.WalCursor;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
    private static final long CLOSE_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(10);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final CoordinatorContext context;
    private final CleatDirectory directory;
    private final DatabaseFolder folder;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final Stopping stopping = new Stopping();
    private final Registration registration;
    private final SqliteDatabase database;
    private final StatusFile status;
    private final Housekeeper housekeeper;
    private final Conductor conductor;
    private final ExecutorService readerThreads;
    private final @Nullable CoordinatorThreads threads;
    private final @Nullable AgentInvoker invoker;
    private volatile boolean handingOver;
    private String recovered = "";

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
            KillPoint.WHILE_TAKING_NAME.reached();
            final Recovery recovery = new Recovery(folder);
            if (context.recoverRequests()) {
                folder.keepRequestsOfTheDead();
            } else {
                folder.deleteRecovery();
            }
            folder.clear(recovery.adoptsMemory());
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
            final EvidenceForm form = evidence(recovery, errors);
            final Evidence evidence = form.evidence();
            final CommitLog commits = new CommitLog(status.header(), counters, evidence.commitSequence());
            final Refusals refusals = RequestRecovery.refusals(context, folder, errors);
            if (refusals != null) {
                keep(refusals);
            }
            housekeeper = new Housekeeper(
                    context,
                    folder,
                    status,
                    registration,
                    database,
                    commits,
                    form.outcomes(),
                    errors,
                    this::requestStop);
            readerThreads = readerThreads();
            keep(readerThreads::shutdown);
            threads = ownThreads ? new CoordinatorThreads(context, errors) : null;
            conductor = new Conductor(new CoordinatorParts(
                    context,
                    registration.epoch(),
                    database,
                    folder,
                    evidence,
                    form.outcomes(),
                    refusals,
                    status,
                    housekeeper,
                    commits,
                    counters,
                    errors,
                    readerThreads,
                    threads == null ? () -> {} : threads::wakeConductor,
                    threads == null ? () -> {} : threads::wakeHousekeeper,
                    who -> requestStop("stopped by " + who)));
            housekeeper.conductor(conductor);
            if (refusals != null) {
                recovered = new RequestRecovery(
                                folder,
                                context,
                                conductor,
                                status,
                                form,
                                refusals,
                                database.writer(),
                                registration.epoch(),
                                errors)
                        .run();
            }
            form.ready(database, folder);
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
     * Takes the name, opens the database and serves it on threads of its own, until it is closed. Asked to stop, by a client or because
     * its last client has left ({@link CoordinatorContext#stopAfterLastClient}), it closes itself on a thread of its own: nobody need wait for that.
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
     * It does not close itself: the caller looks at {@link #awaitStopRequest} now and then.
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

    /** {@return what it did at its start with {@link CoordinatorContext#recoverRequests}, in words; empty: nothing was left by a former coordinator} */
    public String recovered() {
        return recovered;
    }

    /** {@return whether it is closed} */
    public boolean isClosed() {
        return stopping.hasEnded();
    }

    /**
     * Waits until a client has asked the coordinator to stop, or it was closed.
     *
     * @param timeoutNs how long, in nanoseconds.
     * @return why it is to stop; null when the time is over.
     * @throws InterruptedException when the thread is interrupted.
     */
    public @Nullable String awaitStopRequest(long timeoutNs) throws InterruptedException {
        return stopping.awaitRequest(timeoutNs);
    }

    /**
     * Waits until it is closed.
     *
     * @param timeoutNs how long, in nanoseconds.
     * @return false when the time is over before.
     * @throws InterruptedException when the thread is interrupted.
     */
    public boolean awaitClosed(long timeoutNs) throws InterruptedException {
        return stopping.awaitEnd(timeoutNs);
    }

    /**
     * The options of a client of this database, for a program that hosts it and uses it too: {@code Database.open(coordinator.clientContext())}.
     *
     * @return new ones, with name and directory set.
     */
    public ClientContext clientContext() {
        return ClientContext.ofHandle(handle());
    }

    /**
     * Runs the {@linkplain CoordinatorContext#beforeShutdown hook}, finishes what was begun, refuses the rest, tells the clients, closes the
     * database and gives the name back. Idempotent; whoever calls it while another thread closes waits for that.
     */
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
        close(reason, false);
    }

    /**
     * As {@link #close(String)}, but what was read and not begun is left unanswered, and the clients are told that another coordinator follows: they attach
     * to it under the same name and send it again. Call it when one will be started within their patience.
     *
     * @param reason in a few words.
     */
    public void handOver(String reason) {
        close(reason, true);
    }

    private void close(String reason, boolean handsOver) {
        if (threads != null && threads.isOneOfThem()) {
            // Out of a handler or an interceptor: closing waits for this thread.
            handingOver |= handsOver;
            requestStop(reason);
        } else if (stopping.begin()) {
            handingOver |= handsOver;
            stopping.request(reason);
            try {
                runBeforeShutdown();
                stop();
            } finally {
                stopping.ended();
            }
        } else {
            stopping.awaitOther(CLOSE_TIMEOUT_NS);
        }
    }

    private void stop() {
        registration.closing();
        status.header().stateRelease(CoordinatorState.CLOSING);
        conductor.stopReason(stopping.reason());
        if (handingOver) {
            // Who lets go of us now does not say goodbye to the database.
            conductor.handOver();
            if (threads != null) {
                threads.stopHousekeeper();
            }
        }
        if (threads != null) {
            threads.stopConductor();
        } else if (invoker != null) {
            invoker.close();
        }
        if (!handingOver) {
            awaitGoodbye();
        }
        if (threads != null && !handingOver) {
            threads.stopHousekeeper();
        }
        awaitReaders();
        conductor.closeReaders();
        housekeeper.closeClients();
        status.header().stateRelease(handingOver ? CoordinatorState.HANDED_OVER : CoordinatorState.CLOSED);
        releaseAll();
    }

    /** Asked by threads of ours, for which closing waits: another one closes. Without threads of our own the caller does. */
    private void requestStop(String reason) {
        if (stopping.request(reason) && threads != null) {
            new Thread(this::close, "cleat-stop-" + context.name()).start();
        }
    }

    private void runBeforeShutdown() {
        final Runnable hook = context.beforeShutdown();
        if (hook == null) {
            return;
        }
        try {
            hook.run();
        } catch (RuntimeException | Error e) {
            context.errorHandler().accept(e);
        }
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
            return SqliteDatabase.open(DatabaseSettings.of(context, folder));
        } catch (SqliteException e) {
            throw new CleatException(
                    ErrorCode.IO,
                    "cannot open the database of coordinator name=" + context.name() + ": " + e.getMessage(),
                    e);
        }
    }

    private EvidenceForm evidence(Recovery recovery, ErrorSink errors) {
        final CleatException problem = recovery.problem();
        if (problem != null) {
            errors.onError("a commit of the former coordinator cannot be decided", problem);
        }
        if (context.recoverRequests() || !database.isExclusive()) {
            return EvidenceForm.rows(folder, database, registration.epoch(), recovery.journal(), errors);
        }
        return EvidenceForm.log(folder, recovery.journal(), keep(new WalCursor(folder.walFile())), errors);
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
        if (handingOver) {
            // The clients may still be reading; the successor removes what it does not need.
            return;
        }
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
