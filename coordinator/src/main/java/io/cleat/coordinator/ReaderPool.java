// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteStatement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Long reads: each cursor has a read connection, with its snapshot, until it is done; reader threads fill chunks as far as the
 * credit goes and give them to the conductor, which alone writes to reply queues. Waiting for credit holds a connection and no thread.
 *
 * <p>The methods are the conductor's, except {@link #run(Cursor, long)}, which is a reader thread's. A cursor changes hands through
 * the executor (conductor to reader thread) and through the event queue (back); both order memory.
 */
final class ReaderPool {
    private static final int KEPT_CHUNKS = 64;

    /** So long nothing moves in what a client has open, before somebody of it who waits for a connection is told that he waits for himself. */
    private static final long SELF_WAIT_NS = TimeUnit.SECONDS.toNanos(2);

    /** Connections that no session can keep: the conductor's, and one for reads that are long. */
    private static final int KEPT_FOR_OTHERS = 2;

    private final Supplier<SqliteConnection> connections;
    private final int maxReaders;
    private final Executor threads;
    private final ReplyProxy replies;
    private final LongSupplier commitSequence;
    private final Consumer<ClientSession> unblocked;
    private final Runnable wakeConductor;
    private final long cursorLeaseNs;
    private final ArrayDeque<Reader> idle = new ArrayDeque<>();
    private final ArrayDeque<Cursor> queued = new ArrayDeque<>();
    private final List<Cursor> parked = new ArrayList<>();
    private final Snapshots snapshots;
    private final ManyToOneConcurrentLinkedQueue<ReaderEvent> events = new ManyToOneConcurrentLinkedQueue<>();
    private final ManyToManyConcurrentArrayQueue<ResultChunk> chunks =
            new ManyToManyConcurrentArrayQueue<>(KEPT_CHUNKS);
    private int openCount;

    ReaderPool(
            Supplier<SqliteConnection> connections,
            Executor threads,
            CoordinatorContext context,
            ReplyProxy replies,
            LongSupplier commitSequence,
            Consumer<ClientSession> unblocked,
            Runnable wakeConductor) {
        this.connections = connections;
        this.maxReaders = context.maxReaders();
        this.threads = threads;
        this.replies = replies;
        this.commitSequence = commitSequence;
        this.unblocked = unblocked;
        this.wakeConductor = wakeConductor;
        this.cursorLeaseNs = context.cursorLeaseNs();
        this.snapshots = new Snapshots(this, replies, commitSequence, unblocked, cursorLeaseNs);
        idle.add(open());
    }

    /** {@return the sessions that keep a read connection} */
    Snapshots snapshots() {
        return snapshots;
    }

    /**
     * A read connection for a session to keep: one that nobody uses, or a new one, or one taken from who does not use it.
     *
     * @param nowNs the time.
     * @return null when there is none now.
     */
    @Nullable
    Reader takeToKeep(long nowNs) {
        if (snapshots.openCount() >= Math.max(1, maxReaders - KEPT_FOR_OTHERS) && !snapshots.endIdle(nowNs)) {
            return null;
        }
        Reader reader = idle.pollFirst();
        if (reader == null && openCount >= maxReaders && !evict(nowNs)) {
            return null;
        }
        reader = reader == null ? idle.pollFirst() : reader;
        return reader == null ? open() : reader;
    }

    /**
     * Takes a connection back.
     *
     * @param reader that nobody uses any more.
     */
    void giveBack(Reader reader) {
        idle.addFirst(reader);
    }

    /** Serves those who wait, because something may have become free. */
    void dispatch() {
        dispatch(System.nanoTime());
    }

    /** {@return a new read connection} */
    Reader open() {
        final Reader opened = new Reader(connections.get());
        openCount++;
        return opened;
    }

    /** {@return a read connection that nobody uses, or null} */
    @Nullable
    Reader takeIdle() {
        return idle.pollFirst();
    }

    /**
     * Starts a read from its beginning; its session waits until the first rows are sent.
     *
     * @param cursor new.
     */
    void start(Cursor cursor) {
        cursor.session.opened(cursor);
        cursor.creditBytes = cursor.request.creditBytes;
        cursor.session.blockedBy = cursor.sequence;
        queued.add(cursor);
        dispatch(System.nanoTime());
    }

    /**
     * Runs a read on the snapshot of its session, from its beginning; the session waits while that uses the connection.
     *
     * @param cursor new.
     * @param snapshot of its session.
     */
    void start(Cursor cursor, Snapshot snapshot) {
        cursor.creditBytes = cursor.request.creditBytes;
        adopt(cursor, snapshot);
        occupy(cursor, snapshot);
    }

