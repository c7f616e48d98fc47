// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.client.TableChanges;
import org.jspecify.annotations.Nullable;

/** A listener of table updates. Its methods are called in the lane: they keep what they get, and neither wait nor throw. */
public interface UpdateReceiver {
    /**
     * The coordinator knows of the wish: no later commit is missed.
     *
     * @param failure why it does not, or null.
     */
    void onListening(@Nullable CleatException failure);

    /**
     * Tables were changed; perhaps none of the wish.
     *
     * @param wish whose updates are wanted.
     * @param changes what was changed.
     */
    void onChanges(Wish wish, TableChanges changes);

    /** Nothing comes any more. */
    void onEnd();

    /** {@return whether it is to be forgotten} */
    boolean isClosed();
}
