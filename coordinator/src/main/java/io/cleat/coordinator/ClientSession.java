// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One sequence of requests of one client, as the coordinator sees it.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class ClientSession {
    /** No request has this sequence. */
    static final long NOTHING = 0;

    final AttachedClient client;
    final int id;

    /** Requests that wait for the one before them, in the order sent. */
    final ArrayDeque<Request> backlog = new ArrayDeque<>();

    /** Results that are not sent to their end. */
    final List<Cursor> cursors = new ArrayList<>();

    /** The open transaction, or null. */
    @Nullable
    OpenTransaction transaction;

    /** Why the last transaction ended although its client did not end it; null when there is nothing to tell. */
    @Nullable
    String endedReason;

    /** Why its exclusive access ended although its client did not end it; null when there is nothing to tell. */
    @Nullable
    String exclusiveEndedReason;

    /** What it lost with a former coordinator, until that was told; null: nothing. */
    @Nullable
    LostSession lost;

    /** Its snapshot, or null. */
    @Nullable
    Snapshot snapshot;

    /** The request that is queued for the write turn, or has not taken its snapshot: what follows waits for it. */
    long blockedBy = NOTHING;

    /** Writes outside transactions that wait for the write turn, all after each other, nothing of the session between them. */
    int queuedWrites;

    /** Bits of the settings in which it differs from the database's own; 0 for most. */
    int settings;

    /** It writes nothing: {@code PRAGMA query_only}. */
    boolean queryOnly;

    /** Its next transaction looks at foreign keys at its end. */
    boolean defersForeignKeys;

    /** What it was told to wait for locks, which nobody does; -1: the database's own. */
    int busyTimeoutMs = -1;

    /** What last_insert_rowid(), changes() and total_changes() are for it. */
    final SessionCounts counts = new SessionCounts();

    /** The client closed the session, or is gone. */
    boolean closed;

    ClientSession(AttachedClient client, int id) {
        this.client = client;
        this.id = id;
    }

    @Nullable
    Cursor cursor(long sequence) {
        for (int i = 0; i < cursors.size(); i++) {
            if (cursors.get(i).sequence == sequence) {
                return cursors.get(i);
            }
        }
        return null;
    }

    /**
     * A result is under way; its request is kept as long.
     *
     * @param cursor new.
     * @throws io.cleat.CleatException LIMIT when too many of the client are.
     */
    void opened(Cursor cursor) {
        client.load.addResult();
        try {
            cursor.request.keep();
        } catch (RuntimeException e) {
            client.load.removeResult();
            throw e;
        }
        cursors.add(cursor);
    }

    /**
     * A result is over.
     *
     * @param cursor that was opened.
     */
    void ended(Cursor cursor) {
        if (cursors.remove(cursor)) {
            client.load.removeResult();
            cursor.request.letGo();
        }
    }

    /** Withdraws what waits for other requests of the session. */
    void clearBacklog() {
        Request request;
        while ((request = backlog.pollFirst()) != null) {
            request.letGo();
        }
    }

    @Override
    public String toString() {
        return client + " session=" + id;
    }
}
