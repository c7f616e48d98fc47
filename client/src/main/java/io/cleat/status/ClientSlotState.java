// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

/**
 * Where a slot of the client table is. Every edge is one compare and set of the slot's control word, which also holds the
 * claimant's pid and part of its client id: who was overtaken finds out instead of moving somebody else's slot.
 *
 * <pre>
 *   FREE --claim (client)--&gt; CLAIMED --request (client)--&gt; REQUESTED --attach (coordinator)--&gt; ATTACHED
 *    ^                          |                          |  |  |                           |  |
 *    |                          |                          |  |  +--detach (client)-----+    |  |
 *    +--withdraw (client), -----+                          |  |                         v    |  |
 *    |  free (coordinator: the claimant is dead)           |  |              DETACHING &lt;-----+  |
 *    |                                                     |  |              |  |  detach (client) |
 *    |         refuse (coordinator)                        |  |              |  |                |
 *    +-- withdraw (client) ----------- REFUSED &lt;-----------+  |              |  v  dead (coordinator: its lock is free)
 *    |   free (coordinator: the client is dead)               +--------------)-&gt; DEAD &lt;---------+
 *    |                                                                       |    |
 *    +----------------- free (coordinator, after cleaning) ------------------+----+
 * </pre>
 *
 * <p>Threading: immutable.
 */
public enum ClientSlotState {
    /** Nobody's. */
    FREE(0),
    /** A client is filling it in. */
    CLAIMED(1),
    /** A client asks to be attached, and holds its client lock. */
    REQUESTED(2),
    /** The coordinator serves the client. */
    ATTACHED(3),
    /** The coordinator does not want the client; refusal code and text say why. */
    REFUSED(4),
    /** The client said goodbye. */
    DETACHING(5),
    /** The coordinator found the client's lock free. */
    DEAD(6);

    private static final ClientSlotState[] STATES = values();

    private final int number;

    ClientSlotState(final int number) {
        this.number = number;
    }

    /**
     * The number that stands for this state in the file.
     *
     * @return 0 to 6, the same in every version.
     */
    public int number() {
        return number;
    }

    /** A number that nobody wrote reads as DEAD: the file is damaged, and nobody may act on the slot. */
    static ClientSlotState of(final int number) {
        return number >= 0 && number < STATES.length ? STATES[number] : DEAD;
    }
}
