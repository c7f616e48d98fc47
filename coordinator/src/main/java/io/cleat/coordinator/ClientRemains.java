// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.nameserver.FileLocks;
import io.cleat.protocol.ClientNumber;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * Removes what clients have left that died without a coordinator, and the oldest outcomes when there are too many.
 *
 * <p>Not thread-safe: the housekeeper's.
 */
final class ClientRemains {
    /** Dead clients whose outcomes are kept. */
    static final int MAX_DEAD = 64;

    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final DatabaseFolder folder;
    private final long epoch;
    private final LongPredicate isAttached;
    private final OutcomeStore outcomes;
    private final ErrorSink errors;
    private boolean hasRun;
    private long ranNs;

    /**
     * Begins later.
     *
     * @param folder of the database.
     * @param epoch of this coordinator.
     * @param isAttached whether a client is attached to it.
     * @param outcomes of all clients.
     * @param errors take what cannot be deleted.
     */
    ClientRemains(
            DatabaseFolder folder, long epoch, LongPredicate isAttached, OutcomeStore outcomes, ErrorSink errors) {
        this.folder = folder;
        this.epoch = epoch;
        this.isAttached = isAttached;
        this.outcomes = outcomes;
        this.errors = errors;
    }

    /**
     * Looks, now and then.
     *
     * @param nowNs the time.
     */
    void poll(long nowNs) {
        if (hasRun && nowNs - ranNs < INTERVAL_NS) {
            return;
        }
        hasRun = true;
        ranNs = nowNs;
        remove();
    }

    /** Looks now: at the end nobody comes after this one to do it. */
    void remove() {
        try {
            removeLocks();
            outcomes.limitDead(
                    MAX_DEAD,
                    folder.stableClients(),
                    id -> isAttached.test(id) || FileLocks.isHeld(folder.clientLock(id)));
        } catch (CleatException e) {
            errors.onError("what dead clients have left could not be removed", e);
        }
    }

    /** Nobody takes a lock of a former epoch any more; one of ours is perhaps being taken just now, and is let alone. */
    private void removeLocks() {
        final Set<Long> comeBack = folder.stableClients();
        for (final Path lock : folder.clientLocks()) {
            final long id = id(lock);
            if (id >= 0
                    && !comeBack.contains(id)
                    && ClientNumber.epoch(id) < epoch
                    && !isAttached.test(id)
                    && !FileLocks.isHeld(lock)) {
                folder.deleteLock(id);
            }
        }
    }

    /** The client of a file; -1 when the name is none that we give. */
    static long id(Path file) {
        final String name = String.valueOf(file.getFileName());
        final int dot = name.indexOf('.');
        try {
            return Long.parseLong(dot < 0 ? name : name.substring(0, dot));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
