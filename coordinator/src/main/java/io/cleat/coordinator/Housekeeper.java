// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.nameserver.FileLocks;
import io.cleat.nameserver.Registration;
import io.cleat.protocol.ProtocolVersion;
import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordQueue;
import io.cleat.status.ClaimWatch;
import io.cleat.status.ClientSlot;
import io.cleat.status.ClientSlotState;
import io.cleat.status.ClientTable;
import io.cleat.status.StatusFile;
import io.cleat.status.SystemCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * What would hold the conductor up: opening and deleting reply queues, asking whether clients live, pruning, checkpoints.
 *
 * <p>Its own thread calls {@link #doWork()}. It talks with the conductor through two queues: tasks for the conductor, and clients
 * that the conductor has let go of. The methods under "by the conductor" are the conductor's.
 */
final class Housekeeper implements Agent {
    private static final long LIVENESS_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SCAN_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long HEARTBEAT_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long CLAIM_PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private final CoordinatorContext context;
    private final DatabaseFolder folder;
    private final StatusFile status;
    private final Registration registration;
    private final ErrorSink errors;
    private final Checkpoints checkpoints;
    private final ClaimWatch claims;
    private final LastClient lastClient;
    private final ClientRemains remains;
    private final OutcomeStore outcomes;
    private final Long2ObjectHashMap<AttachedClient> clients = new Long2ObjectHashMap<>();
    private final ManyToOneConcurrentLinkedQueue<Runnable> tasks = new ManyToOneConcurrentLinkedQueue<>();
    private final ManyToOneConcurrentLinkedQueue<Runnable> arrivals = new ManyToOneConcurrentLinkedQueue<>();
    private final OneToOneConcurrentArrayQueue<AttachedClient> released = new OneToOneConcurrentArrayQueue<>(1024);
    private volatile @Nullable Conductor conductor;
    private long doorbellSeen;
    private long scanNs;
    private long livenessNs;
    private long heartbeatNs;

    Housekeeper(
            CoordinatorContext context,
            DatabaseFolder folder,
            StatusFile status,
            Registration registration,
            SqliteDatabase database,
            CommitLog commits,
            OutcomeStore outcomes,
            ErrorSink errors,
            Consumer<String> stop) {
        this.context = context;
        this.folder = folder;
        this.status = status;
        this.registration = registration;
        this.errors = errors;
        this.checkpoints = new Checkpoints(database, commits, status.counters(), this::later);
        this.claims = new ClaimWatch(status.clients(), CLAIM_PATIENCE_NS);
        this.lastClient = new LastClient(context, stop);
        this.outcomes = outcomes;
        this.remains = new ClientRemains(folder, registration.epoch(), clients::containsKey, outcomes, errors);
    }

    @Override
    public String roleName() {
        return "cleat-housekeeper-" + context.name();
    }

    @Override
    public int doWork() {
        final long nowNs = System.nanoTime();
        int work = clean();
        final long doorbell = status.header().attachDoorbellAcquire();
        if (doorbell != doorbellSeen || nowNs - scanNs >= SCAN_INTERVAL_NS) {
            doorbellSeen = doorbell;
            scanNs = nowNs;
            work += scan();
            work += prune();
            checkpoints.run(nowNs);
            lastClient.poll(nowNs, clients.size());
        }
        if (nowNs - livenessNs >= LIVENESS_INTERVAL_NS) {
            livenessNs = nowNs;
            work += checkLiveness();
            claims.poll(nowNs);
            remains.poll(nowNs);
        }
        if (nowNs - heartbeatNs >= HEARTBEAT_INTERVAL_NS) {
            heartbeatNs = nowNs;
            registration.heartbeat(System.currentTimeMillis());
        }
        return work;
    }

    // ---- by the conductor ----

    /** Attaches those who have arrived, on the conductor's thread; also while a write runs. Returns how many. */
    int attachOnConductor() {
        return run(arrivals);
    }

    /** Runs what was left for the conductor, on the conductor's thread; never while a write runs. Returns how much that was. */
    int runOnConductor() {
        return run(tasks);
    }

    private static int run(ManyToOneConcurrentLinkedQueue<Runnable> queue) {
        int count = 0;
        Runnable task;
        while ((task = queue.poll()) != null) {
            task.run();
            count++;
        }
        return count;
    }

    /**
     * Has something run by the conductor in one of its next duty cycles. Any thread.
     *
     * @param task short.
     */
    void later(Runnable task) {
        tasks.offer(task);
    }

    /**
     * The conductor has let go of a client.
     *
     * @param client whose queue and files can go.
     */
    void release(AttachedClient client) {
        if (!released.offer(client)) {
            errors.onError("a client was not cleaned up", new IllegalStateException(client.toString()));
        }
    }

    // ---- on the housekeeper's thread ----

    private int scan() {
        int work = 0;
        final ClientTable table = status.clients();
        for (int i = 0; i < table.slotCount(); i++) {
            final ClientSlot slot = table.slot(i);
            if (slot.stateAcquire() == ClientSlotState.REQUESTED) {
                final AttachedClient former = clients.get(slot.clientId());
                if (former == null) {
                    admit(slot);
                    work++;
                } else if (former.slot != slot && !former.leaving) {
                    // The identity was taken anew before we saw that its holder had died.
                    leave(former, true);
                    work++;
                }
            } else if (slot.stateAcquire() == ClientSlotState.DETACHING) {
                final AttachedClient attached = clients.get(slot.clientId());
                if (attached == null) {
                    // It gave up before it was attached.
                    deleteFiles(slot.clientId(), slot.resumeSequence(), true);
                    slot.free();
                } else if (attached.slot != slot) {
                    // It tried more than once: the files belong to the other slot.
                    slot.free();
                }
            }
        }
        return work;
    }

    private void admit(ClientSlot slot) {
        final long id = slot.clientId();
        final int version = ProtocolVersion.negotiate(slot.protocolMin(), slot.protocolMax());
        try {
            if (version < 0) {
                refuse(
                        slot,
                        ErrorCode.INCOMPATIBLE,
                        "the coordinator speaks protocol " + ProtocolVersion.MIN + " to " + ProtocolVersion.MAX
                                + ", the client " + slot.protocolMin() + " to " + slot.protocolMax());
                return;
            }
            final String refusal = lastClient.refusal();
            if (refusal != null) {
                refuse(slot, ErrorCode.LIMIT, refusal);
                return;
            }
            if (!FileLocks.isHeld(folder.clientLock(id))) {
                refuse(slot, ErrorCode.REFUSED, "the client does not hold its lock " + folder.clientLock(id));
                return;
            }
            final AttachedClient client = open(slot, id);
            clients.put(id, client);
            lastClient.arrived(slot);
            arrivals.offer(() -> attachOnConductor(client, version));
        } catch (CleatException e) {
            errors.onError("a client could not be attached", e);
            refuse(slot, e.code(), String.valueOf(e.getMessage()));
        }
    }

    private AttachedClient open(ClientSlot slot, long id) {
        final KnownOutcomes known = outcomes.attach(id, slot.resumeSequence());
        folder.createQueues(id);
        final RecordQueue requests = RecordQueue.create(
                folder.requests(id),
                QueueSettings.of(status.header()::requestCycleAcquire)
                        .withStorageReserveBytes(context.storageReserveBytes()));
        try {
            final ReplyCycle cycle = new ReplyCycle(context.replyCycleBytes());
            final RecordQueue replies = RecordQueue.create(
                    folder.replies(id), QueueSettings.of(cycle).withStorageReserveBytes(context.storageReserveBytes()));
            slot.requestConsumedBytesRelease(0);
            slot.replyWrittenBytesRelease(0);
            return new AttachedClient(slot, requests, replies, cycle, known, context.clientLimits());
        } catch (CleatException e) {
            requests.close();
            throw e;
        }
    }

    private void attachOnConductor(AttachedClient client, int version) {
        conductor().welcome(client);
        if (!client.slot.attach(version)) {
            conductor().detach(client);
            release(client);
        }
    }

    private void refuse(ClientSlot slot, ErrorCode code, String text) {
        status.counters().counter(SystemCounter.CLIENTS_REFUSED).incrementOrdered();
        slot.refuse(code, text);
    }

    private int checkLiveness() {
        int work = 0;
        for (final AttachedClient client : new ArrayList<>(clients.values())) {
            if (client.leaving) {
                continue;
            }
            final boolean alive = FileLocks.isHeld(folder.clientLock(client.id));
            final ClientSlotState state = client.slot.stateAcquire();
            if (!alive || state == ClientSlotState.DETACHING) {
                final boolean died = !alive && state != ClientSlotState.DETACHING;
                leave(client, died);
                work++;
            } else {
                dropIfStuck(client);
            }
        }
        return work;
    }

    private void leave(AttachedClient client, boolean died) {
        client.leaving = true;
        client.saidGoodbye = !died;
        client.slot.dead();
        status.counters()
                .counter(died ? SystemCounter.CLIENTS_DIED : SystemCounter.CLIENTS_DETACHED)
                .incrementOrdered();
        later(() -> {
            if (died) {
                // One that lives all the same, because somebody has deleted its lock, is told.
                conductor().sendAway(client, "its lock is gone: " + folder.clientLock(client.id));
            } else {
                conductor().letGo(client);
            }
            release(client);
        });
    }

    /** A client that reads none of its replies would fill the memory that all share. */
    private void dropIfStuck(AttachedClient client) {
        client.slot.replyWrittenBytesRelease(client.cycle.writtenBytes());
        final long unread = client.cycle.writtenBytes() - client.slot.replyConsumedBytesAcquire();
        if (unread > ReplyProxy.MAX_UNREAD_BYTES) {
            client.leaving = true;
            errors.onError(
                    "a client was sent away",
                    new CleatException(
                            ErrorCode.LIMIT,
                            "it did not read its replies: unreadBytes=" + unread + " limitBytes="
                                    + ReplyProxy.MAX_UNREAD_BYTES + " " + client));
            client.slot.dead();
            later(() -> {
                conductor().sendAway(client, "it did not read its replies: unreadBytes=" + unread);
                release(client);
            });
        }
    }

    private int clean() {
        int work = 0;
        AttachedClient client;
        while ((client = released.poll()) != null) {
            clients.remove(client.id);
            close(client);
            try {
                deleteFiles(client.id, client.resumedBelow, client.saidGoodbye);
            } catch (CleatException e) {
                errors.onError("files of a client could not be deleted", e);
            }
            client.slot.free();
            work++;
        }
        return work;
    }

    /** Who was attached before, or has a stable identity, may come back: its lock may be held by then, and it asks for its outcomes. */
    private void deleteFiles(long clientId, long resumeSequence, boolean saidGoodbye) {
        folder.deleteQueues(clientId);
        if (resumeSequence > 0) {
            return;
        }
        folder.deleteLock(clientId);
        if (saidGoodbye) {
            outcomes.forget(clientId);
        }
    }

    private int prune() {
        int deleted = 0;
        try {
            for (final AttachedClient client : clients.values()) {
                final int read = client.requestsReadCycle;
                if (read > client.prunedRequestCycle) {
                    deleted += client.requests.prune(read);
                    client.prunedRequestCycle = read;
                    KillPoint.WHILE_PRUNING.reached();
                }
                final int readByClient = client.slot.replyReadCycleAcquire();
                if (readByClient > client.prunedCycle) {
                    deleted += client.replies.prune(readByClient);
                    client.prunedCycle = readByClient;
                }
            }
        } catch (CleatException e) {
            errors.onError("queues could not be pruned", e);
        }
        if (deleted > 0) {
            status.counters().counter(SystemCounter.PRUNES).getAndAddOrdered(deleted);
        }
        return deleted;
    }

    /** Closes all queues; after the conductor has ended. */
    void closeClients() {
        final List<AttachedClient> left = new ArrayList<>(clients.values());
        left.forEach(this::close);
        clients.clear();
        remains.remove();
    }

    private void close(AttachedClient client) {
        try {
            client.requests.close();
            client.replies.close();
        } catch (RuntimeException e) {
            errors.onError("the queues of a client could not be closed", e);
        }
    }

    private Conductor conductor() {
        final Conductor known = conductor;
        if (known == null) {
            throw new IllegalStateException("no conductor yet");
        }
        return known;
    }

    /**
     * Introduces the conductor, before either works.
     *
     * @param value the conductor.
     */
    void conductor(Conductor value) {
        conductor = value;
    }
}
