// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.ErrorCode;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.FileLocks;
import io.cleat.nameserver.HeldLock;
import io.cleat.nameserver.Liveness;
import io.cleat.nameserver.NameEntry;
import io.cleat.nameserver.NameServer;
import io.cleat.protocol.ProtocolVersion;
import io.cleat.queue.JvmFlags;
import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordReader;
import io.cleat.queue.RecordWriter;
import io.cleat.status.ClientSlot;
import io.cleat.status.ClientSlotState;
import io.cleat.status.CoordinatorState;
import io.cleat.status.StatusFile;
import io.cleat.status.StatusHeader;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a client holds of a coordinator: a slot, a lock that is its life, and two queues. See "Attaching" in docs/protocol.md.
 *
 * <p>Made and closed by one thread; the parts say themselves who may use them.
 */
final class Attachment implements AutoCloseable {
    private static final long PAUSE_NS = 50_000;
    private static final long PROBE_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    final NameServer names;
    final NameEntry entry;
    final StatusHeader header;
    final ClientSlot slot;
    final long clientId;
    final RecordQueue requests;
    final RecordWriter writer;
    final RecordQueue replies;
    final RecordReader reader;

    /** The client's life, which goes on with the next attachment. */
    private final HeldLock life;

    /** What has to be undone, last first, before the life is let go. */
    private final Deque<Runnable> undo;

    private Attachment(
            NameServer names,
            NameEntry entry,
            StatusHeader header,
            ClientSlot slot,
            long clientId,
            RecordQueue requests,
            RecordQueue replies,
            HeldLock life,
            Deque<Runnable> undo) {
        this.names = names;
        this.entry = entry;
        this.header = header;
        this.slot = slot;
        this.clientId = clientId;
        this.requests = requests;
        this.replies = replies;
        this.writer = requests.writer();
        this.reader = replies.readerFromStart();
        this.life = life;
        this.undo = undo;
    }

    /**
     * Attaches, by the connect timeout.
     *
     * @throws CleatException NOT_REGISTERED, INCOMPATIBLE, LIMIT, TIMEOUT, COORDINATOR_LOST, or why the coordinator refused.
     */
    static Attachment attach(ClientContext context, @Nullable Host host) {
        JvmFlags.check();
        final long startNs = System.nanoTime();
        final long deadlineNs = startNs + context.connectTimeoutNs();
        final NameServer names = NameServer.open(CleatDirectory.resolve(context.directory()));
        while (true) {
            if (host != null) {
                host.startIfAbsent(names);
            }
            final long remainingNs = Math.max(0, deadlineNs - System.nanoTime());
            final NameEntry entry = names.await(context.name(), remainingNs);
            final Deque<Runnable> undo = new ArrayDeque<>();
            try {
                return attach(context, names, entry, deadlineNs, undo);
            } catch (CleatException e) {
                undoAll(undo);
                // The coordinator may have gone between the look-up and the end: then the next one is waited for.
                if (e.code() != ErrorCode.COORDINATOR_LOST || System.nanoTime() - deadlineNs >= 0) {
                    throw e;
                }
            } catch (RuntimeException | Error e) {
                undoAll(undo);
                throw e;
            }
        }
    }

    private static Attachment attach(
            ClientContext context, NameServer names, NameEntry entry, long deadlineNs, Deque<Runnable> undo) {
        final StatusFile status = open(names, entry);
        final long clientId = status.header().takeClientId();
        final HeldLock life = FileLocks.acquire(
                names.directory().clientLock(entry.name(), clientId), Math.max(0, deadlineNs - System.nanoTime()));
        undo.push(() -> releaseUnattached(names, entry, life));
        final Attachment attachment =
                attach(context, names, entry, status, clientId, 0, life, deadlineNs, () -> {}, undo);
        // From now on the coordinator deletes the lock file behind us.
        undo.removeLast();
        undo.addLast(life::close);
        return attachment;
    }

