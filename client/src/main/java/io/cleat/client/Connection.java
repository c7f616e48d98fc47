// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.ClientContext;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.nameserver.NameEntry;
import io.cleat.protocol.MessageLog;
import io.cleat.status.StatusHeader;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client with all that moves requests and replies: attached to a coordinator, and when that dies, to the next. Made once a
 * {@code Database}.
 *
 * <p>Thread-safe.
 */
public final class Connection implements AutoCloseable {
    /** How long after a deadline the coordinator's word on it is waited for; docs/protocol.md. */
    static final long GRACE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long COMPLETION_KEEP_ALIVE_MS = 1_000;

    private final ClientContext context;
    private final OpenSessions sessions = new OpenSessions();
    private final SessionSettings settings = new SessionSettings();
    private final long clientId;
    private final Replies replies;
    private final ReplyPoller poller;
    private final RequestProxy proxy;
    private final Succession succession;
    private final Statements statements;
    private final Background background;
    private final Executor completions;
    private final @Nullable ThreadPoolExecutor ownCompletions;
    private final Semaphore asynchronous;
    private final AtomicInteger nextSessionId = new AtomicInteger();
    private final AtomicBoolean closing = new AtomicBoolean();

    private Connection(ClientContext context, Attachment attachment, @Nullable Host host) {
        this.context = context;
        clientId = attachment.clientId;
        final Queue<Cancelled> cancelled = new ConcurrentLinkedQueue<>();
        replies = new Replies(cancelled, sessions, settings, this::onHandover, error -> tell(context, error));
        final @Nullable MessageLog log = log(context);
        poller = new ReplyPoller(attachment, log == null ? replies : new LoggedRecords(replies, log), replies);
        proxy = new RequestProxy(attachment, replies, cancelled, log);
        succession = new Succession(context, attachment, host, replies, poller, proxy, sessions, settings);
        statements = new Statements(context.maxStatements(), proxy::forget);
        asynchronous = new Semaphore(context.maxOutstanding(), true);
        final String id = context.name() + "-" + Long.toHexString(clientId);
        final @Nullable Executor given = context.completionExecutor();
        if (given == null) {
            ownCompletions = completionThread("cleat-completion-" + id);
            completions = ownCompletions;
        } else {
            ownCompletions = null;
            completions = given;
        }
        background =
                new Background(this, poller, context.backgroundIdleStrategy().get(), "cleat-client-" + id);
    }

    private static @Nullable MessageLog log(ClientContext context) {
        final @Nullable Consumer<String> lines = context.debugLog();
        return lines == null
                ? null
                : new MessageLog(lines, context.logParameters(), number -> ErrorCode.of(number)
                        .name());
    }

    /**
     * Attaches.
     *
     * @param context concluded.
     * @return the connection.
     */
    public static Connection open(ClientContext context) {
        final @Nullable Host host = Host.of(context);
        @Nullable Attachment attachment = null;
        try {
            attachment = Attachment.attach(context, host);
            if (host != null) {
                host.checkFile(attachment.header.databaseFile());
            }
            final Connection connection = new Connection(context, attachment, host);
            connection.background.start();
            return connection;
        } catch (RuntimeException | Error e) {
            if (attachment != null) {
                attachment.close();
            }
            if (host != null) {
                host.close();
            }
            throw e;
        }
    }

    /** {@return the options} */
    public ClientContext context() {
        return context;
    }

    /** {@return what the name server said of the coordinator} */
    public NameEntry coordinator() {
        return succession.attachment().entry;
    }

    /** {@return what the coordinator says of itself} */
    public StatusHeader header() {
        return succession.attachment().header;
    }

    /** {@return the id of this client} */
    public long clientId() {
        return clientId;
    }

    /** {@return an id that no other session of this client has} */
    public int takeSessionId() {
        return nextSessionId.getAndIncrement();
    }

    /**
     * A new exchange, to be reused by one owner.
     *
     * @return the exchange.
     */
    public Exchange newExchange() {
        return new Exchange(this, new Request(clientId));
    }

