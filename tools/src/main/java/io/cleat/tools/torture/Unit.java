// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

/** What a journal says of one unit. Not thread-safe. */
final class Unit {
    /** What its worker was told. */
    enum State {
        /** Nothing: it was on its way when its worker was killed. */
        UNDECIDED,
        APPLIED,
        NOT_APPLIED,
        /** The worker was told that nobody knows. */
        UNKNOWN
    }

    private final int parts;
    private State state = State.UNDECIDED;

    Unit(int parts) {
        this.parts = parts;
    }

    int parts() {
        return parts;
    }

    State state() {
        return state;
    }

    void state(State now) {
        state = now;
    }
}
