// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import org.agrona.concurrent.Agent;

/**
 * Both agents in one, for a coordinator that its owner steps.
 *
 * <p>One thread only.
 */
final class StepAgent implements Agent {
    private final Conductor conductor;
    private final Housekeeper housekeeper;

    StepAgent(Conductor conductor, Housekeeper housekeeper) {
        this.conductor = conductor;
        this.housekeeper = housekeeper;
    }

    @Override
    public int doWork() {
        return conductor.doWork() + housekeeper.doWork();
    }

    @Override
    public void onClose() {
        conductor.onClose();
    }

    @Override
    public String roleName() {
        return conductor.roleName();
    }
}
