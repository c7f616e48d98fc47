// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/** Spins, or rests 1 ms at a time, as another thread says. {@link #spinning} from any thread, the rest by who idles. */
final class SwitchedIdleStrategy implements IdleStrategy {
    private static final long REST_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private volatile boolean spinning;

    /** Takes effect at the next idle cycle. */
    void spinning(boolean value) {
        spinning = value;
    }

    @Override
    public void idle(int workCount) {
        if (workCount <= 0) {
            idle();
        }
    }

    @Override
    public void idle() {
        if (spinning) {
            Thread.onSpinWait();
        } else {
            LockSupport.parkNanos(REST_NS);
        }
    }

    @Override
    public void reset() {}
}
