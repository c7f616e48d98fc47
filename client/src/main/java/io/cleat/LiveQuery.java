// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.live.EncodedResult;
import io.cleat.client.live.LiveHub;
import io.cleat.client.live.QueryKey;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A query whose result is delivered again whenever a commit changed it, whoever made the commit.
 *
 * <p>Thread-safe; costs nothing until somebody listens, and may have any number of listeners. The query runs when the first one
 * comes, and again after each commit that touches a table it reads, one run at a time; results with the same rows as before are not
 * delivered again. Listeners of the same SQL with the same arguments, in one database, share one run; who comes later gets the last
 * result at once, without a run. When the last listener goes, a run in flight is cancelled.
 *
 * <p>A listener gets results on the completion executor, one at a time; what it throws goes to the error handler and ends nothing. One
 * that is slow, paused or does not ask gets only the newest. {@link LiveResult#commitSequence} never goes back. A failure is a result like
 * others, and the query goes on: after a missing table it runs again when the schema changes, else when something it reads changes. A result is at
 * most 64 MiB encoded, else it fails with LIMIT. Listeners complete at the end of the database, or of the transaction that the query was made in.
 *
 * @param <R> what its rows become.
 */
public final class LiveQuery<R> implements Flow.Publisher<LiveResult<R>> {
    private final Supplier<LiveTarget> target;
    private final Object home;
    private final List<QueryKey> keys;
    private final Function<EncodedResult, R> mapper;
    private final boolean firstRowsOnly;

    /** The target is asked for by each listener; the home tells what can be watched together. */
    LiveQuery(
            Supplier<LiveTarget> target,
            Object home,
            List<QueryKey> keys,
            Function<EncodedResult, R> mapper,
            boolean firstRowsOnly) {
        this.target = target;
        this.home = home;
        this.keys = keys;
        this.mapper = mapper;
        this.firstRowsOnly = firstRowsOnly;
    }

    /**
     * Listens. The first result comes later, on the completion executor. Failures go to the error handler.
     *
     * @param onResult called with each value.
     * @return close it to end.
     * @throws CleatException LIMIT when this client has 4,096 listeners already, CLOSED when the database was closed.
     */
    public LiveSubscription listen(Consumer<? super R> onResult) {
        final LiveTarget opened = target.get();
        return listen(opened, onResult, opened.hub().connection()::onError);
    }

    /**
     * Listens, to failures too. See {@link #listen(Consumer)}.
     *
     * @param onResult called with each value.
     * @param onFailure called with each failure; later values come all the same.
     * @return close it to end.
     */
    public LiveSubscription listen(Consumer<? super R> onResult, Consumer<? super CleatException> onFailure) {
        return listen(target.get(), onResult, onFailure);
    }

    private LiveSubscription listen(
            LiveTarget opened, Consumer<? super R> onResult, Consumer<? super CleatException> onFailure) {
        LiveCalls.ensureOpen(opened.hub().connection());
        return start(opened, new ConsumerSubscriber<LiveResult<R>>(result -> {
            final CleatException failure = result.failure();
            if (failure != null) {
                onFailure.accept(failure);
            } else {
                onResult.accept(result.value());
            }
        }));
    }

    /**
     * Subscribes. Without demand the newest result waits. {@code onError} is used only for a demand that is not positive, when this
     * client has too many listeners, and when the database cannot be opened.
     *
     * @param subscriber that listens.
     */
    @Override
    public void subscribe(Flow.Subscriber<? super LiveResult<R>> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        try {
            start(target.get(), subscriber);
        } catch (CleatException e) {
            Refused.tell(subscriber, e);
        }
    }

    /**
     * What listeners share a run by.
     *
     * @return equal to the key of another live query exactly when both have the same SQL and the same arguments.
     */
    public Object key() {
        return keys;
    }

    List<QueryKey> keys() {
        return keys;
    }

    boolean isAtHome(Object other) {
        return home.equals(other);
    }

    Function<EncodedResult, R> mapper() {
        return mapper;
    }

    private LiveSubscription start(LiveTarget opened, Flow.Subscriber<? super LiveResult<R>> subscriber) {
        final LiveHub hub = opened.hub();
        hub.enter();
        final LiveListener<R> listener =
                new LiveListener<>(hub.connection(), mapper, firstRowsOnly, subscriber, opened::changed, hub::leave);
        listener.begin();
        opened.listen(keys, listener);
        return listener;
    }
}
