// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.nameserver.NameEntry;
import io.cleat.nameserver.NameServer;
import io.cleat.status.CoordinatorState;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which coordinator serves a client now: notices that it is gone, and goes on with the one that takes over.
 *
 * <p>Thread-safe. The background thread looks after the coordinator, whoever polls tells of a handover, the thread of the
 * {@link Reattachment}, of which there is one at most, goes on with the next. All fields are written under the monitor of this, except
 * for the time of the last look, which is the background thread's own; the volatile ones are read without it, by any thread. The monitor
 * is taken before the lock of the {@link RequestProxy}, the lead of the {@link ReplyPoller} and the monitor of {@link Replies}, never
 * by who has one of these; listeners are called, and the next coordinator told what it has to know, outside it.
 */
final class Succession implements AutoCloseable {
    private static final long PROBE_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final ClientContext context;
    private final @Nullable Host host;
    private final Replies replies;
    private final ReplyPoller poller;
    private final RequestProxy proxy;
    private final OpenSessions sessions;
    private final SessionSettings settings;
    private long lastProbeNs; // of the background thread

    /** Written by the reattachment. */
    private volatile Attachment attachment;

    /** While there is no coordinator, or the next one was not told yet what it has to know. */
    private volatile @Nullable Loss loss;

    /** The coordinator that takes over is to be given up as well. */
    private volatile boolean lostAgain;

    /** Of the last coordinator that was told all it has to know: the next one may be anyone that came later. Written by the reattachment. */
    private volatile long servedEpoch;

    private @Nullable Reattachment reattachment; // guarded by this

    /** Begins with the coordinator that was found first; has the attachment and the host from now on. */
    Succession(
            ClientContext context,
            Attachment attachment,
            @Nullable Host host,
            Replies replies,
            ReplyPoller poller,
            RequestProxy proxy,
            OpenSessions sessions,
            SessionSettings settings) {
        this.context = context;
        this.attachment = attachment;
        this.servedEpoch = attachment.entry.epoch();
        this.host = host;
        this.replies = replies;
        this.poller = poller;
        this.proxy = proxy;
        this.sessions = sessions;
        this.settings = settings;
    }

    /** To the coordinator that serves, or did last. */
    Attachment attachment() {
        return attachment;
    }

    /** Since when there is no coordinator, and why; null while there is one. */
    @Nullable
    Loss loss() {
        return loss;
    }

    boolean isEnded() {
        return replies.ended() != null;
    }

    /** Tells the coordinator that the client lives; one that has stopped, that it has gone. */
    void heartbeat(long nowNs) {
        final @Nullable Failed end = replies.ended();
        if (end == null) {
            final Attachment now = attachment;
            if (loss == null && now.slot.isAttached(now.clientId)) {
                now.slot.heartbeatNsRelease(nowNs);
            }
        } else if (end.code() == ErrorCode.SHUTDOWN) {
            attachment.detach();
        }
    }

    /** Looks whether the coordinator is alive still, if it is time to. The background thread only. */
    void checkCoordinator(long nowNs) {
        if (!isEnded() && loss == null && nowNs - lastProbeNs > PROBE_INTERVAL_NS) {
            lastProbeNs = nowNs;
            checkCoordinator();
        }
    }

    private void checkCoordinator() {
        final Attachment now = attachment;
        final long epoch = now.entry.epoch();
        final CoordinatorState state = now.header.stateAcquire();
        final boolean closed = state.hasStopped();
        if ((closed || isSilent(now)) && !now.isCoordinatorAlive()) {
            // What it wrote before it went is still worth reading.
            poller.drain();
            replies.runDue();
            // The word that another one comes may have been read by somebody who has not acted upon it yet.
            final boolean isHandover = context.reattachTimeoutNs() > 0
                    && (state == CoordinatorState.HANDED_OVER || replies.isHandingOver(epoch));
            if (closed && !isHandover) {
                end(ErrorCode.SHUTDOWN, "the coordinator stopped");
            } else {
                lose("the coordinator is gone", false, epoch);
            }
        }
    }

    private boolean isSilent(Attachment now) {
        return now.heartbeatAgeNs() > context.livenessTimeoutNs();
    }

    private void end(ErrorCode code, String reason) {
        if (loss == null) {
            replies.end(Failed.local(
                    code, Outcome.UNKNOWN, reason + ": " + attachment.describeCoordinator() + " at=" + Instant.now()));
            replies.runDue();
        }
    }

    /** The coordinator goes so that another one can come: the sooner all have said goodbye, the sooner it has gone. */
    void onHandover(String reason, long ofEpoch) {
        if (ofEpoch != attachment.entry.epoch()) {
            // Told late: it has gone already, and there is another one.
            return;
        }
        if (context.reattachTimeoutNs() == 0) {
            end(ErrorCode.SHUTDOWN, "the coordinator stopped: " + reason);
        } else {
            lose("the coordinator goes for another one (" + reason + ")", true, ofEpoch);
        }
    }

