// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.LiveResult;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Takes results of a live query one at a time: what comes while one is looked at is replaced by what comes later, where it comes from.
 *
 * <p>{@link #await} by one thread, the rest by whoever delivers.
 *
 * @param <R> of the live query.
 */
final class NewestResult<R> implements Flow.Subscriber<LiveResult<R>> {
    /** At most one result, and the end. */
    private final BlockingQueue<Optional<LiveResult<R>>> arrived = new LinkedBlockingQueue<>();

    private final BlockingQueue<Flow.Subscription> subscribed = new LinkedBlockingQueue<>();
    private Flow.@Nullable Subscription subscription;
    private volatile @Nullable Throwable error;

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscribed.add(newSubscription);
    }

    @Override
    public void onNext(LiveResult<R> result) {
        arrived.add(Optional.of(result));
    }

    @Override
    public void onError(Throwable failure) {
        error = failure;
        arrived.add(Optional.empty());
    }

    @Override
    public void onComplete() {
        arrived.add(Optional.empty());
    }

    /**
     * Waits for the next result, without a limit: only the end of the live query or of the process ends it.
     *
     * @return the result, or null when there will be none any more.
     * @throws InterruptedException when the thread is interrupted.
     */
    @Nullable
    LiveResult<R> await() throws InterruptedException {
        Flow.Subscription source = subscription;
        if (source == null) {
            source = subscribed.take();
            subscription = source;
        }
        source.request(1);
        final LiveResult<R> result = arrived.take().orElse(null);
        final Throwable failure = error;
        if (result == null && failure instanceof RuntimeException known) {
            throw known;
        }
        return result;
    }
}
