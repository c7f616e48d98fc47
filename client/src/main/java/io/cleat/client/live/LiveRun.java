// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.client.Execution;
import io.cleat.protocol.codec.TransactionAction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs the queries of a live query: one by itself, several in one snapshot, sent without waiting in between. In the lane; one run at
 * a time.
 */
final class LiveRun {
    /** Told of the end of a run that was not cancelled. */
    interface Listener {
        /**
         * A run has ended.
         *
         * @param result null when it failed.
         * @param failure null when it did not.
         */
        void onRun(@Nullable EncodedResult result, @Nullable CleatException failure);
    }

    private final LiveHub hub;
    private final List<QueryKey> keys;
    private final Listener listener;
    private final List<RawCall> calls = new ArrayList<>();
    private final @Nullable RawCall begin;
    private final @Nullable RawCall commit;
    private int sessionId;
    private int missing;
    private boolean active;
    private @Nullable EncodedResult former;

    LiveRun(LiveHub hub, List<QueryKey> keys, Listener listener) {
        this.hub = hub;
        this.keys = keys;
        this.listener = listener;
        for (int i = 0; i < keys.size(); i++) {
            calls.add(hub.newCall(this::onPart));
        }
        this.begin = keys.size() > 1 ? hub.newCall(this::onPart) : null;
        this.commit = keys.size() > 1 ? hub.newCall(this::onPart) : null;
    }

    boolean isActive() {
        return active;
    }

    /** Begins a run; what has not changed since the former result stays the same object. */
    void start(@Nullable EncodedResult formerResult) {
        active = true;
        former = formerResult;
        sessionId = hub.takeSession();
        missing = calls.size() + (begin == null ? 0 : 2);
        if (begin != null) {
            begin.send(exchange -> exchange.sendTransaction(sessionId, TransactionAction.BEGIN_READ, hub.timeoutNs()));
        }
        for (int i = 0; i < calls.size(); i++) {
            execute(calls.get(i), keys.get(i), sessionId);
        }
        if (commit != null) {
            commit.send(exchange -> exchange.sendTransaction(sessionId, TransactionAction.COMMIT, hub.timeoutNs()));
        }
    }

    /** Gives the run up: the coordinator is told, the listener is not. The snapshot ends by itself. */
    void cancel() {
        if (!active) {
            return;
        }
        active = false;
        for (RawCall call : calls) {
            if (call.isRunning()) {
                call.abandon();
                missing--;
            }
        }
        if (missing == 0) {
            giveSession();
        }
    }

    /** A session whose snapshot may be open, or that the coordinator ended, is not the next one's. */
    private void giveSession() {
        if (commit == null || commit.failure() == null) {
            hub.giveSession(sessionId);
        } else {
            hub.closeSession(sessionId);
        }
    }

    private void execute(RawCall call, QueryKey key, int session) {
        call.send(exchange -> {
            key.writeTo(exchange.parameters());
            exchange.execute(session, hub.connection().statement(key.sql()), Execution.READ, hub.timeoutNs());
        });
    }

    private void onPart() {
        if (--missing > 0) {
            return;
        }
        giveSession();
        if (!active) {
            return;
        }
        active = false;
        @Nullable CleatException failure = begin == null ? null : begin.failure();
        final List<EncodedRows> parts = new ArrayList<>(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            final RawCall call = calls.get(i);
            failure = failure == null ? call.failure() : failure;
            parts.add(call.rows(former == null ? null : former.parts().get(i)));
        }
        final long commitSequence = (begin == null ? calls.get(0) : begin).commitSequence();
        former = null;
        if (failure != null) {
            listener.onRun(null, failure);
        } else {
            listener.onRun(new EncodedResult(commitSequence, List.copyOf(parts)), null);
        }
    }
}
