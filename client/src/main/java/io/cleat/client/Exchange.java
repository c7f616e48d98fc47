// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.RequestId;
import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.TransactionAction;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * One request and its reply, with the buffers of both; reused by its owner, one request after the other.
 *
 * <p>Not thread-safe: one owner at a time. Steady state allocates nothing. What fails is thrown with the frames of the owner's
 * thread.
 */
public final class Exchange {
    private static final long NO_TIMEOUT_CAP_NS = TimeUnit.DAYS.toNanos(365);

    private final Connection connection;
    private final Request request;
    private final Call call = new Call();
    private final ValueWriter parameters = new ValueWriter();
    private final IdleStrategy idle;
    private final RowCursor rows;
    private @Nullable String sql;
    private @Nullable Runnable listener;
    private @Nullable CallWatch watch;
    private boolean patient = true;
    private boolean unsent;
    private boolean wasSent;

    /** The last request that was written whole, for {@link #cancel}. */
    private final AtomicLong sentSequence = new AtomicLong();

    /** The last one that was cancelled so: once is enough. */
    private final AtomicLong cancelledSequence = new AtomicLong();

    private int sessionId;
    private int creditBytes;
    private long startNs;
    private long timeoutNs;

    Exchange(Connection connection, Request request) {
        this.connection = connection;
        this.request = request;
        this.idle = connection.context().waitStrategy().get();
        this.rows = new RowCursor(this, call);
    }

    /**
     * Says that its owner is a session which one user alone has, and which may have settings and counts of its own.
     *
     * @return this.
     */
    public Exchange ofOwnSession() {
        request.ofOwnSession();
        return this;
    }

    /** {@return where the parameters of the next request are written; cleared by the owner} */
    public ValueWriter parameters() {
        return parameters;
    }

    /** {@return the rows of the request that runs} */
    public RowCursor rows() {
        return rows;
    }

    /**
     * Sends a statement with the {@link #parameters()}.
     *
     * @param session its id.
     * @param text of the statement.
     * @param execution how it is run.
     * @param timeout from now, ns.
     */
    public void execute(int session, StatementText text, Execution execution, long timeout) {
        begin(session, text.sql(), timeout);
        @Nullable StatementText current = text;
        RequestProxy.Sent sent;
        do {
            current = connection.current(current);
            request.encodeExecute(session, current, parameters, creditBytes, execution, deadlineNs());
            sent = send();
        } while (sent == RequestProxy.Sent.TEXT_NEEDED);
        sent(sent);
    }

    /**
     * Sends a batch.
     *
     * @param session its id.
     * @param description of the batch, for errors.
     * @param statementCount how many texts.
     * @param statements the texts, encoded.
     * @param announced tables to announce with it, encoded; empty for none.
     * @param rowCount how many rows.
     * @param batchRows the rows, encoded.
     * @param rowCounts whether the result is to have a row for each, with how many rows it changed.
     * @param timeout from now, ns.
     */
    public void batch(
            int session,
            String description,
            int statementCount,
            ValueWriter statements,
            byte[] announced,
            int rowCount,
            ValueWriter batchRows,
            boolean rowCounts,
            long timeout) {
        begin(session, description, timeout);
        parameters.clear();
        request.encodeBatch(
                session, statementCount, statements, announced, rowCount, batchRows, rowCounts, deadlineNs());
        if (listener != null) {
            // The batch is its caller's again before the reply has come, and may be needed for the next coordinator.
            request.own();
        }
        sent(send());
    }

    /**
     * Begins or ends a transaction, a savepoint or the like, and waits for the reply.
     *
     * @param session its id.
     * @param action what to do.
     * @param savepoint its number, or 0.
     * @param token by which others join, or 0.
     * @param leaseNs how long the write turn may be held idle, or 0 for the default.
     * @param timeout from now, ns.
     * @return the commit sequence.
     */
    public long transaction(
            int session, TransactionAction action, int savepoint, long token, long leaseNs, long timeout) {
        begin(session, null, timeout);
        request.encodeTransaction(session, action, savepoint, token, leaseNs, deadlineNs());
        sent(send());
        awaitEnd();
        return call.commitSequence();
    }

    /**
     * Begins or ends a transaction, without waiting.
     *
     * @param session its id.
     * @param action what to do.
     * @param timeout from now, ns.
     */
    public void sendTransaction(int session, TransactionAction action, long timeout) {
        begin(session, null, timeout);
        request.encodeTransaction(session, action, 0, 0, 0, deadlineNs());
        sent(send());
    }

