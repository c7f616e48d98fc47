// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import io.cleat.client.live.Delivery;
import java.util.concurrent.Flow;

/** Tells a subscriber that it cannot be one, in the order that {@link Flow} asks for. Once, on the completion executor. */
final class Refused extends Delivery implements Flow.Subscription {
    private final Flow.Subscriber<?> subscriber;
    private final Throwable reason;

    private Refused(Connection connection, Flow.Subscriber<?> subscriber, Throwable reason) {
        super(connection);
        this.subscriber = subscriber;
        this.reason = reason;
    }

    static void tell(Connection connection, Flow.Subscriber<?> subscriber, Throwable reason) {
        new Refused(connection, subscriber, reason).signal();
        connection.runLater();
    }

    @Override
    protected void deliver() {
        guarded(() -> subscriber.onSubscribe(this));
        guarded(() -> subscriber.onError(reason));
    }

    @Override
    public void request(long count) {}

    @Override
    public void cancel() {}
}
