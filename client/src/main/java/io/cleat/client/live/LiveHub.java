// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.client.ChangeHandler;
import io.cleat.client.Connection;
import io.cleat.client.TableChanges;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that listens over one connection: shares the queries that run, bounds how many run at once, and routes what the
 * coordinator tells.
 *
 * <p>Public methods are for any thread; the rest is in the lane.
 */
public final class LiveHub implements ChangeHandler {
    /** How many listeners a client may have. */
    public static final int MAX_LISTENERS = 4096;

    /** Runs in flight at once, so that a commit that touches many queries does not fill the request window. */
    private static final int MAX_RUNS = 64;

    /** How long a result is kept for somebody who listens again at once. */
    private static final long LINGER_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private record Lingering(LiveSource source, long untilNs) {}

    private final Connection connection;
    private final Lane lane;
    private final int sessionId;
    private final AtomicInteger listenerCount = new AtomicInteger();
    private final Backlog backlog = new Backlog();
    private final Routes routes = new Routes();
    private final Interests interests;
    private final Map<List<QueryKey>, LiveSource> sources = new HashMap<>();
    private final Map<LiveReceiver, LiveSource> ofReceiver = new HashMap<>();
    private final Map<UpdateReceiver, UpdateSource> updates = new HashMap<>();
    private final Deque<Lingering> lingering = new ArrayDeque<>();
    private final Deque<LiveSource> queue = new ArrayDeque<>();
    private final Deque<Integer> idleSessions = new ArrayDeque<>();
    private final Runnable tick = this::tick;
    private final Runnable retry = backlog::retry;
    private final Set<TransactionQueries> transactions = new HashSet<>();
    private volatile boolean needsTick;
    private long nextTickNs; // of the background thread
    private int runCount;
    private boolean renewing;
    /** From attaching anew until everything was called changed: what is told in between would be told after a gap. */
    private boolean isBehind;
    /** The newest commit of those. */
    private long behindSequence;

    private long toldSequence; // in the lane

    private boolean ended;

    /**
     * The hub of a connection, made when it is first asked for.
     *
     * @param connection that it listens over.
     * @return the only one.
     */
    public static LiveHub of(Connection connection) {
        synchronized (connection) {
            if (connection.changeHandler() instanceof LiveHub hub) {
                return hub;
            }
            final LiveHub hub = new LiveHub(connection);
            connection.changeHandler(hub);
            return hub;
        }
    }

    private LiveHub(Connection connection) {
        this.connection = connection;
        this.lane = new Lane(connection);
        this.sessionId = connection.takeSessionId();
        this.interests = new Interests(connection, lane, backlog, routes::wishes);
    }

    /**
     * Counts a listener.
     *
     * @throws CleatException of code LIMIT when there are too many.
     */
    public void enter() {
        if (listenerCount.incrementAndGet() > MAX_LISTENERS) {
            listenerCount.decrementAndGet();
            throw new CleatException(ErrorCode.LIMIT, "too many listeners of this client: limit=" + MAX_LISTENERS);
        }
    }

    /** A listener that was counted is over. */
    public void leave() {
        listenerCount.decrementAndGet();
    }

    /**
     * Adds a listener of queries.
     *
     * @param keys the queries; the results of several are seen at one commit.
     * @param receiver told from now on.
     */
    public void listen(List<QueryKey> keys, LiveReceiver receiver) {
        lane.execute(() -> {
            if (!isOpen()) {
                receiver.onEnd();
                return;
            }
            @Nullable LiveSource source = sources.get(keys);
            final boolean isNew = source == null;
            if (source == null) {
                source = new LiveSource(this, keys);
                sources.put(keys, source);
            }
            ofReceiver.put(receiver, source);
            source.add(receiver);
            if (isNew) {
                source.begin();
            }
            refresh(receiver);
        });
    }

    /**
     * A listener of queries was paused, resumed or closed.
     *
     * @param receiver which.
     */
    public void changed(LiveReceiver receiver) {
        lane.execute(() -> refresh(receiver));
    }

    /**
     * Adds a listener of table updates.
     *
     * @param wish which.
     * @param receiver told from now on.
     */
    public void listen(Wish wish, UpdateReceiver receiver) {
        lane.execute(() -> begin(new UpdateSource(this, receiver, wish)));
    }

    /**
     * Adds a listener of the tables that a query reads.
     *
     * @param sql the query.
     * @param receiver told from now on.
     */
    public void listen(String sql, UpdateReceiver receiver) {
        lane.execute(() -> begin(new UpdateSource(this, receiver, sql)));
    }

    /**
     * A listener of table updates was closed, perhaps.
     *
     * @param receiver which.
     */
    public void changed(UpdateReceiver receiver) {
        lane.execute(() -> {
            final @Nullable UpdateSource source = receiver.isClosed() ? updates.get(receiver) : null;
            if (source != null) {
                drop(source);
            }
        });
    }

    @Override
    public void onTableChanges(TableChanges changes) {
        lane.post(() -> {
            if (isBehind) {
                behindSequence = Math.max(behindSequence, changes.commitSequence());
            } else {
                toldSequence = changes.commitSequence();
                routes.route(changes);
            }
        });
    }

    @Override
    public void onReattaching() {
        // Before any record of that one can be in the lane.
        lane.post(() -> {
            isBehind = true;
            behindSequence = 0;
        });
    }