    /**
     * Asks which tables a statement reads and changes, without waiting.
     *
     * @param session its id.
     * @param text one statement.
     * @param timeout from now, ns.
     */
    public void describe(int session, String text, long timeout) {
        begin(session, text, timeout);
        parameters.clear();
        request.encodeDescribe(session, text, deadlineNs());
        sent(send());
    }

    /**
     * Asks what a statement takes and gives, without waiting; the rows of the answer are those of {@link io.cleat.protocol.PreparedRows}.
     *
     * @param session its id.
     * @param text one statement.
     * @param timeout from now, ns.
     */
    public void prepare(int session, String text, long timeout) {
        begin(session, text, timeout);
        parameters.clear();
        request.encodePrepare(session, text, deadlineNs());
        sent(send());
    }

    /**
     * Says which table updates this client wants from now on, without waiting.
     *
     * @param session its id.
     * @param everything whether all.
     * @param tables encoded.
     * @param timeout from now, ns.
     */
    public void interest(int session, boolean everything, byte[] tables, long timeout) {
        begin(session, null, timeout);
        request.encodeInterest(session, everything, tables, deadlineNs());
        sent(send());
    }

    /**
     * Announces that tables changed, and waits for the reply.
     *
     * @param session its id.
     * @param tables encoded.
     * @param timeout from now, ns.
     */
    public void announce(int session, byte[] tables, long timeout) {
        begin(session, null, timeout);
        request.encodeAnnounce(session, tables, deadlineNs());
        sent(send());
        awaitEnd();
    }

    /**
     * Asks what became of a request, without waiting; the answer has one row.
     *
     * @param session its id.
     * @param ofClientId the client that sent it.
     * @param ofSequence its sequence there.
     * @param timeout from now, ns.
     */
    public void askOutcome(int session, long ofClientId, long ofSequence, long timeout) {
        begin(session, null, timeout);
        request.encodeAskOutcome(session, ofClientId, ofSequence, deadlineNs());
        sent(send());
    }

    /**
     * Ends a session, and waits for the reply.
     *
     * @param session its id.
     * @param timeout from now, ns.
     */
    public void closeSession(int session, long timeout) {
        begin(session, null, timeout);
        request.encodeCloseSession(session);
        sent(send());
        awaitEnd();
    }

    /**
     * Ends a session, without waiting.
     *
     * @param session its id.
     * @param timeout from now, ns.
     */
    public void sendCloseSession(int session, long timeout) {
        begin(session, null, timeout);
        request.encodeCloseSession(session);
        sent(send());
    }

    /**
     * Asks the coordinator to stop, and waits for the reply.
     *
     * @param session any id.
     * @param timeout from now, ns.
     */
    public void shutdown(int session, long timeout) {
        begin(session, null, timeout);
        request.encodeShutdown(session, deadlineNs());
        sent(send());
        awaitEnd();
    }

    /**
     * Has somebody told of the next request's way.
     *
     * @param next of that request only; null for nobody.
     */
    public void watch(@Nullable CallWatch next) {
        watch = next;
    }

    /** Waits for the first part of the reply: the columns are known then. */
    public void awaitStart() {
        while (true) {
            final int seen = call.progress();
            if (call.hasStarted()) {
                throwIfFailed();
                return;
            }
            await(seen);
        }
    }

    /** Waits for the end of the reply, and drops its rows. */
    public void awaitEnd() {
        rows.skipAll();
    }

    /** Gives the request up, unless it has ended: what comes for it later is dropped. */
    public void abandon() {
        watch = null;
        giveUp();
    }

    /**
     * From any thread: asks the coordinator to give up the request that waits for its reply, if it was written whole; pieces must not be dropped
     * while others are still written. Its owner hears of it, or gets the reply that was there first. Does not wait.
     *
     * @param session of the request.
     */
    public void cancel(int session) {
        final long sequence = call.pendingSequence();
        if (sequence != 0 && sequence == sentSequence.get() && cancelledSequence.getAndSet(sequence) != sequence) {
            connection.cancel(sequence, session);
        }
    }

    /** {@return rows changed directly; once ended} */
    public long changeCount() {
        return call.changeCount();
    }

    /** {@return row id of the last row inserted; once ended} */
    public long lastRowId() {
        return call.lastRowId();
    }

    /** {@return the last commit that the reply can have seen; once ended} */
    public long commitSequence() {
        return call.commitSequence();
    }

    /**
     * Sets who is told of what arrives, for asynchronous requests. A thread that does not lead calls it.
     *
     * @param newListener null for none.
     */
    public void listener(@Nullable Runnable newListener) {
        listener = newListener;
    }

