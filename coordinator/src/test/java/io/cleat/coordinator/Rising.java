// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.LiveResult;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Listens to a live query of one number and checks that neither it nor the commit sequence ever goes back. Called by one thread at a time;
 * looked at by any.
 */
final class Rising implements Flow.Subscriber<LiveResult<Optional<Long>>> {
    private @Nullable String violation;
    private long last = Long.MIN_VALUE;
    private long lastSequence;
    private long count;

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public synchronized void onNext(LiveResult<Optional<Long>> result) {
        final long value = result.isFailure() ? Long.MIN_VALUE : result.value().orElse(Long.MIN_VALUE);
        if ((value < last || result.commitSequence() < lastSequence) && violation == null) {
            violation = "after " + last + " of commit " + lastSequence + " came " + result;
        }
        last = value;
        lastSequence = result.commitSequence();
        count++;
        notifyAll();
    }

    @Override
    public synchronized void onError(Throwable failure) {
        violation = failure.toString();
    }

    @Override
    public void onComplete() {}

    synchronized long last() {
        return last;
    }

    /**
     * Waits until the value has come.
     *
     * @param value to come.
     * @param timeout at most.
     */
    synchronized void await(long value, Duration timeout) throws InterruptedException {
        final long deadlineNs = System.nanoTime() + timeout.toNanos();
        while (last != value) {
            final long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0) {
                throw new AssertionError("waited for " + value + " timeout=" + timeout + ": " + this);
            }
            TimeUnit.NANOSECONDS.timedWait(this, leftNs);
        }
    }

    synchronized @Nullable String violation() {
        return violation;
    }

    @Override
    public synchronized String toString() {
        return "last=" + last + " sequence=" + lastSequence + " count=" + count + " violation=" + violation;
    }
}