    /**
     * Attaches the same client to a coordinator that took over. This attachment is of no more use then: the new one has the client's life.
     *
     * @param context of the client.
     * @param successor live and READY.
     * @param resumeSequence the first one that no request has yet.
     * @param check called while waiting: throws to give up.
     * @param deadlineNs at the latest.
     * @throws CleatException INCOMPATIBLE, LIMIT, TIMEOUT, COORDINATOR_LOST, or why the coordinator refused; this one has the life still.
     */
    Attachment again(ClientContext context, NameEntry successor, long resumeSequence, Runnable check, long deadlineNs) {
        final Deque<Runnable> undone = new ArrayDeque<>();
        try {
            final StatusFile status = open(names, successor);
            final HeldLock lock = livingOn(successor, deadlineNs);
            if (lock != life) {
                undone.push(lock::close);
            }
            final Attachment next = attach(
                    context, names, successor, status, clientId, resumeSequence, lock, deadlineNs, check, undone);
            if (lock == life) {
                undone.addLast(life::close);
            }
            undo.clear();
            return next;
        } catch (RuntimeException | Error e) {
            undoAll(undone);
            throw e;
        }
    }

    /** A coordinator that stops takes the locks of its clients along. */
    private HeldLock livingOn(NameEntry successor, long deadlineNs) {
        if (life.isHeld() && Files.exists(life.path(), LinkOption.NOFOLLOW_LINKS)) {
            return life;
        }
        life.close();
        return FileLocks.acquire(
                names.directory().clientLock(successor.name(), clientId), Math.max(0, deadlineNs - System.nanoTime()));
    }

    private static StatusFile open(NameServer names, NameEntry entry) {
        final StatusFile status = StatusFile.open(names.directory().statusFile(entry.name()));
        final StatusHeader header = status.header();
        if (header.epoch() != entry.epoch() || header.stateAcquire() != CoordinatorState.READY) {
            LockSupport.parkNanos(PAUSE_NS);
            throw lost(entry, "is not ready: state=" + header.stateAcquire() + " statusEpoch=" + header.epoch());
        }
        if (ProtocolVersion.negotiate(header.protocolMin(), header.protocolMax()) < 0) {
            throw new CleatException(
                    ErrorCode.INCOMPATIBLE,
                    "no common protocol version: client=" + ProtocolVersion.MIN + ".." + ProtocolVersion.MAX
                            + " coordinator=" + header.protocolMin() + ".." + header.protocolMax() + " of "
                            + entry.describe());
        }
        return status;
    }

    private static Attachment attach(
            ClientContext context,
            NameServer names,
            NameEntry entry,
            StatusFile status,
            long clientId,
            long resumeSequence,
            HeldLock life,
            long deadlineNs,
            Runnable check,
            Deque<Runnable> undo) {
        final CleatDirectory directory = names.directory();
        final StatusHeader header = status.header();
        final ClientSlot slot = status.clients()
                .claim(clientId)
                .orElseThrow(() -> new CleatException(
                        ErrorCode.LIMIT,
                        "all client slots are taken: slots=" + status.clients().slotCount() + " of "
                                + entry.describe()));
        undo.push(() -> release(slot, clientId, header));
        slot.identify(ProtocolVersion.MIN, ProtocolVersion.MAX, context.clientName(), System.currentTimeMillis());
        slot.resume(resumeSequence);
        if (!slot.request(clientId)) {
            throw lost(entry, "took the slot away: slot=" + slot.index());
        }
        header.ringAttachDoorbell();
        awaitAttached(names, entry, header, slot, check, deadlineNs);
        final RecordQueue requests = RecordQueue.open(
                directory.requests(entry.name(), clientId), QueueSettings.of(header::requestCycleAcquire));
        undo.push(requests::close);
        final ReplyCycle cycle = new ReplyCycle();
        final RecordQueue replies =
                RecordQueue.open(directory.replies(entry.name(), clientId), QueueSettings.of(cycle));
        undo.push(replies::close);
        final Attachment attachment =
                new Attachment(names, entry, header, slot, clientId, requests, replies, life, undo);
        cycle.reader = attachment.reader;
        return attachment;
    }

