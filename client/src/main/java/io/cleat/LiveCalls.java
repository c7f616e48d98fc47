// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import io.cleat.client.Exchange;
import io.cleat.client.Failed;
import io.cleat.client.live.LiveHub;
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
final class LiveCalls {
    private final Opening opening;
    private final LiveWatch watch;

    LiveCalls(Opening opening) {
        this.opening = opening;
        this.watch = new LiveWatch(() -> new LiveTarget.OfDatabase(hub()), this);
    }

    /** Live queries of the transaction whose block the thread runs; else of the database. */
    LiveWatch watch() {
        final @Nullable DatabaseParts parts = opening.ifOpen();
        final @Nullable LiveTarget target = parts == null ? null : parts.pool().liveTargetOfThread();
        return target == null ? watch : new LiveWatch(() -> target, target);
    }

    LiveQuery<LiveResults> watchTogether(LiveQuery<?>[] queries) {
        return watch.together(queries);
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
        return new UpdateStream(this, (calls, receiver) -> calls.hub().listen(sql, receiver));
    }

    private UpdateStream stream(Wish wish) {
        return new UpdateStream(this, (calls, receiver) -> calls.hub().listen(wish, receiver));
    }

    /** Listens, and waits until the coordinator knows of it. */
    LiveSubscription listen(Flow.Subscriber<TableUpdates> subscriber, BiConsumer<LiveCalls, UpdateReceiver> register) {
        final Connection connection = connection();
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
            Refused.tell(subscriber, e);
        }
    }

    private UpdateListener begin(
            Flow.Subscriber<? super TableUpdates> subscriber, BiConsumer<LiveCalls, UpdateReceiver> register) {
        final LiveHub hub = hub();
        hub.enter();
        final UpdateListener listener = new UpdateListener(hub, subscriber);
        register.accept(this, listener);
        return listener;
    }

    void announce(CallOptions asked, TableUpdate... updates) {
        final DatabaseParts parts = opening.get();
        ensureOpen(parts.connection());
        if (updates.length > 0) {
            parts.connection()
                    .newExchange()
                    .announce(
                            parts.pool().sessionIdOfThread(),
                            encode(updates),
                            OpeningTarget.options(asked, parts).timeoutNs());
        }
    }

    StatementTables tablesOf(CallOptions asked, String sql) {
        final DatabaseParts parts = opening.get();
        ensureOpen(parts.connection());
        final Exchange exchange = parts.connection().newExchange();
        exchange.describe(
                parts.pool().sessionIdOfThread(),
                sql,
                OpeningTarget.options(asked, parts).timeoutNs());
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

    private Connection connection() {
        return opening.get().connection();
    }

    private LiveHub hub() {
        return LiveHub.of(connection());
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
