// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.concurrent.Flow;

/** The subscription of a subscriber that cannot be one. Immutable. */
final class Refused implements Flow.Subscription {
    private Refused() {}

    /** Tells it at once, in the order that {@link Flow} asks for. */
    static void tell(Flow.Subscriber<?> subscriber, Throwable reason) {
        subscriber.onSubscribe(new Refused());
        subscriber.onError(reason);
    }

    @Override
    public void request(long count) {}

    @Override
    public void cancel() {}
}
