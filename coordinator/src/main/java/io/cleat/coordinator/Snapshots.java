// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Sessions that keep a read connection, so that all their reads see one commit: who waits for one, who has one, and for how long.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Snapshots {
    private final ReaderPool pool;
    private final ReplyProxy replies;
    private final LongSupplier commitSequence;
    private final Consumer<ClientSession> unblocked;
    private final long leaseNs;
    private final ArrayDeque<Request> waiting = new ArrayDeque<>();
    private final List<Snapshot> open = new ArrayList<>();

    Snapshots(
            ReaderPool pool,
            ReplyProxy replies,
            LongSupplier commitSequence,
            Consumer<ClientSession> unblocked,
            long leaseNs) {
        this.pool = pool;
        this.replies = replies;
        this.commitSequence = commitSequence;
        this.unblocked = unblocked;
        this.leaseNs = leaseNs;
    }

    /**
     * Gives a session a read connection of its own with a snapshot, as soon as one is free; its session waits for it.
     *
     * @param request BEGIN_READ.
     */
    void begin(Request request) {
        final Request kept = request.keep();
        request.session.blockedBy = request.sequence;
        waiting.add(kept);
        pool.dispatch();
    }

    /**
     * Withdraws a BEGIN_READ that waits for a connection.
     *
     * @param session of the request.
     * @param sequence of the request.
     * @return whether it was found.
     */
    boolean cancel(ClientSession session, long sequence) {
        final boolean found = withdraw(request -> request.session == session && request.sequence == sequence);
        if (found) {
            unblock(session);
        }
        return found;
    }

    private boolean withdraw(Predicate<Request> which) {
        return waiting.removeIf(request -> {
            final boolean gone = which.test(request);
            if (gone) {
                request.letGo();
            }
            return gone;
        });
    }

    /**
     * Ends the snapshot of a session and the results that are open in it, now or as soon as the one that runs has stopped.
     *
     * @param snapshot that was begun.
     */
    void end(Snapshot snapshot) {
        snapshot.ended = true;
        snapshot.session.snapshot = null;
        closeResults(snapshot, "its snapshot was ended");
        if (snapshot.running == null) {
            giveBack(snapshot);
        }
    }

    /**
     * Closes the results that are open in a snapshot.
     *
     * @param snapshot that was begun.
     * @param why told to the client.
     */
    void closeResults(Snapshot snapshot, String why) {
        for (final Cursor cursor : snapshot.cursors()) {
            pool.cancel(cursor, "the result was closed because " + why + ": " + cursor.request);
        }
    }

    /**
     * Withdraws what a session waits for, and ends its snapshot.
     *
     * @param session that is closed.
     */
    void forget(ClientSession session) {
        withdraw(request -> request.session == session);
        final Snapshot snapshot = session.snapshot;
        if (snapshot != null) {
            end(snapshot);
        }
    }

    /**
     * No reader thread uses the connection of a snapshot any more: what was closed meanwhile is closed now.
     *
     * @param snapshot whose result has stopped.
     */
    void onConnectionFree(Snapshot snapshot) {
        final Cursor stopped = snapshot.running;
        snapshot.running = null;
        snapshot.usedNs = System.nanoTime();
        for (final Cursor cursor : snapshot.cursors()) {
            if (cursor.cancelRequested && cursor != stopped) {
                pool.cancel(cursor, cursor.closeReason);
            }
        }
    }

    /**
     * A result of a snapshot has ended.
     *
     * @param snapshot of it.
     */
    void onResultEnded(Snapshot snapshot) {
        if (snapshot.ended && snapshot.running == null && !snapshot.hasCursors()) {
            giveBack(snapshot);
        }
        // A COMMIT waits for the last one.
        unblocked.accept(snapshot.session);
    }

    /**
     * Gives a connection to the one who waits first.
     *
     * @param nowNs the time.
     * @return whether somebody waited and was served; false when there is no connection.
     */
    boolean grantNext(long nowNs) {
        if (waiting.isEmpty()) {
            return false;
        }
        Reader reader = null;
        final Request request = waiting.getFirst();
        final ClientSession session = request.session;
        if (request.isPast(nowNs)) {
            // The next tick answers it.
            return false;
        }
        try {
            reader = pool.takeToKeep(nowNs);
            if (reader == null) {
                return false;
            }
            begin(session, reader);
            replies.done(request, 0, 0);
        } catch (SqliteException e) {
            if (reader != null) {
                reader.connection.rollback();
                pool.giveBack(reader);
            }
            replies.failed(session, request.sequence, Failed.of(e));
        }
        waiting.removeFirst();
        request.letGo();
        unblock(session);
        return true;
    }

    private void begin(ClientSession session, Reader reader) {
        reader.rest();
        reader.connection.settings(session.settings);
        reader.connection.beginSnapshot();
        final Snapshot snapshot = new Snapshot(session, reader, commitSequence.getAsLong());
        open.add(snapshot);
        session.snapshot = snapshot;
        session.endedReason = null;
    }

    /**
     * Answers those whose deadline passed while they waited.
     *
     * @param nowNs the time.
     * @param connectionCount how many read connections there are.
     */
    void onTick(long nowNs, int connectionCount) {
        for (final Iterator<Request> i = waiting.iterator(); i.hasNext(); ) {
            final Request request = i.next();
            if (request.isPast(nowNs)) {
                i.remove();
                replies.failed(
                        request.session,
                        request.sequence,
                        ErrorCode.DEADLINE_EXCEEDED,
                        "no read connection became free for a snapshot before the deadline: readConnections="
                                + connectionCount + " snapshots=" + open.size() + " " + request);
                request.letGo();
                unblock(request.session);
            }
        }
    }

    /**
     * Ends a snapshot that nobody has used for longer than its lease, because others need its connection.
     *
     * @param nowNs the time.
     * @return whether there was one.
     */
    boolean endIdle(long nowNs) {
        for (final Snapshot snapshot : open) {
            final long idleNs = nowNs - snapshot.usedNs;
            if (idleNs > leaseNs && isIdle(snapshot)) {
                end(snapshot);
                snapshot.session.endedReason =
                        "the snapshot was ended because it was idle and others needed its connection: idleMs="
                                + idleNs / 1_000_000 + " leaseMs=" + leaseNs / 1_000_000;
                return true;
            }
        }
        return false;
    }

    /**
     * How many connections a client keeps without using them.
     *
     * @param client any.
     * @param nowNs the time.
     * @param idleNs for how long at least.
     * @return the number.
     */
    int countIdle(AttachedClient client, long nowNs, long idleNs) {
        int count = 0;
        for (final Snapshot snapshot : open) {
            if (snapshot.session.client == client && isIdle(snapshot) && nowNs - snapshot.usedNs > idleNs) {
                count++;
            }
        }
        return count;
    }

    private static boolean isIdle(Snapshot snapshot) {
        return snapshot.running == null && snapshot.ready.isEmpty();
    }

    /** {@return how many connections are kept} */
    int openCount() {
        return open.size();
    }

    /** Gives all connections back. */
    void close() {
        for (final Snapshot snapshot : List.copyOf(open)) {
            snapshot.cursors().forEach(cursor -> pool.cancel(cursor, null));
            giveBack(snapshot);
        }
    }

    private void giveBack(Snapshot snapshot) {
        if (open.remove(snapshot)) {
            snapshot.reader.rest();
            snapshot.reader.connection.rollback();
            pool.giveBack(snapshot.reader);
        }
    }

    private void unblock(ClientSession session) {
        session.blockedBy = ClientSession.NOTHING;
        unblocked.accept(session);
    }
}
