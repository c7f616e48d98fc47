// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.live.UpdateReceiver;
import java.util.concurrent.Flow;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Table updates of a {@link Database}, each commit once and whole, in commit order, whoever made it.
 *
 * <p>Thread-safe; may have any number of listeners. A listener gets only the pairs of table and kind that it asked for, on the
 * completion executor, one update at a time, each by itself. What it throws goes to the error handler and ends nothing. One that
 * does not ask, or is slow or paused, has the last 1,024 updates kept; if there are more, all of them become one with
 * {@link TableUpdates#anything()}. At the end of the database it completes.
 */
public final class UpdateStream implements Flow.Publisher<TableUpdates> {
    private final LiveCalls calls;
    private final BiConsumer<LiveCalls, UpdateReceiver> register;

    UpdateStream(LiveCalls calls, BiConsumer<LiveCalls, UpdateReceiver> register) {
        this.calls = calls;
        this.register = register;
    }

    /**
     * Listens. When this returns, the coordinator knows of it: every later commit is told.
     *
     * @param onUpdates called with each update.
     * @return close it to end.
     * @throws CleatException TIMEOUT when the coordinator did not answer in time, SQL when the query is wrong, LIMIT when this client has 4,096
     *     listeners already, CLOSED when the database was closed.
     */
    public LiveSubscription listen(Consumer<? super TableUpdates> onUpdates) {
        return calls.listen(new ConsumerSubscriber<TableUpdates>(onUpdates), register);
    }

    /**
     * Subscribes without waiting. {@code onSubscribe} is called once the coordinator knows of it; {@code onError} only when it cannot, or for a demand that is not positive.
     *
     * @param subscriber that listens.
     */
    @Override
    public void subscribe(Flow.Subscriber<? super TableUpdates> subscriber) {
        calls.subscribe(subscriber, register);
    }
}
