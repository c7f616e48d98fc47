// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

/** Told of what the coordinator says unasked. Each method says who calls it; none may wait or throw. */
public interface ChangeHandler {
    /**
     * Tables were changed. By the leader, in the order of the records.
     *
     * @param changes what was said.
     */
    void onTableChanges(TableChanges changes);

    /** Another coordinator takes over: what it tells is not the next after what was told. By the thread that attaches, before a record is polled. */
    void onReattaching();

    /** Another coordinator took over: it was told nothing yet of what is wanted, and changes may have been missed. By any thread that does not lead. */
    void onReattached();

    /** The connection has ended. By any thread, once. */
    void onEnded();

    /**
     * Some time has passed. By the background thread.
     *
     * @param nowNs {@link System#nanoTime}.
     */
    void onTick(long nowNs);
}