    /**
     * The text of a statement with its number.
     *
     * @param sql one statement.
     * @return shared by all who use the text.
     */
    public StatementText statement(String sql) {
        return statements.of(sql);
    }

    /**
     * The text of a script, which the coordinator does not keep.
     *
     * @param sql any number of statements.
     * @return without a number.
     */
    public static StatementText script(String sql) {
        return new StatementText(sql, 0);
    }

    /**
     * The same text as it is now; see {@link #statement}.
     *
     * @param text that may have been evicted.
     * @return known to the coordinator, or to be sent along.
     */
    public StatementText current(StatementText text) {
        return statements.current(text);
    }

    /** {@return whether there is a coordinator, as far as is known, and the connection has not ended} */
    public boolean isServed() {
        return succession.loss() == null && replies.ended() == null;
    }

    /** {@return why the connection has ended, or null} */
    public @Nullable Failed ended() {
        return replies.ended();
    }

    /**
     * Waits for a place among the asynchronous calls.
     *
     * @param timeoutNs at most.
     * @throws io.cleat.CleatException TIMEOUT when there was none in time.
     */
    public void beginAsynchronous(long timeoutNs) {
        if (!asynchronous.tryAcquire()) {
            final long startNs = System.nanoTime();
            // With the flag up, park would return at once.
            final boolean interrupted = Thread.interrupted();
            final boolean reached = pollUntil(() -> replies.ended() != null || asynchronous.tryAcquire(), timeoutNs);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            final @Nullable Failed ended = replies.ended();
            if (!reached || ended != null) {
                throw (ended != null
                                ? ended
                                : timeout(
                                        "one of maxOutstanding=" + context.maxOutstanding()
                                                + " asynchronous calls to complete",
                                        System.nanoTime() - startNs))
                        .with(Outcome.NOT_APPLIED)
                        .exception(null, null);
            }
        }
        background.outstanding(1);
    }

    /**
     * Polls for replies on this thread until a condition holds.
     *
     * @param reached asked again and again.
     * @param timeoutNs how long.
     * @return false when the time is over before.
     */
    public boolean pollUntil(BooleanSupplier reached, long timeoutNs) {
        final long nowNs = System.nanoTime();
        return poller.await(reached, context.waitStrategy().get(), nowNs + Math.min(timeoutNs, Long.MAX_VALUE / 2));
    }

    /** Gives the place back. */
    public void endAsynchronous() {
        background.outstanding(-1);
        asynchronous.release();
    }

    /**
     * Asks the coordinator to give a request up; without effect when it has ended. Never waits.
     *
     * @param sequence of the request.
     * @param sessionId of the request.
     */
    public void cancel(long sequence, int sessionId) {
        if (replies.ended() == null) {
            replies.askCancel(sequence);
            proxy.sendCancel(sequence, sessionId);
        }
    }

    /** {@return a text with which another process finds the database, as {@code ClientContext.ofHandle} reads it} */
    public String handle() {
        return "cleat:" + context.name() + "?directory="
                + succession.attachment().names.directory().path();
    }

    /** {@return where user code runs that no caller waits for} */
    public Executor completions() {
        return completions;
    }

    /**
     * Sets who is told of table updates. Once.
     *
     * @param handler to tell.
     */
    public void changeHandler(ChangeHandler handler) {
        replies.changeHandler(handler);
    }

    /** {@return who is told of table updates, or null} */
    public @Nullable ChangeHandler changeHandler() {
        return replies.changeHandler();
    }

    /**
     * Has a task run by whoever polls next, outside the lead.
     *
     * @param task to run.
     */
    public void later(Runnable task) {
        replies.tell(task);
    }

    /** Runs what {@link #later} was given. Any thread. */
    public void runLater() {
        replies.runDue();
    }

    /**
     * Counts what may arrive without a caller that waits: the background thread polls eagerly while there is any.
     *
     * @param change such as 1 or -1.
     */
    public void expect(int change) {
        background.outstanding(change);
    }

