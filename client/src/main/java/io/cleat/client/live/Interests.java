// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.client.Connection;
import io.cleat.protocol.TableKinds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the coordinator is to tell: the union of all wishes, sent at once when it grows and after a while when it shrinks. In the
 * lane.
 */
final class Interests {
    private static final long SHRINK_DELAY_NS = TimeUnit.SECONDS.toNanos(1);

    /** Who waits until the coordinator knows of a wish; null when it does, else why not. */
    private record Waiting(Wish wish, Consumer<@Nullable CleatException> then) {}

    private final Connection connection;
    private final int sessionId;
    private final Supplier<Collection<Wish>> wishes;
    private final RawCall call;
    private final List<Waiting> waiting = new ArrayList<>();

    /** Sent last; what comes after its acknowledgement is told. */
    private Wish sent = Wish.NOTHING;

    /** Whether the request that runs may have been answered by a former coordinator. */
    private boolean stale;

    private boolean shrinkable;
    private long shrinkAtNs;

    Interests(Connection connection, Lane lane, Backlog backlog, Supplier<Collection<Wish>> wishes) {
        this.connection = connection;
        this.sessionId = connection.takeSessionId();
        this.wishes = wishes;
        this.call = new RawCall(connection, lane, backlog, this::onAnswered);
    }

    /** A wish was added: has the coordinator know, then goes on. */
    void require(Wish wish, Consumer<@Nullable CleatException> then) {
        if (!call.isRunning() && sent.covers(wish)) {
            then.accept(null);
            return;
        }
        waiting.add(new Waiting(wish, then));
        if (!call.isRunning()) {
            send();
        }
    }

    /** Another coordinator took over, which knows of no wish: has it know of all, then goes on. */
    void renew(Consumer<@Nullable CleatException> then) {
        forget();
        waiting.add(new Waiting(Wish.union(wishes.get()), then));
        if (!call.isRunning()) {
            send();
        }
    }

    /** Another coordinator took over: what was sent does not count, nor does an answer that was given before. */
    void forget() {
        sent = Wish.NOTHING;
        stale = call.isRunning();
    }

    /** The last commit that was not told because of what was sent last, once answered. */
    long commitSequence() {
        return call.commitSequence();
    }

    /** A wish was removed. */
    void relax() {
        if (!shrinkable) {
            shrinkable = true;
            shrinkAtNs = System.nanoTime() + SHRINK_DELAY_NS;
        }
    }

    /** Whether the coordinator tells nothing, and is to tell nothing. */
    boolean isSilent() {
        return sent.isNothing() && !call.isRunning() && waiting.isEmpty();
    }

    void onTick(long nowNs) {
        if (shrinkable && !call.isRunning() && nowNs - shrinkAtNs >= 0 && connection.ended() == null) {
            shrinkable = false;
            if (!Wish.union(wishes.get()).covers(sent)) {
                send();
            }
        }
    }

    private void send() {
        final Wish union = Wish.union(wishes.get());
        final byte[] tables = TableKinds.encode(union.tables());
        sent = union;
        call.send(exchange -> exchange.interest(
                sessionId, union.isEverything(), tables, connection.context().requestTimeoutNs()));
    }

    private void onAnswered() {
        final @Nullable CleatException failure = call.failure();
        if (failure != null || stale) {
            stale = false;
            // Perhaps it is known, perhaps not: whoever comes next asks again.
            sent = Wish.NOTHING;
        }
        final List<Waiting> answered = new ArrayList<>(waiting);
        waiting.clear();
        for (Waiting each : answered) {
            if (failure != null || sent.covers(each.wish)) {
                each.then.accept(failure);
            } else {
                waiting.add(each);
            }
        }
        if (!waiting.isEmpty() && !call.isRunning()) {
            send();
        }
    }
}