    @Override
    public void onReattached() {
        lane.execute(this::renew);
    }

    @Override
    public void onTick(long nowNs) {
        if (backlog.isWaiting()) {
            lane.execute(retry);
        }
        if (needsTick && nowNs - nextTickNs >= 0) {
            nextTickNs = nowNs + TICK_NS;
            lane.execute(tick);
        }
    }

    @Override
    public void onEnded() {
        lane.execute(() -> {
            ended = true;
            final List<Routed> all = routes.all();
            all.forEach(routes::remove);
            if (!all.isEmpty()) {
                connection.expect(-1);
            }
            all.forEach(Routed::onEnd);
            List.copyOf(transactions).forEach(TransactionQueries::onEnded);
            transactions.clear();
            sources.clear();
            ofReceiver.clear();
            updates.clear();
            lingering.clear();
            queue.clear();
            // They fail now.
            backlog.retry();
        });
    }

    // In the lane.

    /** Has the next coordinator know what is wanted; then everything may have changed since the last one told. */
    private void renew() {
        renewing = false;
        if (!isOpen() || routes.isEmpty()) {
            interests.forget();
            isBehind = false;
            return;
        }
        interests.renew(failure -> {
            if (failure != null) {
                renewing = true;
                needsTick = true;
            } else {
                isBehind = false;
                // Its commits need not go on where the former one's ended: the file may be another.
                routes.all().forEach(Routed::onReattached);
                // Not the newest commit there is: those that are still to be told come after this.
                final long sequence = Math.max(behindSequence, interests.commitSequence());
                toldSequence = sequence;
                routes.route(new TableChanges(sequence, List.of(), true, true, false, false));
            }
        });
    }

    boolean isOpen() {
        return !ended && connection.ended() == null;
    }

    /** {@return the connection} */
    public Connection connection() {
        return connection;
    }

    Lane lane() {
        return lane;
    }

    void add(TransactionQueries transaction) {
        transactions.add(transaction);
    }

    void remove(TransactionQueries transaction) {
        transactions.remove(transaction);
    }

    int sessionId() {
        return sessionId;
    }

    long timeoutNs() {
        return connection.context().requestTimeoutNs();
    }

    long commitSequence() {
        return connection.header().commitSequenceAcquire();
    }

    /** The last commit that listeners were told of: what is told without one comes after it, and before the next. In the lane. */
    long toldSequence() {
        return Math.max(toldSequence, interests.commitSequence());
    }

    RawCall newCall(Runnable onEnd) {
        return new RawCall(connection, lane, backlog, onEnd);
    }

    int takeSession() {
        final @Nullable Integer idle = idleSessions.pollFirst();
        return idle == null ? connection.takeSessionId() : idle;
    }

    void giveSession(int session) {
        idleSessions.addLast(session);
    }

    void closeSession(int session) {
        newCall(() -> {}).send(exchange -> exchange.sendCloseSession(session, timeoutNs()));
    }

    /** Routes what is wanted, and goes on when the coordinator knows of it. */
    void want(Routed owner, Wish wish, Consumer<@Nullable CleatException> then) {
        if (routes.isEmpty()) {
            connection.expect(1);
        }
        routes.put(owner, wish);
        interests.relax();
        needsTick = true;
        interests.require(wish, then);
    }

    void drop(LiveSource source) {
        sources.remove(source.keys(), source);
        queue.remove(source);
        source.close();
        forget(source);
    }

    void drop(UpdateSource source) {
        updates.remove(source.receiver(), source);
        source.close();
        forget(source);
    }

    void linger(LiveSource source) {
        lingering.add(new Lingering(source, System.nanoTime() + LINGER_NS));
        needsTick = true;
    }

    /** Whether a run may begin now; if not, its turn comes. */
    boolean mayRun(LiveSource source) {
        if (runCount < MAX_RUNS) {
            runCount++;
            return true;
        }
        queue.add(source);
        return false;
    }

    void runEnded() {
        runCount--;
        while (runCount < MAX_RUNS && !queue.isEmpty()) {
            queue.remove().onTurn();
        }
    }

    private void forget(Routed routed) {
        if (!routes.isEmpty()) {
            routes.remove(routed);
            interests.relax();
            if (routes.isEmpty()) {
                connection.expect(-1);
            }
        }
    }

    private void begin(UpdateSource source) {
        if (isOpen()) {
            updates.put(source.receiver(), source);
            source.begin();
        } else {
            source.receiver().onEnd();
        }
    }

    private void refresh(LiveReceiver receiver) {
        final @Nullable LiveSource source = ofReceiver.get(receiver);
        if (source != null) {
            if (receiver.isClosed()) {
                ofReceiver.remove(receiver);
            }
            source.refresh();
        }
    }

    private void tick() {
        final long nowNs = System.nanoTime();
        while (!lingering.isEmpty() && nowNs - lingering.element().untilNs >= 0) {
            final LiveSource source = lingering.remove().source;
            if (!source.hasReceivers() && sources.get(source.keys()) == source) {
                drop(source);
            }
        }
        new ArrayList<>(sources.values()).forEach(source -> source.onTick(nowNs));
        new ArrayList<>(updates.values()).forEach(source -> source.onTick(nowNs));
        interests.onTick(nowNs);
        if (renewing && connection.isServed()) {
            renew();
        }
        needsTick = renewing || !(routes.isEmpty() && lingering.isEmpty() && interests.isSilent());
    }
}
