// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * Told of every request before it runs and after it was answered; may refuse it.
 *
 * <p>Called on the conductor, the one thread that serves all clients: whatever it does, all of them wait for. It must not call this
 * coordinator's database, nor wait for anybody.
 */
public interface RequestInterceptor {
    /**
     * A request is about to run, or to wait for the write turn.
     *
     * @param request who wants what.
     * @throws RuntimeException to refuse it: the client gets the code of a {@link io.cleat.CleatException}, else REFUSED, and the text;
     *     later interceptors are not asked. ROLLBACK, UNLOCK and CLOSE_SESSION, which only give back, cannot be refused: the exception goes to the error handler.
     */
    default void before(RequestDetails request) {}

    /**
     * A request was answered, or its result was sent to its end. Not told of what ends without an answer: its client has gone.
     *
     * @param request as it was before.
     * @param failure what the client was told; null when it succeeded.
     * @param durationNs since {@link #before}, in nanoseconds, waiting included.
     */
    default void after(RequestDetails request, @Nullable ErrorCode failure, long durationNs) {}
}
