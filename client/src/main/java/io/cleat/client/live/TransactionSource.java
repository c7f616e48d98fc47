// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A query that is live in a transaction: runs again after each change that the transaction made. In the lane. */
final class TransactionSource {
    private final LiveHub hub;
    private final TransactionQueries transaction;
    private final QueryKey key;
    private final Object scope;
    private final RawCall call;
    private final List<LiveReceiver> receivers = new ArrayList<>();
    private boolean dirty = true;
    private @Nullable EncodedRows last;

    /** Whether it may send; guarded by the transaction. */
    boolean open = true;

    TransactionSource(LiveHub hub, TransactionQueries transaction, QueryKey key, Object scope) {
        this.hub = hub;
        this.transaction = transaction;
        this.key = key;
        this.scope = scope;
        this.call = hub.newCall(this::onRun);
    }

    Object scope() {
        return scope;
    }

    QueryKey key() {
        return key;
    }

    void add(LiveReceiver receiver) {
        receivers.add(receiver);
        if (last != null && !dirty && !call.isRunning()) {
            receiver.onResult(new EncodedResult(call.commitSequence(), List.of(last)));
        }
        advance();
    }

    /** A receiver was closed, paused or resumed; false when there is none left. */
    boolean refresh() {
        receivers.removeIf(LiveReceiver::isClosed);
        if (receivers.isEmpty()) {
            call.abandon();
            return false;
        }
        advance();
        return true;
    }

    void onChanged() {
        dirty = true;
        advance();
    }

    void onEnd() {
        call.abandon();
        receivers.forEach(LiveReceiver::onEnd);
        receivers.clear();
    }

    private void advance() {
        if (dirty && !call.isRunning() && isWanted()) {
            dirty = false;
            transaction.send(this, call);
        }
    }

    private boolean isWanted() {
        for (LiveReceiver receiver : receivers) {
            if (!receiver.isPaused()) {
                return true;
            }
        }
        return false;
    }

    private void onRun() {
        if (!hub.isOpen()) {
            return; // The end is told instead.
        }
        final @Nullable CleatException failure = call.failure();
        if (failure != null) {
            receivers.forEach(receiver -> receiver.onFailure(hub.commitSequence(), failure));
        } else {
            final EncodedRows rows = call.rows(last);
            last = rows;
            final EncodedResult result = new EncodedResult(call.commitSequence(), List.of(rows));
            receivers.forEach(receiver -> receiver.onResult(result));
        }
        advance();
    }
}
