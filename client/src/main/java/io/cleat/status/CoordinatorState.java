// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

/**
 * Where a coordinator is in its life: STARTING, READY, CLOSING, then CLOSED or HANDED_OVER, in this order.
 *
 * <p>One that was killed stays what it was; its owner lock tells.
 *
 * <p>Threading: immutable.
 */
public enum CoordinatorState {
    /** It opens its database and its queues. */
    STARTING(0),
    /** It takes clients and requests. */
    READY(1),
    /** It finishes what it has begun and takes no new clients. */
    CLOSING(2),
    /** It stopped cleanly. */
    CLOSED(3),
    /** It stopped so that another one can come: its clients attach anew. */
    HANDED_OVER(4);

    private static final CoordinatorState[] STATES = values();

    private final int number;

    CoordinatorState(final int number) {
        this.number = number;
    }

    /**
     * The number that stands for this state in the file.
     *
     * @return 0 to 4, the same in every version.
     */
    public int number() {
        return number;
    }

    /**
     * Whether it has done its last.
     *
     * @return true of CLOSED and HANDED_OVER.
     */
    public boolean hasStopped() {
        return this == CLOSED || this == HANDED_OVER;
    }

    /** A number that nobody wrote reads as CLOSED: nothing may be asked of such a coordinator. */
    static CoordinatorState of(final int number) {
        return number >= 0 && number < STATES.length ? STATES[number] : CLOSED;
    }
}