    /** There is no coordinator: the connection lives on until there is another one, or the time for that is over. */
    private void lose(String reason, boolean saysGoodbye, long ofEpoch) {
        if (context.reattachTimeoutNs() == 0) {
            end(ErrorCode.COORDINATOR_LOST, reason);
            return;
        }
        synchronized (this) {
            if (isEnded() || ofEpoch != attachment.entry.epoch()) {
                return;
            }
            if (loss != null) {
                lostAgain = true;
                return;
            }
            final Loss now = new Loss(System.nanoTime(), Instant.now(), attachment.describeCoordinator(), reason);
            loss = now;
            suspend(now);
            if (saysGoodbye) {
                attachment.detach();
            }
            final Reattachment next = new Reattachment(
                    this,
                    now,
                    now.sinceNs() + context.reattachTimeoutNs(),
                    "cleat-reattach-" + context.name() + "-" + Long.toHexString(attachment.clientId));
            reattachment = next;
            next.start();
        }
        replies.runDue();
    }

    private void suspend(Loss now) {
        proxy.suspend();
        poller.suspend();
        attachment.closeQueues();
        replies.endInterrupted(now);
    }

    /** While there is no coordinator, ends what a session has open, if nothing of it waits; see {@link RequestProxy#endLostSession}. */
    boolean endLostSession(int sessionId) {
        return loss != null && proxy.endLostSession(sessionId, sessions);
    }

    // By the reattachment.

    /** Of the last coordinator that was told all. */
    long servedEpoch() {
        return servedEpoch;
    }

    /** Starts a coordinator if there is none, and this client may. */
    void hostIfAbsent(NameServer names) {
        if (host != null) {
            host.startIfAbsent(names);
        }
    }

    /** Attaches to the next coordinator; see {@link Attachment#again}. */
    Attachment attachAgain(NameEntry successor, Runnable check, long deadlineNs) {
        return attachment.again(context, successor, proxy.nextSequence(), check, deadlineNs);
    }

    /** Goes on with the coordinator that took over; null, or why that failed and is to be tried again. */
    @Nullable
    CleatException resume(Attachment next) {
        synchronized (this) {
            lostAgain = false;
            attachment = next;
        }
        final @Nullable Loss before = loss;
        try {
            if (host != null) {
                host.checkFile(next.header.databaseFile());
            }
            replies.onReattaching();
            poller.resume(next);
            proxy.resume(next, new Resending(replies, sessions, settings, next.clientId, () -> ensureServed(next)));
            synchronized (this) {
                ensureServed(next);
                servedEpoch = next.entry.epoch();
                loss = null;
                reattachment = null;
            }
        } catch (RuntimeException | Error e) {
            if (before != null) {
                suspend(before);
                next.detach();
            }
            if (e instanceof CleatException failure
                    && failure.code() != ErrorCode.INCOMPATIBLE
                    && failure.code() != ErrorCode.MISUSE) {
                // Without room, or too slow, say: the same one may do better the next time.
                return failure;
            }
            throw e;
        }
        replies.onReattached();
        return null;
    }

    private void ensureServed(Attachment next) {
        if (isEnded()) {
            throw Resending.closed();
        }
        if (lostAgain || (isSilent(next) && !next.isCoordinatorAlive())) {
            throw new CleatException(
                    ErrorCode.COORDINATOR_LOST, "the next coordinator is gone too: " + next.describeCoordinator());
        }
    }

    /** Nobody took over in time. */
    void onNotReattached(Loss lost, @Nullable Throwable last) {
        replies.end(lost.failed(
                Outcome.UNKNOWN,
                "the connection has ended: waited reattachTimeoutMs=" + context.reattachTimeoutNs() / 1_000_000
                        + (last == null ? "" : " (last: " + last.getMessage() + ")")));
    }

    /** The reattachment itself cannot go on. */
    void onReattachmentFailed(Loss lost, Throwable error) {
        onNotReattached(lost, error);
        Connection.tell(context, error);
    }

    // At the end.

    /** Looks for no other coordinator any more; end the connection first. Waits for the reattachment. */
    void stop() {
        final @Nullable Reattachment looking;
        synchronized (this) {
            looking = reattachment;
        }
        if (looking != null) {
            looking.stop();
        }
    }

    /** Says goodbye, and lets go of a coordinator of its own. Nobody uses the queues any more. */
    @Override
    public void close() {
        attachment.close();
        if (host != null) {
            host.close();
        }
    }
}
