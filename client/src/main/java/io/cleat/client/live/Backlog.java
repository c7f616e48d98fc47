// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Requests and credits that could not be written at once, for want of room or because others were writing: tried again every tick,
 * requests in the order given. So nothing in the lane waits, and with it no thread that polls.
 *
 * <p>In the lane, but for {@link #isWaiting}.
 */
final class Backlog {
    private final Deque<RawCall> unsent = new ArrayDeque<>();
    private final Set<RawCall> owing = new LinkedHashSet<>();
    private volatile boolean waiting;

    /** Whether {@link #retry} has something to do. Any thread. */
    boolean isWaiting() {
        return waiting;
    }

    boolean hasUnsent() {
        return !unsent.isEmpty();
    }

    void addUnsent(RawCall call) {
        unsent.add(call);
        waiting = true;
    }

    void removeUnsent(RawCall call) {
        unsent.remove(call);
    }

    void addOwing(RawCall call) {
        owing.add(call);
        waiting = true;
    }

    void retry() {
        // Credits first: there is room kept for them.
        final List<RawCall> creditors = List.copyOf(owing);
        owing.clear();
        creditors.forEach(RawCall::tryCredit);
        for (@Nullable RawCall next = unsent.peek(); next != null && next.trySend(); next = unsent.peek()) {
            unsent.remove(next);
        }
        waiting = !(unsent.isEmpty() && owing.isEmpty());
    }
}
