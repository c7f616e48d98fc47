// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import io.cleat.client.live.EncodedResult;
import io.cleat.client.live.LiveReceiver;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A listener of a live query: only the newest result waits, and one with the rows delivered last is dropped.
 *
 * <p>Threading: {@link Listening}.
 *
 * @param <R> what the rows become.
 */
final class LiveListener<R> extends Listening<LiveListener.Found, LiveResult<R>> implements LiveReceiver {
    private final Function<EncodedResult, R> mapper;
    private final boolean firstRowsOnly;
    private final Consumer<LiveReceiver> onChanged;
    private @Nullable Found newest; // guarded by this
    private @Nullable Found delivered; // of the delivery

    /** A result or a failure, as it came. */
    record Found(
            long commitSequence,
            @Nullable EncodedResult result,
            @Nullable CleatException failure) {}

    /** {@code onChanged} is called when this was paused, resumed or closed. */
    LiveListener(
            Connection connection,
            Function<EncodedResult, R> mapper,
            boolean firstRowsOnly,
            Flow.Subscriber<? super LiveResult<R>> target,
            Consumer<LiveReceiver> onChanged,
            Runnable onOver) {
        super(connection, target, onOver);
        this.mapper = mapper;
        this.firstRowsOnly = firstRowsOnly;
        this.onChanged = onChanged;
    }

    /** Greets the subscriber, before anything else. */
    void begin() {
        signal();
    }

    @Override
    public void onResult(EncodedResult result) {
        offer(new Found(result.commitSequence(), result, null));
    }

    @Override
    public void onFailure(long commitSequence, CleatException failure) {
        offer(new Found(commitSequence, null, failure));
    }

    @Override
    @Nullable
    Found poll() {
        final @Nullable Found next = newest;
        newest = null;
        return next;
    }

    @Override
    @Nullable
    LiveResult<R> convert(Found found) {
        if (isSame(found, delivered)) {
            return null;
        }
        delivered = found;
        final @Nullable EncodedResult result = found.result;
        if (result == null) {
            return LiveResult.failed(found.commitSequence, failure(found));
        }
        try {
            return LiveResult.of(found.commitSequence, mapper.apply(result));
        } catch (CleatException e) {
            return LiveResult.failed(found.commitSequence, e);
        } catch (RuntimeException | Error e) {
            return LiveResult.failed(
                    found.commitSequence,
                    new CleatException(ErrorCode.MISUSE, "the mapper of a live query failed: " + e, e));
        }
    }

    @Override
    void changed() {
        onChanged.accept(this);
    }

    private void offer(Found found) {
        synchronized (this) {
            newest = found;
        }
        signal();
    }

    @SuppressWarnings("ReferenceEquality") // a failure that is told again is the same object
    private boolean isSame(Found found, @Nullable Found other) {
        if (other == null) {
            return false;
        }
        final @Nullable EncodedResult mine = found.result;
        final @Nullable EncodedResult theirs = other.result;
        if (mine != null && theirs != null) {
            return mine.isSame(theirs, firstRowsOnly);
        }
        return mine == null && theirs == null && found.failure == other.failure;
    }

    private static CleatException failure(Found found) {
        final @Nullable CleatException failure = found.failure;
        return failure != null ? failure : new CleatException(ErrorCode.PROTOCOL, "neither result nor failure");
    }
}
