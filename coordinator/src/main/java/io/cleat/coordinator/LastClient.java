// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.status.ClientSlot;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends a coordinator that serves for as long as it has clients: the only one it takes, or any, and some time after the last.
 *
 * <p>Not thread-safe: the housekeeper's.
 */
final class LastClient {
    private final boolean singleClient;
    private final long graceNs;
    private final Consumer<String> stop;
    private @Nullable String first;
    private long emptySinceNs;
    private boolean wasEmpty;
    private boolean stopped;

    /** Calls {@code stop} once, with the reason. */
    LastClient(CoordinatorContext context, Consumer<String> stop) {
        this.singleClient = context.isSingleClient();
        this.graceNs = context.isSingleClient() ? 0 : context.stopAfterLastClientNs();
        this.stop = stop;
    }

    /** Why one who wants to attach cannot, or null. */
    @Nullable
    String refusal() {
        return singleClient && first != null
                ? "this coordinator serves a single client, and has had it: " + first
                : null;
    }

    /** Somebody is being attached. */
    void arrived(ClientSlot slot) {
        if (first == null) {
            first = "client=" + slot.name() + " id=" + Long.toHexString(slot.clientId()) + " pid=" + slot.pid();
        }
    }

    /**
     * Looks whether it is time to stop.
     *
     * @param nowNs of System.nanoTime.
     * @param clientCount attached, or not yet cleaned up after.
     */
    void poll(long nowNs, int clientCount) {
        final boolean empty = clientCount == 0;
        if (empty && !wasEmpty) {
            emptySinceNs = nowNs;
        }
        wasEmpty = empty;
        if (empty && first != null && graceNs >= 0 && !stopped && nowNs - emptySinceNs >= graceNs) {
            stopped = true;
            stop.accept(
                    singleClient
                            ? "its only client has left: " + first
                            : "its last client has left, and none came within graceMs=" + graceNs / 1_000_000);
        }
    }
}
