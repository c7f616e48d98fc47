// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.client.TableChanges;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A running query that all listeners of the same SQL and arguments share: when it runs, and which result is good. In the lane.
 *
 * <p>A result that had not seen a commit known to touch its tables is run again instead of delivered, but not for ever: where
 * commits come faster than results, one in a few is delivered although it is behind.
 */
final class LiveSource extends Routed implements Footing.Listener, LiveRun.Listener {
    private static final int MAX_DISCARDED = 3;

    private final LiveHub hub;
    private final List<QueryKey> keys;
    private final Footing footing;
    private final LiveRun run;
    private final List<LiveReceiver> receivers = new ArrayList<>();
    private boolean grounded;
    private boolean queued;

    /** Whether something may have changed since the last run began. */
    private boolean dirty = true;

    /** The last commit known to touch the tables. */
    private long touchedSequence;

    private boolean touchedWhileRunning;
    private int discarded;
    private @Nullable EncodedResult last;
    private @Nullable CleatException failure;
    private boolean retrying;
    private long dueNs;

    LiveSource(LiveHub hub, List<QueryKey> keys) {
        this.hub = hub;
        this.keys = keys;
        this.run = new LiveRun(hub, keys, this);
        final Set<String> statements = new LinkedHashSet<>();
        keys.forEach(key -> statements.add(key.sql()));
        this.footing = new Footing(hub, this, List.copyOf(statements), this);
    }

    List<QueryKey> keys() {
        return keys;
    }

    void begin() {
        footing.begin();
    }

    void add(LiveReceiver receiver) {
        receivers.add(receiver);
        if (failure != null) {
            if (grounded) {
                dirty = true;
            } else {
                receiver.onFailure(hub.commitSequence(), failure);
            }
        } else if (last != null && !dirty && !run.isActive()) {
            receiver.onResult(last);
        }
        advance();
    }

    /** A receiver was closed, paused or resumed. */
    void refresh() {
        receivers.removeIf(LiveReceiver::isClosed);
        if (!receivers.isEmpty()) {
            advance();
        } else if (run.isActive()) {
            run.cancel();
            hub.runEnded();
            hub.drop(this);
        } else if (dirty || last == null) {
            hub.drop(this);
        } else {
            // Somebody may listen again at once: the result is good as long as nothing changes.
            hub.linger(this);
        }
    }

    boolean hasReceivers() {
        return !receivers.isEmpty();
    }

    /** It is forgotten. */
    void close() {
        footing.end();
    }

    @Override
    void onChanges(TableChanges changes) {
        touchedSequence = Math.max(touchedSequence, changes.commitSequence());
        if (receivers.isEmpty()) {
            hub.drop(this);
            return;
        }
        touchedWhileRunning = true;
        // What no commit stands behind is not known to be in the run in flight.
        dirty |= !run.isActive() || changes.manual() || changes.anything() || changes.outside();
        if (changes.schema() || changes.anything()) {
            dirty = true;
            grounded = false;
            footing.renew();
        }
        advance();
    }

    @Override
    void onReattached() {
        touchedSequence = 0;
        discarded = 0;
    }

    @Override
    void onEnd() {
        footing.end();
        run.cancel();
        receivers.forEach(LiveReceiver::onEnd);
        receivers.clear();
    }

    @Override
    public void onFooting(Wish wish, @Nullable CleatException cause) {
        if (!hub.isOpen()) {
            return; // The end is told instead.
        }
        grounded = cause == null;
        if (cause == null) {
            dirty = true;
            advance();
        } else {
            retryIfPassing(cause);
            fail(cause);
        }
    }

    @Override
    public void onRun(@Nullable EncodedResult result, @Nullable CleatException cause) {
        hub.runEnded();
        if (!hub.isOpen()) {
            return;
        }
        if (cause != null && Failing.isOfLostCoordinator(cause)) {
            // It runs again with the next one, which is no matter of the listeners.
            dirty = true;
        } else if (result == null) {
            final CleatException failed =
                    cause == null ? new CleatException(ErrorCode.PROTOCOL, "neither result nor failure") : cause;
            dirty |= touchedWhileRunning;
            retryIfPassing(failed);
            fail(failed);
        } else {
            final boolean behind = touchedSequence > result.commitSequence();
            dirty |= behind;
            if (behind && discarded < MAX_DISCARDED) {
                discarded++;
            } else {
                discarded = 0;
                accept(result);
            }
        }
        advance();
    }

    /** Runs at last, after it was queued. */
    void onTurn() {
        queued = false;
        advance();
    }

    void onTick(long nowNs) {
        if (retrying && nowNs - dueNs >= 0) {
            retrying = false;
            if (grounded) {
                dirty = true;
                advance();
            } else {
                footing.renew();
            }
        }
    }

    private void retryIfPassing(CleatException cause) {
        retrying = Failing.mayPass(cause);
        dueNs = System.nanoTime() + Failing.RETRY_NS;
    }

    private void advance() {
        if (!grounded || !dirty || queued || run.isActive() || !isWanted()) {
            return;
        }
        if (hub.mayRun(this)) {
            dirty = false;
            touchedWhileRunning = false;
            run.start(last);
        } else {
            queued = true;
        }
    }

    private boolean isWanted() {
        for (LiveReceiver receiver : receivers) {
            if (!receiver.isPaused()) {
                return true;
            }
        }
        return false;
    }

    private void accept(EncodedResult result) {
        last = result;
        failure = null;
        retrying = false;
        for (LiveReceiver receiver : receivers) {
            receiver.onResult(result);
        }
    }

    private void fail(CleatException cause) {
        final @Nullable CleatException known = failure;
        final boolean same = known != null
                && known.code() == cause.code()
                && String.valueOf(known.getMessage()).equals(cause.getMessage());
        final CleatException told = same && known != null ? known : cause;
        failure = told;
        for (LiveReceiver receiver : receivers) {
            receiver.onFailure(hub.commitSequence(), told);
        }
    }
}
