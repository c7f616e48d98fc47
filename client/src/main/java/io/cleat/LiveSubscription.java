// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/**
 * A listener's hold on what it listens to. Thread-safe. No method waits, and none fails after the end or when the database was
 * closed.
 */
public sealed interface LiveSubscription extends AutoCloseable permits Listening {
    /** Stops delivery after what is being delivered, until {@link #resume}. Idempotent. */
    void pause();

    /**
     * Goes on. A live query delivers the newest result, if it differs from the one delivered last; table updates, those that were
     * kept. Idempotent.
     */
    void resume();

    /** {@return whether something may be delivered still: neither closed, nor has the database or the transaction ended} */
    boolean isActive();

    /** Ends it: nothing is delivered after what is being delivered. The last listener's end cancels a run in flight. Idempotent. */
    @Override
    void close();
}
