// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/**
 * A read connection that a session keeps, so that all its reads see one commit.
 *
 * <p>Not thread-safe: the conductor's; its connection is a reader thread's while one of its results is open.
 */
final class Snapshot {
    final ClientSession session;
    final Reader reader;

    /** The commit that it sees, and all before it. */
    final long commitSequence;

    /** The result that is open, or null; nothing else may use the connection meanwhile. */
    @org.jspecify.annotations.Nullable
    Cursor cursor;

    /** Its session wants it no more; it is given back when its result has ended. */
    boolean ended;

    long usedNs = System.nanoTime();

    Snapshot(ClientSession session, Reader reader, long commitSequence) {
        this.session = session;
        this.reader = reader;
        this.commitSequence = commitSequence;
    }
}
