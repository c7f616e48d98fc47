// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.client.TableChanges;

/** What table updates are routed to. In the lane. */
abstract class Routed {
    private long lastRouted;

    /** Some of the tables it wants were changed, or any may have, or the schema. */
    abstract void onChanges(TableChanges changes);

    /** Another coordinator took over: before {@link #onChanges}, with anything. */
    void onReattached() {}

    /** The connection has ended. */
    abstract void onEnd();

    /** Routes once, however many tables of it were changed. */
    final void route(long number, TableChanges changes) {
        if (lastRouted != number) {
            lastRouted = number;
            onChanges(changes);
        }
    }
}