    /**
     * Takes over a read that the conductor began on a snapshot; the session waits while that uses the connection.
     *
     * @param cursor with its statement.
     * @param snapshot of its session.
     */
    void resume(Cursor cursor, Snapshot snapshot) {
        adopt(cursor, snapshot);
        park(cursor);
    }

    private static void adopt(Cursor cursor, Snapshot snapshot) {
        cursor.session.opened(cursor);
        cursor.snapshot = snapshot;
        cursor.reader = snapshot.reader;
    }

    /** The connection of a snapshot is a reader thread's, until its event comes. */
    private void occupy(Cursor cursor, Snapshot snapshot) {
        if (snapshot.running != null) {
            throw new IllegalStateException("the connection is in use by " + snapshot.running.request);
        }
        snapshot.running = cursor;
        cursor.session.blockedBy = cursor.sequence;
        submit(cursor);
    }

    /**
     * Has a result of a session's snapshot go on, if one may and nothing else uses the connection. What the session has sent since goes first, so that
     * neither keeps the other waiting for long.
     *
     * @param session any.
     */
    void goOn(ClientSession session) {
        final Snapshot snapshot = session.snapshot;
        if (snapshot != null
                && snapshot.running == null
                && session.blockedBy == ClientSession.NOTHING
                && !snapshot.ready.isEmpty()) {
            occupy(snapshot.ready.removeFirst(), snapshot);
        }
    }

    /**
     * A request waits behind what runs on the snapshot of its session.
     *
     * @param snapshot of the session.
     */
    static void yieldFor(Snapshot snapshot) {
        final Cursor running = snapshot.running;
        if (running != null) {
            running.yieldRequested = true;
        }
    }

    /**
     * Takes over a read that the conductor began.
     *
     * @param cursor with its connection and its statement.
     */
    void resume(Cursor cursor) {
        cursor.session.opened(cursor);
        park(cursor);
    }

    /**
     * Allows more rows.
     *
     * @param cursor of this pool.
     * @param bytes how many more.
     */
    void credit(Cursor cursor, int bytes) {
        cursor.creditBytes += bytes;
        if (cursor.state == Cursor.State.PARKED && cursor.creditBytes > 0 && !cursor.cancelRequested) {
            parked.remove(cursor);
            resumeFilling(cursor);
        }
    }

    /**
     * Gives a read up.
     *
     * @param cursor of this pool.
     * @param reason told to the client; null when nobody is to be told.
     */
    void cancel(Cursor cursor, @Nullable String reason) {
        cursor.cancelRequested = true;
        switch (cursor.state) {
            case QUEUED -> {
                queued.remove(cursor);
                end(cursor, reason);
            }
            case PARKED, READY -> {
                parked.remove(cursor);
                final Snapshot snapshot = cursor.snapshot;
                if (snapshot != null) {
                    snapshot.ready.remove(cursor);
                }
                if (snapshot != null && snapshot.running != null) {
                    // A reader thread uses the connection: it is closed when that has stopped.
                    cursor.state = Cursor.State.PARKED;
                    cursor.closeReason = reason;
                } else {
                    cursor.closeStatement();
                    end(cursor, reason);
                }
            }
            default -> {
                // Running: its last event ends it.
            }
        }
    }

    /** Sends what the reader threads have made. Returns how many events there were. */
    int poll() {
        int count = 0;
        ReaderEvent event;
        while ((event = events.poll()) != null) {
            onEvent(event);
            count++;
        }
        return count;
    }

    /** Gives up reads whose deadline passed while they waited, or whose client asks for no more while others wait. */
    void onTick(long nowNs) {
        snapshots.onTick(nowNs, openCount);
        for (final Iterator<Cursor> i = queued.iterator(); i.hasNext(); ) {
            final Cursor cursor = i.next();
            if (cursor.request.isPast(nowNs)) {
                i.remove();
                replies.failed(
                        cursor.session,
                        cursor.sequence,
                        ErrorCode.DEADLINE_EXCEEDED,
                        "no read connection became free before the deadline: readConnections=" + openCount + " "
                                + cursor.request);
                end(cursor, null);
            }
        }
        dispatch(nowNs);
    }

    /** Closes every connection that is not running; call it after the reader threads have ended. */
    void close() {
        poll();
        snapshots.close();
        for (final Cursor cursor : List.copyOf(parked)) {
            cancel(cursor, null);
        }
        idle.forEach(reader -> reader.connection.close());
        idle.clear();
    }