    /** Whether the coordinator holds its name still, by the word of the operating system. Takes a lock for a moment. */
    boolean isCoordinatorAlive() {
        return names.probe(entry.name())
                .filter(now -> now.epoch() == entry.epoch() && now.liveness() != Liveness.STALE)
                .isPresent();
    }

    /** The coordinator in words, for messages. */
    String describeCoordinator() {
        return "coordinator pid=" + header.coordinatorPid() + " of database '" + entry.name() + "' (state="
                + header.stateAcquire() + " heartbeatAgeMs=" + heartbeatAgeNs() / 1_000_000 + " epoch=" + entry.epoch()
                + ")";
    }

    long heartbeatAgeNs() {
        return Math.max(0, System.nanoTime() - header.heartbeatNsAcquire());
    }

    /** Says goodbye: a coordinator that stops waits for it. The slot is not ours any more. Idempotent. */
    void detach() {
        release(slot, clientId, header);
    }

    /** The coordinator is gone: closes the queues, which nobody uses any more, and lives on. Idempotent. */
    void closeQueues() {
        requests.close();
        replies.close();
    }

    /** Closes the queues, says goodbye, lets go of the lock. Nobody uses the queues any more. */
    @Override
    public void close() {
        undoAll(undo);
    }

    private static void undoAll(Deque<Runnable> undo) {
        @Nullable RuntimeException first = null;
        while (!undo.isEmpty()) {
            try {
                undo.pop().run();
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private static void release(ClientSlot slot, long clientId, StatusHeader header) {
        if (slot.detach(clientId)) {
            header.ringAttachDoorbell();
        } else {
            slot.withdraw(clientId);
        }
    }

    /** Nobody else would delete the file of a client that was never attached; but a later coordinator begins the ids anew. */
    private static void releaseUnattached(NameServer names, NameEntry entry, HeldLock life) {
        boolean ours = false;
        try {
            ours = names.probe(entry.name())
                    .filter(now -> now.epoch() == entry.epoch())
                    .isPresent();
        } finally {
            if (ours) {
                life.closeAndDelete();
            } else {
                life.close();
            }
        }
    }

    private static void awaitAttached(
            NameServer names, NameEntry entry, StatusHeader header, ClientSlot slot, Runnable check, long deadlineNs) {
        boolean interrupted = false;
        try {
            final long startNs = System.nanoTime();
            long probeNs = startNs + PROBE_INTERVAL_NS;
            while (true) {
                final ClientSlotState state = slot.stateAcquire();
                if (state == ClientSlotState.ATTACHED) {
                    return;
                }
                if (state == ClientSlotState.REFUSED) {
                    throw new CleatException(slot.refusalCode(), slot.refusalText());
                }
                final long nowNs = System.nanoTime();
                if (state != ClientSlotState.REQUESTED || header.stateAcquire() == CoordinatorState.CLOSED) {
                    throw lost(entry, "did not attach us: slotState=" + state);
                }
                if (nowNs - probeNs > 0) {
                    probeNs = nowNs + PROBE_INTERVAL_NS;
                    if (names.probe(entry.name())
                            .filter(e -> e.liveness() == Liveness.LIVE)
                            .isEmpty()) {
                        throw lost(entry, "died before it attached us");
                    }
                }
                if (nowNs - deadlineNs >= 0) {
                    throw new CleatException(
                            ErrorCode.TIMEOUT,
                            "not attached in time: waitedMs=" + (nowNs - startNs) / 1_000_000 + " waited for "
                                    + entry.describe());
                }
                check.run();
                interrupted |= Thread.interrupted();
                LockSupport.parkNanos(PAUSE_NS);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static CleatException lost(NameEntry entry, String what) {
        return new CleatException(ErrorCode.COORDINATOR_LOST, "the coordinator " + what + ": " + entry.describe());
    }

    /** The reader of a reply queue stands in the cycle that it read last, and never calls it over. */
    private static final class ReplyCycle implements java.util.function.IntSupplier {
        private volatile @Nullable RecordReader reader;

        @Override
        public int getAsInt() {
            final @Nullable RecordReader current = reader;
            return current == null ? 0 : Math.max(0, current.cycle());
        }
    }
}
