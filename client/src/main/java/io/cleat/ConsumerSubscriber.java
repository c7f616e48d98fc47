// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.concurrent.Flow;
import java.util.function.Consumer;

/** Takes everything, as it comes. Threading: that of who calls it. */
record ConsumerSubscriber<T>(Consumer<? super T> consumer) implements Flow.Subscriber<T> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(T item) {
        consumer.accept(item);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
}