    private void dispatch(long nowNs) {
        boolean granted;
        do {
            granted = snapshots.grantNext(nowNs);
        } while (granted);
        while (!queued.isEmpty()) {
            Reader reader = idle.pollFirst();
            if (reader == null && openCount >= maxReaders && !evict(nowNs)) {
                refuseWhoWaitsForHimself(nowNs);
                return;
            }
            if (reader == null) {
                reader = idle.pollFirst();
            }
            final Cursor cursor = queued.removeFirst();
            cursor.reader = reader;
            if (reader == null) {
                cursor.opensReader = true;
                openCount++;
            }
            submit(cursor);
        }
    }

    /** All connections are held by results and snapshots of the same client, which does not go on with any: it would wait until its deadline. */
    private void refuseWhoWaitsForHimself(long nowNs) {
        for (final Cursor cursor : List.copyOf(queued)) {
            if (waitsForHimself(cursor, nowNs)) {
                queued.remove(cursor);
                replies.failed(
                        cursor.session,
                        cursor.sequence,
                        ErrorCode.LIMIT,
                        "all read connections are held by results and snapshots that this client has open and does not read on with: read them"
                                + " to their end, or close them: readConnections="
                                + (openCount - 1) + " waitedMs=" + SELF_WAIT_NS / 1_000_000 + " " + cursor.request);
                end(cursor, null);
            }
        }
    }

    private boolean waitsForHimself(Cursor waiting, long nowNs) {
        final AttachedClient client = waiting.session.client;
        int held = snapshots.countIdle(client, nowNs, SELF_WAIT_NS);
        for (final Cursor cursor : parked) {
            if (cursor.snapshot == null
                    && cursor.session.client == client
                    && nowNs - cursor.parkedSinceNs > SELF_WAIT_NS) {
                held++;
            }
        }
        // The conductor has one of its own.
        return held >= openCount - 1;
    }

    private boolean evict(long nowNs) {
        if (snapshots.endIdle(nowNs)) {
            return true;
        }
        for (final Cursor cursor : parked) {
            if (cursor.snapshot == null && nowNs - cursor.parkedSinceNs > cursorLeaseNs) {
                cancel(
                        cursor,
                        "the result was closed because nobody read on and others needed its place: idleMs="
                                + (nowNs - cursor.parkedSinceNs) / 1_000_000 + " " + cursor.request);
                return true;
            }
        }
        return false;
    }

    private void submit(Cursor cursor) {
        final long grantBytes = cursor.creditBytes;
        cursor.creditBytes = 0;
        cursor.yieldRequested = false;
        cursor.state = Cursor.State.RUNNING;
        threads.execute(() -> run(cursor, grantBytes));
    }

    private void park(Cursor cursor) {
        cursor.state = Cursor.State.PARKED;
        cursor.parkedSinceNs = System.nanoTime();
        final Snapshot snapshot = cursor.snapshot;
        if (snapshot != null) {
            snapshot.usedNs = cursor.parkedSinceNs;
        }
        if (cursor.creditBytes > 0) {
            resumeFilling(cursor);
        } else {
            parked.add(cursor);
        }
    }

    private void resumeFilling(Cursor cursor) {
        final Snapshot snapshot = cursor.snapshot;
        if (snapshot == null) {
            submit(cursor);
        } else {
            cursor.state = Cursor.State.READY;
            snapshot.ready.addLast(cursor);
            if (cursor.session.backlog.isEmpty()) {
                goOn(cursor.session);
            } else {
                // What the session has sent since goes first.
                unblocked.accept(cursor.session);
            }
        }
    }

    private void onEvent(ReaderEvent event) {
        final Cursor cursor = event.cursor();
        final ResultChunk chunk = event.chunk();
        if (chunk != null) {
            if (!cursor.cancelRequested) {
                replies.send(cursor.session.client, chunk);
            }
            chunks.offer(chunk);
            if (cursor.snapshot == null) {
                unblock(cursor);
            }
        }
        if (event.kind() == ReaderEvent.Kind.CHUNK) {
            return;
        }
        final Snapshot snapshot = cursor.snapshot;
        if (snapshot != null) {
            snapshots.onConnectionFree(snapshot);
        }
        final RuntimeException failure = event.failure();
        if (event.kind() == ReaderEvent.Kind.PARKED && !cursor.cancelRequested) {
            cursor.creditBytes += cursor.leftBytes;
            if (snapshot != null) {
                // Before it goes on, if it may: another request of the session may have waited.
                unblock(cursor);
            }
            park(cursor);
            return;
        }
        cursor.closeStatement();
        if (failure != null) {
            replies.failed(
                    cursor.session, cursor.sequence, Reads.explain(failure, cursor.request, cursor.cancelRequested));
        } else if (cursor.cancelRequested) {
            replies.failed(
                    cursor.session,
                    cursor.sequence,
                    Failed.of(ErrorCode.CANCELLED, "the result was closed: " + cursor.request)
                            .started());
        }
        end(cursor, null);
    }

