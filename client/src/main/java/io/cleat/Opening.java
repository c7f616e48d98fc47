// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/** How a {@link Database} comes by its parts: at once, at the first call, or out of a future. Thread-safe. */
sealed interface Opening permits OpenedAlready, LazyOpening, DelayedOpening {
    /**
     * The parts, opened if need be; waits by the connect timeout.
     *
     * @throws ClosedException when this was closed before it was open.
     * @throws CleatException why it cannot be opened, with the frames of the calling thread.
     */
    DatabaseParts get();

    /** The parts, when they are there; also after they were closed. Never waits. */
    @Nullable
    DatabaseParts ifOpen();

    /** Whether {@link #close} was called before anything was open. */
    boolean isClosedUnopened();

    /** The name of the database; may wait as {@link #get} does. */
    String name();

    /** Detaches, or forbids to open. Idempotent. */
    void close();
}
