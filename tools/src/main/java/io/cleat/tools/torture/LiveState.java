// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.LiveResult;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The newest value of a live query, and whether its results kept the rules: none of an older commit, none that is wrong. Threading:
 * results come on the completion executor; the value is read by another thread.
 *
 * @param <R> the value.
 */
final class LiveState<R> implements Flow.Subscriber<LiveResult<R>> {
    private final String name;
    private final Journal journal;
    private final Attempts attempts;
    private final Function<R, @Nullable String> rule;
    private final AtomicLong results;
    private volatile @Nullable R value;
    private volatile boolean ended;
    private long commitSequence;

    LiveState(String name, Attempts attempts, AtomicLong results, Function<R, @Nullable String> rule) {
        this.name = name;
        this.attempts = attempts;
        this.journal = attempts.journal();
        this.results = results;
        this.rule = rule;
    }

    /** The newest value; null before the first. */
    @Nullable
    R value() {
        return value;
    }

    /** Whether nothing comes any more. */
    boolean isEnded() {
        return ended;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(LiveResult<R> result) {
        results.incrementAndGet();
        if (result.commitSequence() < commitSequence) {
            journal.violated(
                    "live",
                    name + ": a result of commit " + result.commitSequence() + " after one of " + commitSequence);
        }
        commitSequence = result.commitSequence();
        if (result.isFailure()) {
            attempts.expect(java.util.Objects.requireNonNull(result.failure()));
            return;
        }
        final R found = result.value();
        final @Nullable String wrong = rule.apply(found);
        if (wrong != null) {
            journal.violated("live", name + ": " + wrong);
        }
        value = found;
    }

    @Override
    public void onError(Throwable failure) {
        ended = true;
        attempts.expect(failure);
    }

    @Override
    public void onComplete() {
        ended = true;
    }
}