    private void end(Cursor cursor, @Nullable String reason) {
        cursor.state = Cursor.State.DONE;
        final Reader reader = cursor.reader;
        cursor.reader = null;
        final Snapshot snapshot = cursor.snapshot;
        if (snapshot != null) {
            snapshot.usedNs = System.nanoTime();
        } else if (reader != null) {
            idle.addFirst(reader);
        } else if (cursor.opensReader) {
            openCount--;
        }
        cursor.session.ended(cursor);
        if (reason != null) {
            final Failed failed = Failed.of(ErrorCode.CANCELLED, reason);
            replies.failed(cursor.session, cursor.sequence, reader == null ? failed : failed.started());
        }
        unblock(cursor);
        if (snapshot != null) {
            snapshots.onResultEnded(snapshot);
        }
    }

    private void unblock(Cursor cursor) {
        if (cursor.session.blockedBy == cursor.sequence) {
            cursor.session.blockedBy = ClientSession.NOTHING;
            unblocked.accept(cursor.session);
        }
    }

    // ---- on a reader thread ----

    private void run(Cursor cursor, long grantBytes) {
        try {
            final Reader reader = reader(cursor);
            reader.begin(
                    cursor.chunkIndex == 0 ? cursor.request.deadlineNs : Reader.NO_DEADLINE, Long.MAX_VALUE, cursor);
            byte[] columns = null;
            if (cursor.statement == null) {
                columns = begin(cursor, reader);
            }
            long leftBytes = grantBytes;
            while (true) {
                final ResultChunk chunk = takeChunk();
                chunk.begin(replies.epoch(), cursor.sequence, cursor.session.id, cursor.chunkIndex, columns, true);
                columns = null;
                cursor.chunkIndex++;
                final boolean done = cursor.fill(chunk, leftBytes, Long.MAX_VALUE);
                leftBytes -= chunk.rowBytes();
                chunk.finish(done, cursor.commitSequence, 0, 0);
                if (done || leftBytes <= 0 || cursor.cancelRequested || cursor.yieldRequested) {
                    cursor.leftBytes = leftBytes;
                    offer(new ReaderEvent(done ? ReaderEvent.Kind.DONE : ReaderEvent.Kind.PARKED, cursor, chunk, null));
                    return;
                }
                offer(new ReaderEvent(ReaderEvent.Kind.CHUNK, cursor, chunk, null));
                reader.begin(Reader.NO_DEADLINE, Long.MAX_VALUE, cursor);
            }
        } catch (RuntimeException e) {
            offer(new ReaderEvent(ReaderEvent.Kind.FAILED, cursor, null, e));
        } catch (Throwable e) {
            // An Error ends this read, not the thread that others need.
            offer(new ReaderEvent(
                    ReaderEvent.Kind.FAILED,
                    cursor,
                    null,
                    new ResultTooLargeException(String.valueOf(Failed.of(e).message()))));
        }
    }

    private Reader reader(Cursor cursor) {
        Reader reader = cursor.reader;
        if (reader == null) {
            reader = new Reader(connections.get());
            cursor.reader = reader;
        }
        return reader;
    }

    private byte[] begin(Cursor cursor, Reader reader) {
        final Snapshot snapshot = cursor.snapshot;
        cursor.commitSequence = snapshot == null ? commitSequence.getAsLong() : snapshot.commitSequence;
        final KnownStatement known = cursor.request.statement;
        if (known == null) {
            throw new IllegalStateException("no statement: " + cursor.request);
        }
        reader.serves(cursor.request);
        final SqliteStatement statement = reader.connection.prepare(known.sql);
        cursor.statement(statement);
        new Parameters().bind(cursor.request, statement);
        final boolean row = statement.step();
        if (row) {
            cursor.rowPending();
        } else {
            cursor.exhausted();
        }
        final byte[] columns = KnownStatement.describe(statement);
        cursor.statement(statement);
        return columns;
    }

    private ResultChunk takeChunk() {
        final ResultChunk chunk = chunks.poll();
        return chunk == null ? new ResultChunk() : chunk;
    }

    private void offer(ReaderEvent event) {
        events.offer(event);
        wakeConductor.run();
    }
}
