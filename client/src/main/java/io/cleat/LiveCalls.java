// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import io.cleat.client.Exchange;
import io.cleat.client.Failed;
import io.cleat.client.live.LiveHub;
import io.cleat.client.live.LiveReceiver;
import io.cleat.client.live.QueryKey;
import io.cleat.client.live.UpdateReceiver;
import io.cleat.client.live.Wish;
import io.cleat.protocol.TableKinds;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What a {@link Database} does with table updates and live queries. Thread-safe. */
final class LiveCalls implements LiveQuery.Origin {
    private final Connection connection;
    private final SessionPool pool;
    private final LiveHub hub;

    LiveCalls(Connection connection, SessionPool pool) {
        this.connection = connection;
        this.pool = pool;
        this.hub = LiveHub.of(connection);
    }

    /** Live queries of the thread's transaction, if it runs a block of one; else of the database. */
    <T> LiveQuery<List<T>> watch(String sql, RowMapper<T> mapper, @Nullable Object[] args) {
        final @Nullable Transaction transaction = pool.transactionOfThread();
        return transaction != null
                ? transaction.watch(sql, mapper, args)
                : new LiveWatch(this).watch(sql, mapper, args);
    }

    <T> LiveQuery<java.util.Optional<T>> watchFirst(String sql, RowMapper<T> mapper, @Nullable Object[] args) {
        final @Nullable Transaction transaction = pool.transactionOfThread();
        return transaction != null
                ? transaction.watchFirst(sql, mapper, args)
                : new LiveWatch(this).watchFirst(sql, mapper, args);
    }

    LiveQuery<LiveResults> watchTogether(LiveQuery<?>[] queries) {
        return new LiveWatch(this).together(queries);
    }

    UpdateStream updates() {
        return stream(Wish.EVERYTHING);
    }

    UpdateStream updates(List<TableUpdate> wanted) {
        if (wanted.isEmpty()) {
            throw Failures.misuse("no tables to listen for");
        }
        final List<TableKinds> tables = new ArrayList<>();
        wanted.forEach(each -> tables.add(kinds(each)));
        return stream(Wish.of(tables));
    }

    UpdateStream updatesOfQuery(String sql) {
        Objects.requireNonNull(sql, "sql");
        return new UpdateStream(this, (calls, receiver) -> calls.hub.listen(sql, receiver));
    }

    private UpdateStream stream(Wish wish) {
        return new UpdateStream(this, (calls, receiver) -> calls.hub.listen(wish, receiver));
    }

    /** Listens, and waits until the coordinator knows of it. */
    LiveSubscription listen(Flow.Subscriber<TableUpdates> subscriber, BiConsumer<LiveCalls, UpdateReceiver> register) {
        ensureOpen(connection);
        final UpdateListener listener = begin(subscriber, register);
        // The request has a deadline of its own, which comes first.
        final long patienceNs = 2 * connection.context().requestTimeoutNs();
        final boolean settled = connection.pollUntil(listener::isSettled, patienceNs);
        final @Nullable CleatException failure = listener.failure();
        if (failure != null) {
            failure.addSuppressed(new CleatException(failure.code(), "listening for table updates"));
            throw failure;
        }
        if (!settled) {
            listener.close();
            throw new CleatException(
                    ErrorCode.TIMEOUT,
                    "the coordinator did not answer an Interest: waitedMs=" + patienceNs / 1_000_000);
        }
        ensureOpen(connection);
        return listener;
    }

    void subscribe(Flow.Subscriber<? super TableUpdates> subscriber, BiConsumer<LiveCalls, UpdateReceiver> register) {
        Objects.requireNonNull(subscriber, "subscriber");
        try {
            begin(subscriber, register);
        } catch (CleatException e) {
            Refused.tell(connection, subscriber, e);
        }
    }

    private UpdateListener begin(
            Flow.Subscriber<? super TableUpdates> subscriber, BiConsumer<LiveCalls, UpdateReceiver> register) {
        hub.enter();
        final UpdateListener listener = new UpdateListener(connection, hub, subscriber);
        register.accept(this, listener);
        return listener;
    }

    void announce(long timeoutNs, TableUpdate... updates) {
        ensureOpen(connection);
        if (updates.length > 0) {
            connection.newExchange().announce(pool.sessionIdOfThread(), encode(updates), timeoutNs);
        }
    }

    StatementTables tablesOf(long timeoutNs, String sql) {
        ensureOpen(connection);
        final Exchange exchange = connection.newExchange();
        exchange.describe(pool.sessionIdOfThread(), sql, timeoutNs);
        exchange.awaitStart();
        final Set<String> read = new HashSet<>();
        final Set<TableUpdate> changed = new HashSet<>();
        try (Rows rows = new Rows(exchange, null).opened()) {
            while (rows.next()) {
                final String table = String.valueOf(rows.getText(0));
                final int kinds = rows.getInt(1);
                if ((kinds & TableKinds.READ) != 0) {
                    read.add(table);
                }
                UpdateListener.addPairs(changed, table, kinds);
            }
        }
        return new StatementTables(read, changed);
    }

    @Override
    public Connection connection() {
        return connection;
    }

    @Override
    public void enter() {
        hub.enter();
    }

    @Override
    public void leave() {
        hub.leave();
    }

    @Override
    public void listen(List<QueryKey> keys, LiveReceiver receiver) {
        hub.listen(keys, receiver);
    }

    @Override
    public void changed(LiveReceiver receiver) {
        hub.changed(receiver);
    }

    static byte[] encode(TableUpdate... updates) {
        final List<TableKinds> tables = new ArrayList<>();
        for (TableUpdate update : updates) {
            tables.add(kinds(update));
        }
        return TableKinds.encode(tables);
    }

    private static TableKinds kinds(TableUpdate update) {
        return TableKinds.of(update.table(), update.kind().bits());
    }

    static void ensureOpen(Connection connection) {
        final @Nullable Failed ended = connection.ended();
        if (ended != null) {
            throw ended.with(Outcome.NOT_APPLIED).exception(null, null);
        }
    }
}
