// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import org.jspecify.annotations.Nullable;

/** Is told of one call's way. Thread-safe: {@code onEnd} may come before {@code onSent} has returned. */
public interface CallWatch {
    /**
     * The request has its number, and is about to be written. Called on the caller's thread; must be short.
     *
     * @param sequence of the request.
     * @param sessionId of the request.
     */
    void onNumbered(long sequence, int sessionId);

    /** The request is in the queue. Called on the caller's thread. */
    default void onSent() {}

    /**
     * The call has ended, for whatever reason; once. Called on any thread that polls; must not wait.
     *
     * @param failed what it failed with, or null.
     * @param isAbandoned whether it was given up without the coordinator's word.
     */
    default void onEnd(@Nullable Failed failed, boolean isAbandoned) {}
}
