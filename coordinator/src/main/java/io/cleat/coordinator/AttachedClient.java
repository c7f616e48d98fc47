// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordReader;
import io.cleat.queue.RecordWriter;
import io.cleat.status.ClientSlot;
import org.agrona.collections.Int2IntHashMap;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * A client as the coordinator sees it: its slot, its reply queue, its sessions and the statements it has named.
 *
 * <p>Not thread-safe: the conductor's, after the housekeeper has made it; the housekeeper's fields are marked.
 */
final class AttachedClient {
    private static final int MAX_STATEMENTS = 1000;
    private static final long PUBLISH_BYTES = 64 * 1024;

    final long id;
    final String name;
    final long pid;
    final ClientSlot slot;
    final RecordQueue requests;
    final RecordReader reader;
    final RecordQueue replies;
    final RecordWriter writer;
    final ReplyCycle cycle;

    /** What became of its writes. The conductor's. */
    final KnownOutcomes outcomes;

    /** Requests below this one were sent to a former coordinator before; 0 or 1: none. */
    final long resumedBelow;

    /** The last request that was taken out of its queue. The conductor's. */
    long lastSequence;

    final Int2ObjectHashMap<ClientSession> sessions = new Int2ObjectHashMap<>();
    final Int2ObjectHashMap<KnownStatement> statements = new Int2ObjectHashMap<>();
    private final Int2IntHashMap statementBytes = new Int2IntHashMap(0);
    final Long2ObjectHashMap<Reassembly> reassemblies = new Long2ObjectHashMap<>();

    /** What is kept for it. The conductor's. */
    final ClientLoad load;

    private long requestBytes;
    private long publishedBytes;
    long requestCount;

    /** Of which table updates it wants to know. The conductor's. */
    Interest interest = Interest.NONE;

    /** It left too much unread, so that updates were not told to it. The conductor's. */
    boolean missedUpdates;

    private long consumedBytesSeen;

    /** It is gone, or was sent away: nothing is written to it any more. The conductor's. */
    boolean gone;

    /** A reply could not be written to it: what it waits for may have been applied. The conductor's. */
    boolean lostReply;

    /** That nothing more of it is executed was written down. The conductor's. */
    boolean isRefused;

    /** It said goodbye, so that nobody will ask for its outcomes. The housekeeper's. */
    boolean saidGoodbye;

    /** It is being let go of. The housekeeper's. */
    volatile boolean leaving;

    /** Reply cycles below this one were deleted. The housekeeper's. */
    int prunedCycle;

    /** Request cycles below this one were deleted. The housekeeper's. */
    int prunedRequestCycle;

    /** The cycle of the last request that was read. Written by the conductor, read by the housekeeper. */
    volatile int requestsReadCycle;

    AttachedClient(
            ClientSlot slot,
            RecordQueue requests,
            RecordQueue replies,
            ReplyCycle cycle,
            KnownOutcomes outcomes,
            ClientLimits limits) {
        this.outcomes = outcomes;
        this.resumedBelow = slot.resumeSequence();
        this.load = new ClientLoad(limits);
        this.id = slot.clientId();
        this.name = slot.name();
        this.pid = slot.pid();
        this.slot = slot;
        this.requests = requests;
        this.reader = requests.readerFromStart();
        this.replies = replies;
        this.writer = replies.writer();
        this.cycle = cycle;
    }

    ClientSession session(int sessionId) {
        ClientSession session = sessions.get(sessionId);
        if (session == null) {
            if (sessions.size() >= load.limits.sessions()) {
                throw new CleatException(
                        ErrorCode.LIMIT,
                        "too many sessions of one client: limit=" + load.limits.sessions() + " " + this);
            }
            session = new ClientSession(this, sessionId);
            sessions.put(sessionId, session);
        }
        return session;
    }

    /**
     * Keeps a statement under a number.
     *
     * @param statementId from 1.
     * @param statement its text.
     * @param lengthBytes of the text.
     * @throws CleatException LIMIT when there are too many, or they are too long.
     */
    void keepStatement(int statementId, KnownStatement statement, int lengthBytes) {
        final long before = statements.containsKey(statementId) ? statementBytes.get(statementId) : 0;
        if (before == 0 && statements.size() >= MAX_STATEMENTS) {
            throw new CleatException(
                    ErrorCode.LIMIT, "too many statements are kept for this client: limit=" + MAX_STATEMENTS);
        }
        load.addStatement(lengthBytes - before);
        statements.put(statementId, statement);
        statementBytes.put(statementId, lengthBytes);
    }

    /**
     * Forgets a statement.
     *
     * @param statementId that was kept, or not.
     */
    void forgetStatement(int statementId) {
        if (statements.remove(statementId) != null) {
            load.addStatement(-statementBytes.remove(statementId));
        }
    }

    /**
     * Forgets the pieces of a request.
     *
     * @param pieces the number of the request.
     */
    void dropPieces(long pieces) {
        final Reassembly dropped = reassemblies.remove(pieces);
        if (dropped != null) {
            load.removePieces(dropped.heldBytes());
        }
    }

    /**
     * Counts what was taken out of its request queue. Its window is much larger than what is told it late: a cache line that the other
     * side need not fetch for each request.
     *
     * @param bytes of a record.
     */
    void onRequestBytes(int bytes) {
        requestBytes += bytes;
        if (requestBytes - publishedBytes >= PUBLISH_BYTES) {
            publishConsumed();
        }
    }

    /**
     * How much of its replies the client has not read, without a look at its slot while the answer is surely below a limit: that is a
     * cache line of its own.
     *
     * @param limitBytes below which it does not matter.
     * @return at least what is unread; exact when above the limit.
     */
    long unreadBytesAtMost(long limitBytes) {
        final long unread = cycle.writtenBytes() - consumedBytesSeen;
        return unread <= limitBytes ? unread : unreadBytes();
    }

    /** {@return how many bytes of its replies the client has not read} */
    long unreadBytes() {
        consumedBytesSeen = slot.replyConsumedBytesAcquire();
        return cycle.writtenBytes() - consumedBytesSeen;
    }

    /** Tells the client how much of its request queue was taken out. */
    void publishConsumed() {
        if (publishedBytes != requestBytes) {
            publishedBytes = requestBytes;
            slot.requestConsumedBytesRelease(requestBytes);
        }
    }

    /** Shows in its slot what it has open. */
    void publish() {
        int cursors = 0;
        for (final ClientSession session : sessions.values()) {
            cursors += session.cursors.size();
        }
        slot.requestCountRelease(requestCount);
        slot.openSessionsRelease(sessions.size());
        slot.openCursorsRelease(cursors);
    }

    @Override
    public String toString() {
        return "client=" + name + " id=" + Long.toHexString(id) + " pid=" + pid;
    }
}
