// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;

/** A listener of a live query. Its methods are called in the lane: they keep what they get, and neither wait nor throw. */
public interface LiveReceiver {
    /**
     * A result; the same rows perhaps as before.
     *
     * @param result the newest.
     */
    void onResult(EncodedResult result);

    /**
     * The query failed; the same failure perhaps as before.
     *
     * @param commitSequence the last commit known.
     * @param failure why.
     */
    void onFailure(long commitSequence, CleatException failure);

    /** Nothing comes any more. */
    void onEnd();

    /** {@return whether results are of no use now} */
    boolean isPaused();

    /** {@return whether it is to be forgotten} */
    boolean isClosed();
}
