// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.Stage;
import java.time.Instant;

/**
 * That a coordinator is gone while the connection lives on, and looks for another. Immutable.
 *
 * @param sinceNs when it was noticed, {@link System#nanoTime}.
 * @param at the same by the wall clock.
 * @param coordinator who it was, in words.
 * @param reason why it went, as far as is known.
 */
record Loss(long sinceNs, Instant at, String coordinator, String reason) {
    /** In words, with how long ago. */
    String describe() {
        return reason + " since=" + at + " lostMs=" + (System.nanoTime() - sinceNs) / 1_000_000 + ": " + coordinator;
    }

    /** What a call fails with that waited for the next coordinator in vain. */
    Failed failed(Outcome outcome, String waited) {
        return Failed.local(
                ErrorCode.COORDINATOR_LOST, outcome, waited + " and no other coordinator took over: " + describe());
    }

    /** What a call fails with whose rows had begun to arrive. */
    Failed interrupted(ErrorCode code, Outcome outcome) {
        return new Failed(code, 0, -1, outcome, Stage.STARTED, "the rows had begun to arrive and " + describe(), "");
    }
}
