// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.status.StatusHeader;
import io.cleat.status.TurnHolder;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the conductor does every so often and not for a request: its heartbeat, leases, what is shown in the status file, the cycles of the request queues.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class PeriodicWork {
    private static final long TICK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final int PUBLISH_TICKS = 50;
    private static final int OUTSIDE_TICKS = 20;

    private final CoordinatorParts parts;
    private final StatusHeader header;
    private final WriteTurn turn;
    private final ReaderPool pool;
    private final Announcer announcer;
    private final Commits commits;
    private final Supplier<AttachedClient[]> clients;
    private final boolean isShared;
    private long tickNs;
    private long ticks;
    private long doorbell;
    private boolean lookOutsideIsDue;
    private @Nullable TurnHolder shownHolder;

    PeriodicWork(
            CoordinatorParts parts,
            WriteTurn turn,
            ReaderPool pool,
            Announcer announcer,
            Commits commits,
            Supplier<AttachedClient[]> clients) {
        this.parts = parts;
        this.header = parts.status().header();
        this.turn = turn;
        this.pool = pool;
        this.announcer = announcer;
        this.commits = commits;
        this.clients = clients;
        this.isShared = !parts.database().isExclusive();
    }

    /**
     * Does what is due. To be called in each duty cycle, and now and then while a write runs: most calls only look at the time.
     *
     * @param nowNs the time.
     */
    void run(long nowNs) {
        // Every time: who rings waits for it, and to look costs one read.
        wakeHousekeeperIfAsked();
        if (nowNs - tickNs >= TICK_INTERVAL_NS) {
            tickNs = nowNs;
            onTick(nowNs);
        }
    }

    /** {@return whether it is time to look for what other processes wrote; false until it is time again} */
    boolean takeLookOutside() {
        final boolean isDue = lookOutsideIsDue;
        lookOutsideIsDue = false;
        return isDue;
    }

    private void onTick(long nowNs) {
        header.heartbeatNsRelease(nowNs);
        turn.onTick(nowNs);
        pool.onTick(nowNs);
        announcer.onTick(commits.sequence());
        final AttachedClient[] attached = clients.get();
        for (final AttachedClient client : attached) {
            rollRequestCycle(client);
        }
        ticks++;
        if (ticks % PUBLISH_TICKS == 0) {
            for (final AttachedClient client : attached) {
                client.publish();
            }
            publishHolder();
        }
        lookOutsideIsDue |= isShared && ticks % OUTSIDE_TICKS == 0;
    }

    private void rollRequestCycle(AttachedClient client) {
        final int cycle = client.reader.cycle();
        if (client.reader.cycleBytes() >= parts.context().requestCycleBytes()) {
            header.advanceRequestCycle(cycle + 1);
        }
        client.requestsReadCycle = cycle;
        client.publishConsumed();
    }

    private void wakeHousekeeperIfAsked() {
        final long rung = header.attachDoorbellAcquire();
        if (rung != doorbell) {
            doorbell = rung;
            parts.wakeHousekeeper().run();
        }
    }

    /** For those who look from outside; written only when it has changed. */
    private void publishHolder() {
        final TurnLease lease = turn.holder();
        final TurnHolder holder = lease == null
                ? null
                : new TurnHolder(lease.session().client.id, lease.session().id, lease.beganNs(), lease.lastSql());
        if (!Objects.equals(holder, shownHolder)) {
            shownHolder = holder;
            header.turnHolder(holder);
        }
    }
}
