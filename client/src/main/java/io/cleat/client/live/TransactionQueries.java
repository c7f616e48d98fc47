// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.client.Exchange;
import io.cleat.client.Execution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The live queries of one transaction and the savepoints in it. They run in its session, between its requests, and not after its end.
 *
 * <p>{@code begin}, {@code changed} and {@code end} are for the thread of the transaction, {@code listen} and {@code changed(receiver)} for any.
 */
public final class TransactionQueries {
    private final LiveHub hub;
    private final int sessionId;
    private final List<TransactionSource> sources = new ArrayList<>(); // guarded by this

    /** Scopes that may be listened in; guarded by this. */
    private final Set<Object> open = new HashSet<>();

    /** In the lane. */
    private final Map<LiveReceiver, TransactionSource> ofReceiver = new HashMap<>();

    private volatile boolean empty = true;

    /**
     * Begins without queries.
     *
     * @param hub of the connection.
     * @param sessionId of the transaction.
     */
    public TransactionQueries(LiveHub hub, int sessionId) {
        this.hub = hub;
        this.sessionId = sessionId;
    }

    /**
     * Whether a statement surely changes nothing. A guess that may be wrong the other way only.
     *
     * @param sql one statement.
     * @return true when it begins with SELECT or VALUES.
     */
    public static boolean isSelect(String sql) {
        int start = 0;
        while (start < sql.length() && Character.isWhitespace(sql.charAt(start))) {
            start++;
        }
        return sql.regionMatches(true, start, "select", 0, 6) || sql.regionMatches(true, start, "values", 0, 6);
    }

    /**
     * Queries may be listened to in a scope from now on. Idempotent.
     *
     * @param scope the transaction, or a savepoint in it.
     */
    public synchronized void begin(Object scope) {
        open.add(scope);
    }

    /**
     * Adds a listener.
     *
     * @param scope whose end is its end.
     * @param key the query.
     * @param receiver told from now on.
     */
    public void listen(Object scope, QueryKey key, LiveReceiver receiver) {
        hub.lane().execute(() -> {
            final @Nullable TransactionSource source = hub.isOpen() ? source(scope, key) : null;
            if (source == null) {
                receiver.onEnd();
                return;
            }
            hub.add(this);
            ofReceiver.put(receiver, source);
            source.add(receiver);
            refresh(receiver);
        });
    }

    /**
     * A listener was paused, resumed or closed.
     *
     * @param receiver which.
     */
    public void changed(LiveReceiver receiver) {
        hub.lane().execute(() -> refresh(receiver));
    }

    /** The transaction may have changed something. */
    public void changed() {
        if (!empty) {
            hub.lane().execute(() -> copy().forEach(TransactionSource::onChanged));
        }
    }

    /**
     * A scope ends: nothing is sent for it from now on. Before the request that ends it.
     *
     * @param scope which; null for all.
     */
    public void end(@Nullable Object scope) {
        final List<TransactionSource> over = close(scope);
        if (!over.isEmpty()) {
            hub.lane().execute(() -> {
                over.forEach(TransactionSource::onEnd);
                ofReceiver.values().removeAll(over);
                if (empty) {
                    hub.remove(this);
                }
            });
        }
    }

    /** The connection has ended. In the lane. */
    void onEnded() {
        copy().forEach(TransactionSource::onEnd);
        ofReceiver.clear();
    }

    /** Sends, unless the scope has ended: its session has other uses then. In the lane. */
    void send(TransactionSource source, RawCall call) {
        // Asked with each try, which may come after the end of the scope.
        call.send(exchange -> sendIfOpen(source, call, exchange));
    }

    private synchronized void sendIfOpen(TransactionSource source, RawCall call, Exchange exchange) {
        if (source.open) {
            source.key().writeTo(exchange.parameters());
            exchange.execute(
                    sessionId, hub.connection().statement(source.key().sql()), Execution.READ, hub.timeoutNs());
        } else {
            call.abandon();
        }
    }

    private synchronized List<TransactionSource> copy() {
        return List.copyOf(sources);
    }

    private synchronized List<TransactionSource> close(@Nullable Object scope) {
        if (scope == null) {
            open.clear();
        } else {
            open.remove(scope);
        }
        final List<TransactionSource> over = new ArrayList<>();
        for (TransactionSource source : sources) {
            if (scope == null || source.scope() == scope) {
                source.open = false;
                over.add(source);
            }
        }
        sources.removeAll(over);
        empty = sources.isEmpty();
        return over;
    }

    private synchronized @Nullable TransactionSource source(Object scope, QueryKey key) {
        if (!open.contains(scope)) {
            return null;
        }
        for (TransactionSource source : sources) {
            if (source.scope() == scope && source.key().equals(key)) {
                return source;
            }
        }
        final TransactionSource source = new TransactionSource(hub, this, key, scope);
        sources.add(source);
        empty = false;
        return source;
    }

    private void refresh(LiveReceiver receiver) {
        final @Nullable TransactionSource source = ofReceiver.get(receiver);
        if (source != null) {
            if (receiver.isClosed()) {
                ofReceiver.remove(receiver);
            }
            if (!source.refresh()) {
                forget(source);
            }
        }
    }

    private synchronized void forget(TransactionSource source) {
        sources.remove(source);
        empty = sources.isEmpty();
    }
}