    /** From now on neither requests nor credits wait for others that write, or for room: see {@link #isUnsent}. */
    public void neverWaitToSend() {
        patient = false;
    }

    /** {@return whether the request could not be written, and is to be tried again; after {@link #neverWaitToSend}} */
    public boolean isUnsent() {
        return unsent;
    }

    /**
     * Why a request was not sent that was tried for as long as its timeout.
     *
     * @param sinceNs when first.
     * @return the failure, or null when there is time left.
     */
    public @Nullable CleatException unsentFailure(long sinceNs) {
        final long waitedNs = System.nanoTime() - sinceNs;
        return waitedNs < timeoutNs ? null : exception(noRoom(waitedNs));
    }

    int creditBytes() {
        return creditBytes;
    }

    /** Allows more rows; false when that is to be tried again. */
    boolean grant(int bytes) {
        if (!patient) {
            return connection.proxy().trySendCredit(call.sequence(), sessionId, bytes);
        }
        if (!connection.proxy().sendCredit(call.sequence(), sessionId, bytes, waitUntilNs())) {
            throw timedOut("room for a credit");
        }
        return true;
    }

    /** Waits for something to arrive since the progress seen; each wait has the timeout of the request. */
    void await(int seen) {
        if (connection.poller().await(call, seen, idle, waitUntilNs())) {
            return;
        }
        // Who finds it in the map is the one who ends it.
        if (giveUp()) {
            throw timedOut("a reply");
        }
    }

    /** Throws what the request failed with, if it did. */
    void throwIfFailed() {
        final @Nullable Failed failed = call.failed();
        if (failed == null) {
            return;
        }
        final @Nullable StatementText referred = request.referredStatement();
        if (failed.code() == ErrorCode.PROTOCOL && referred != null) {
            // The record that brought the text may have been lost: send it again next time.
            referred.unsent();
        }
        throw exception(failed);
    }

    CleatException exception(Failed failed) {
        final boolean shown = connection.context().logParameters() && sql != null && parameters.count() > 0;
        final CleatException exception = failed.exception(sql, shown ? ParameterText.of(parameters) : null);
        return wasSent && exception instanceof RequestException ofRequest
                ? ofRequest.of(new RequestId(connection.clientId(), request.sequence()))
                : exception;
    }

    private void begin(int session, @Nullable String text, long timeout) {
        call.abandon();
        rows.reset();
        sessionId = session;
        sql = text;
        unsent = false;
        wasSent = false;
        creditBytes = connection.context().creditBytes();
        startNs = System.nanoTime();
        timeoutNs = Math.min(timeout, NO_TIMEOUT_CAP_NS);
    }

    private RequestProxy.Sent send() {
        call.watch(watch);
        return patient
                ? connection.proxy().send(request, call, deadlineNs(), listener)
                : connection.proxy().trySend(request, call, deadlineNs(), listener);
    }

    private Failed noRoom(long waitedNs) {
        return connection.timeout("room in the request window", waitedNs).with(Outcome.NOT_APPLIED);
    }

    private void sent(RequestProxy.Sent sent) {
        unsent = sent == RequestProxy.Sent.NO_ROOM;
        if (unsent) {
            return;
        }
        if (sent != RequestProxy.Sent.SENT) {
            watch = null;
            call.watch(null);
            final Failed failed = sent == RequestProxy.Sent.TIMED_OUT
                    ? noRoom(System.nanoTime() - startNs)
                    : connection.proxy().ended();
            throw exception(failed);
        }
        wasSent = true;
        sentSequence.lazySet(request.sequence());
        final @Nullable CallWatch watching = watch;
        if (watching != null) {
            watch = null;
            watching.onSent();
        }
    }

    /** True when it was still waiting: then the coordinator is told. */
    private boolean giveUp() {
        final long sequence = call.pendingSequence();
        final boolean waiting = sequence != 0 && connection.replies().remove(sequence);
        if (waiting) {
            call.giveUp();
            connection.proxy().sendCancel(sequence, sessionId);
        }
        return waiting;
    }

    private CleatException timedOut(String what) {
        return exception(call.ofEffect(
                connection.timeout(what + " timeoutMs=" + timeoutNs / 1_000_000, System.nanoTime() - startNs)));
    }

    private long deadlineNs() {
        return startNs + timeoutNs;
    }

    /**
     * The first wait ends a little after the deadline, so that the coordinator's word on it can arrive; a wait for more rows by the
     * timeout from now.
     */
    private long waitUntilNs() {
        return (call.hasStarted() ? System.nanoTime() + timeoutNs : deadlineNs()) + Connection.GRACE_NS;
    }
}
