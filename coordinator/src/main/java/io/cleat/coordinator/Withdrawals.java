// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ErrorCode;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Gives up requests, results and sessions, wherever they stand: waiting, running, or half sent.
 *
 * <p>Not thread-safe: the conductor's. Also while a write runs below on the stack, whose connection is left alone then.
 */
final class Withdrawals {
    private final WriteTurn turn;
    private final Transactions transactions;
    private final ReaderPool pool;
    private final WriteGuard guard;
    private final ReplyProxy replies;
    private final ConductorCounters counters;

    Withdrawals(
            WriteTurn turn,
            Transactions transactions,
            ReaderPool pool,
            WriteGuard guard,
            ReplyProxy replies,
            ConductorCounters counters) {
        this.turn = turn;
        this.transactions = transactions;
        this.pool = pool;
        this.guard = guard;
        this.replies = replies;
        this.counters = counters;
    }

    /**
     * A client gives a request up.
     *
     * @param client that sent it.
     * @param sessionId of the request.
     * @param sequence of the request.
     */
    void cancel(AttachedClient client, int sessionId, long sequence) {
        // Pieces of one request are numbered by its sequence.
        client.dropPieces(sequence);
        final ClientSession session = client.sessions.get(sessionId);
        if (session == null) {
            return;
        }
        counters.cancelled.incrementOrdered();
        final Cursor cursor = session.cursor(sequence);
        if (cursor != null) {
            close(cursor, "the result was closed by its client: " + cursor.request);
        } else if (isRunning(session, sequence)) {
            guard.cancel();
        } else if (turn.cancel(session, sequence)
                || transactions.cancel(session, sequence)
                || pool.snapshots().cancel(session, sequence)
                || cancelInBacklog(session, sequence)) {
            replies.failed(
                    session,
                    sequence,
                    ErrorCode.CANCELLED,
                    "the request was cancelled before it started: " + session + " sequence=" + sequence);
        }
    }

    private static boolean cancelInBacklog(ClientSession session, long sequence) {
        return session.backlog.removeIf(request -> {
            final boolean gone = request.sequence == sequence && request.kind != Request.Kind.CLOSE_SESSION;
            if (gone) {
                request.letGo();
            }
            return gone;
        });
    }

    /**
     * Closes a result.
     *
     * @param cursor of it.
     * @param reason told to the client; null when nobody is to be told.
     */
    void close(Cursor cursor, @Nullable String reason) {
        if (cursor.state != Cursor.State.IN_TRANSACTION) {
            pool.cancel(cursor, reason);
        } else if (guard.running() == null) {
            transactions.close(cursor, reason);
        } else if (isRunning(cursor.session, cursor.sequence)) {
            guard.cancel();
        } else {
            // The write connection is in use below us on the stack: it is closed when its turn comes.
            cursor.cancelRequested = true;
        }
    }

    /**
     * Whether a request waits or runs, or is part of a transaction that is not decided.
     *
     * @param client that sent it.
     * @param sequence of the request.
     * @return false when nothing more will come of it.
     */
    boolean isPending(AttachedClient client, long sequence) {
        if (isRunning(client, sequence)
                || client.reassemblies.containsKey(sequence)
                || turn.holds(client, sequence)
                || transactions.holds(client, sequence)) {
            return true;
        }
        for (final ClientSession session : client.sessions.values()) {
            if (session.cursor(sequence) != null
                    || session.blockedBy == sequence
                    || session.backlog.stream().anyMatch(request -> request.sequence == sequence)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a request is part of the open transaction of another session, also when its client is gone.
     *
     * @param clientId that sent it.
     * @param sequence of the request.
     * @return whether the end of that transaction decides it.
     */
    boolean holdsJoined(long clientId, long sequence) {
        return transactions.holdsJoined(clientId, sequence);
    }

    /**
     * Whether a request runs at this moment, on the write connection.
     *
     * @param client that sent it.
     * @param sequence of the request.
     * @return whether what was noted of it does not count yet.
     */
    boolean isRunning(AttachedClient client, long sequence) {
        final Request running = guard.running();
        return running != null && running.session.client == client && running.sequence == sequence;
    }

    private boolean isRunning(ClientSession session, long sequence) {
        final Request running = guard.running();
        return running != null && running.session == session && running.sequence == sequence;
    }

    /**
     * Ends a session: what it waits for, its transaction, its snapshot, its results.
     *
     * @param session that is over.
     * @param reason told of its results; null when nobody is to be told.
     */
    void close(ClientSession session, @Nullable String reason) {
        session.closed = true;
        session.clearBacklog();
        turn.forget(session);
        transactions.forget(session);
        pool.snapshots().forget(session);
        closeResults(session, reason);
    }

    /**
     * Closes all results of a session.
     *
     * @param session any.
     * @param reason told to its client; null when nobody is to be told.
     */
    void closeResults(ClientSession session, @Nullable String reason) {
        for (final Cursor cursor : new ArrayList<>(session.cursors)) {
            close(cursor, reason);
        }
    }
}