    Replies replies() {
        return replies;
    }

    ReplyPoller poller() {
        return poller;
    }

    RequestProxy proxy() {
        return proxy;
    }

    String describeCoordinator() {
        return succession.attachment().describeCoordinator() + " unconsumedRequestBytes=" + proxy.unconsumedBytes();
    }

    /**
     * Tells the error handler.
     *
     * @param error that no caller waits for.
     */
    public void onError(Throwable error) {
        tell(context, error);
    }

    static void tell(ClientContext context, Throwable error) {
        try {
            context.errorHandler().onError(error);
        } catch (RuntimeException | Error e) {
            // A handler that fails has nobody to tell.
            System.getLogger("io.cleat").log(System.Logger.Level.ERROR, "the error handler failed", e);
        }
    }

    /** What the background thread does every tick. */
    void onTick(long nowNs) {
        succession.heartbeat(nowNs);
        if (replies.hasOverdue(nowNs - GRACE_NS)) {
            replies.endOverdue(nowNs - GRACE_NS, timeout("an asynchronous reply", -1));
            replies.runDue();
        }
        replies.onTick(nowNs);
        proxy.flush();
        succession.checkCoordinator(nowNs);
    }

    /** Told by who polls, so not before this is made. */
    private void onHandover(String reason, long ofEpoch) {
        succession.onHandover(reason, ofEpoch);
    }

    Failed timeout(String what, long waitedNs) {
        final @Nullable Loss now = succession.loss();
        if (now != null) {
            return now.failed(
                    Outcome.UNKNOWN,
                    "the deadline passed: waited for " + what
                            + (waitedNs < 0 ? "" : " waitedMs=" + waitedNs / 1_000_000));
        }
        return Failed.local(
                ErrorCode.TIMEOUT,
                Outcome.UNKNOWN,
                "the deadline passed: waited for " + what + (waitedNs < 0 ? "" : " waitedMs=" + waitedNs / 1_000_000)
                        + " on " + describeCoordinator());
    }

    /**
     * While there is no coordinator, ends whatever a session has open, which ended with it; there is nobody to be asked.
     *
     * @param sessionId of the session.
     * @return false when that takes a request: there is a coordinator, or a request of the session waits for one.
     */
    public boolean endLostSession(int sessionId) {
        return succession.endLostSession(sessionId);
    }

    /**
     * A session has no transaction and no snapshot any more, however that ended, and whatever the answer was.
     *
     * @param sessionId of the session.
     */
    public void endedBlock(int sessionId) {
        sessions.endBlock(sessionId);
    }

    /**
     * As {@link #endedBlock}, and no exclusive access either.
     *
     * @param sessionId of the session.
     */
    public void endedAll(int sessionId) {
        sessions.forget(sessionId);
    }

    /**
     * A session is closed: nobody need be told its settings.
     *
     * @param sessionId of the session.
     */
    public void forgetSettings(int sessionId) {
        settings.forget(sessionId);
    }

    /** The background thread cannot go on: nothing may wait for it. */
    void onBackgroundFailed(Throwable error) {
        replies.end(Failed.local(
                ErrorCode.CLOSED,
                Outcome.UNKNOWN,
                "the background thread failed: name=" + context.name() + " cause=" + error));
        replies.runDue();
        succession.attachment().detach();
        onError(error);
    }

    /** Fails what waits, closes the queues, says goodbye. Idempotent. */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        replies.end(Failed.local(
                ErrorCode.CLOSED,
                Outcome.UNKNOWN,
                "the database was closed: name=" + context.name() + " at=" + Instant.now()));
        replies.runDue();
        background.stop();
        succession.stop();
        proxy.close();
        poller.close();
        replies.runDue();
        if (ownCompletions != null) {
            ownCompletions.shutdown();
        }
        succession.close();
    }

    private static ThreadPoolExecutor completionThread(String name) {
        final ThreadPoolExecutor executor = new ThreadPoolExecutor(
                1, 1, COMPLETION_KEEP_ALIVE_MS, TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), task -> {
                    final Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
