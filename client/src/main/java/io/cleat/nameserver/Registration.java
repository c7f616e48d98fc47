// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import io.cleat.CleatException;
import io.cleat.ErrorCode;

/**
 * Ownership of a name, from registering until it is closed or the process dies.
 *
 * <p>Threading: any thread; one at a time changes the state, {@link #heartbeat} may run beside.
 */
public final class Registration implements AutoCloseable {
    private final NameServer server;
    private final NamesFile file;
    private final int index;
    private final HeldLock owner;
    private NameEntry entry;
    private boolean closed;

    Registration(
            final NameServer server,
            final NamesFile file,
            final int index,
            final HeldLock owner,
            final NameEntry entry) {
        this.server = server;
        this.file = file;
        this.index = index;
        this.owner = owner;
        this.entry = entry;
    }

    /**
     * The name that is owned.
     *
     * @return a valid name.
     */
    public synchronized String name() {
        return entry.name();
    }

    /**
     * The number of this ownership: greater than that of any coordinator that had the name before.
     *
     * @return 1 to 2^42.
     */
    public synchronized long epoch() {
        return entry.epoch();
    }

    /**
     * Makes the epoch greater than one found elsewhere (in the database itself, which outlives the directory). Only before
     * {@link #ready()}, and before anybody was told the epoch.
     *
     * @param seen an epoch that was in use, 0 to 2^42 - 1.
     * @return the epoch from now on.
     * @throws CleatException with CLOSED, MISUSE when READY already, TIMEOUT when names.lock cannot be had.
     */
    public synchronized long ensureEpochAbove(final long seen) {
        checkOpen();
        if (entry.state() != NameState.STARTING) {
            throw new CleatException(ErrorCode.MISUSE, "the epoch is fixed once the name is " + entry.state());
        }
        if (seen >= entry.epoch()) {
            entry = server.raiseEpoch(file, index, entry, seen);
        }
        return entry.epoch();
    }

    /**
     * Tells that requests are taken from now on: STARTING to READY.
     *
     * @throws CleatException with MISUSE if the state is another, with CLOSED after {@link #close()}.
     */
    public synchronized void ready() {
        move(NameState.STARTING, NameState.READY);
    }

    /**
     * Tells that no new clients are taken: STARTING or READY to CLOSING. Idempotent.
     *
     * @throws CleatException with CLOSED after {@link #close()}.
     */
    public synchronized void closing() {
        if (entry.state() != NameState.CLOSING) {
            move(entry.state(), NameState.CLOSING);
        }
    }

    /**
     * Tells that the coordinator runs. Does nothing after {@link #close()}.
     *
     * @param nowMs the time, in milliseconds since 1970.
     */
    public synchronized void heartbeat(final long nowMs) {
        if (!closed) {
            file.heartbeat(index, nowMs);
        }
    }

    /**
     * Frees the slot and releases the owner lock. Idempotent. If names.lock cannot be had in time the slot stays and reads
     * as stale, and the next who registers cleans it; the lock is released all the same.
     */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            server.unregister(file, index, owner, entry);
        }
    }

    private void move(final NameState from, final NameState to) {
        checkOpen();
        if (entry.state() != from || !file.state(index, from, to)) {
            throw new CleatException(
                    ErrorCode.MISUSE, "cannot go from " + entry.state() + " to " + to + ": " + entry.describe());
        }
        entry = entry.with(to);
    }

    private void checkOpen() {
        if (closed) {
            throw new CleatException(ErrorCode.CLOSED, "the registration of " + entry.name() + " is closed");
        }
    }
}
