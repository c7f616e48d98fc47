// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A read connection that a session keeps, so that all its reads see one commit. Several results may be open on it; one thread uses it at a
 * time: a reader thread while a result runs there, else the conductor.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Snapshot {
    final ClientSession session;
    final Reader reader;

    /** The commit that it sees, and all before it. */
    final long commitSequence;

    /** The result that a reader thread fills, or null; nothing else may use the connection meanwhile. */
    @Nullable
    Cursor running;

    /** Results that may go on as soon as the connection is free. */
    final ArrayDeque<Cursor> ready = new ArrayDeque<>();

    /** Its session wants it no more; it is given back when nothing runs on it. */
    boolean ended;

    long usedNs = System.nanoTime();

    Snapshot(ClientSession session, Reader reader, long commitSequence) {
        this.session = session;
        this.reader = reader;
        this.commitSequence = commitSequence;
    }

    /** {@return the results that are open on it} */
    List<Cursor> cursors() {
        final List<Cursor> open = new ArrayList<>();
        for (final Cursor cursor : session.cursors) {
            if (cursor.snapshot == this) {
                open.add(cursor);
            }
        }
        return open;
    }

    boolean hasCursors() {
        for (int i = 0; i < session.cursors.size(); i++) {
            if (session.cursors.get(i).snapshot == this) {
                return true;
            }
        }
        return false;
    }
}
