// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import io.cleat.client.live.Delivery;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * One listener: what waits for it, how much it asked for, whether it is paused, and the order of its signals.
 *
 * <p>Offers come from the lane, signals go out on the completion executor, the rest is for any thread.
 *
 * @param <E> what waits.
 * @param <T> what is delivered.
 */
abstract sealed class Listening<E, T> extends Delivery implements LiveSubscription, Flow.Subscription
        permits UpdateListener, LiveListener {
    private final Flow.Subscriber<? super T> target;
    private final Runnable onOver;
    private boolean greeted; // of the delivery
    private long demand; // guarded by this
    private boolean paused; // guarded by this
    private boolean closed; // guarded by this
    private boolean ended; // guarded by this
    private boolean active = true; // guarded by this
    private boolean over; // guarded by this
    private @Nullable Throwable violation; // guarded by this

    /** {@code onOver} is called once, when it was closed or has ended. */
    Listening(Connection connection, Flow.Subscriber<? super T> target, Runnable onOver) {
        super(connection);
        this.target = target;
        this.onOver = onOver;
    }

    /** Takes what is to be delivered next, or null. Under the monitor of this. */
    abstract @Nullable E poll();

    /** Makes of it what is delivered, by user code perhaps; null when it is nothing new. */
    abstract @Nullable T convert(E item);

    /** It was paused, resumed or closed: has the lane know. */
    abstract void changed();

    @Override
    protected final void deliver() {
        if (!greeted) {
            greeted = true;
            guarded(() -> target.onSubscribe(this));
        }
        while (true) {
            final @Nullable E item;
            final @Nullable Throwable broken;
            synchronized (this) {
                if (!active) {
                    return;
                }
                broken = violation;
                item = paused || closed || demand == 0 ? null : poll();
                if (broken != null || closed || (item == null && ended)) {
                    active = false;
                } else if (item == null) {
                    return;
                }
            }
            if (broken != null) {
                guarded(() -> target.onError(broken));
            } else if (item != null) {
                deliver(item);
            } else if (!isClosed()) {
                guarded(target::onComplete);
            }
        }
    }

    private void deliver(E item) {
        final @Nullable T converted = convert(item);
        if (converted != null) {
            synchronized (this) {
                demand = demand == Long.MAX_VALUE ? demand : demand - 1;
            }
            guarded(() -> target.onNext(converted));
        }
    }

    /** What is listened to has ended. In the lane. */
    public final void onEnd() {
        synchronized (this) {
            ended = true;
        }
        over();
        signal();
    }

    /** It cannot go on: the subscriber is told by {@code onError}. */
    final void refuse(Throwable cause) {
        synchronized (this) {
            violation = cause;
            closed = true;
        }
        over();
        signal();
    }

    private void over() {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
        }
        onOver.run();
    }

    public final synchronized boolean isPaused() {
        return paused;
    }

    public final synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public final synchronized boolean isActive() {
        return active && !closed && !ended;
    }

    @Override
    public final void request(long count) {
        if (count <= 0) {
            refuse(new IllegalArgumentException("a subscriber asks for at least one: count=" + count));
            changed();
        } else {
            synchronized (this) {
                demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
            }
            signal();
        }
        connection().runLater();
    }

    @Override
    public final void cancel() {
        close();
    }

    @Override
    public final void pause() {
        synchronized (this) {
            paused = true;
        }
        changed();
    }

    @Override
    public final void resume() {
        synchronized (this) {
            paused = false;
        }
        signal();
        changed();
        connection().runLater();
    }

    @Override
    public final void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        over();
        changed();
    }
}
