// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.LiveResult;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Keeps what it gets. Thread-safe. */
final class CollectingSubscriber<R> implements Flow.Subscriber<LiveResult<R>> {
    private final long demand;
    private final List<LiveResult<R>> items = new CopyOnWriteArrayList<>();
    private volatile Flow.@Nullable Subscription subscription;
    private volatile @Nullable Throwable error;
    private volatile boolean completed;

    /** Asks for so much, once. */
    CollectingSubscriber(long demand) {
        this.demand = demand;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(demand);
    }

    @Override
    public void onNext(LiveResult<R> item) {
        items.add(item);
    }

    @Override
    public void onError(Throwable failure) {
        error = failure;
    }

    @Override
    public void onComplete() {
        completed = true;
    }

    List<LiveResult<R>> items() {
        return items;
    }

    List<R> values() {
        return items.stream().map(LiveResult::value).toList();
    }

    @Nullable
    Throwable error() {
        return error;
    }

    boolean isCompleted() {
        return completed;
    }

    void cancel() {
        final Flow.Subscription held = subscription;
        if (held != null) {
            held.cancel();
        }
    }
}
