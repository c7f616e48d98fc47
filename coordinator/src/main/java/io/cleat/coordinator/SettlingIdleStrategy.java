// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/**
 * Waits as if more were to come soon, and settles when nothing comes: spins, yields, parks from 1 µs up to 1 ms, and after about half a
 * second of nothing 4 ms at a time. A request after a long silence waits up to 4 ms; a stream of them never does.
 *
 * <p>Not thread-safe: one thread's.
 */
@SuppressWarnings("ThreadPriorityCheck") // giving way is what an idle strategy is for
final class SettlingIdleStrategy implements IdleStrategy {
    private static final int SPINS = 200;
    private static final int YIELDS = 50;
    private static final int PARKS_BEFORE_SETTLED = 500;
    private static final long MIN_PARK_NS = TimeUnit.MICROSECONDS.toNanos(1);
    private static final long MAX_PARK_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SETTLED_PARK_NS = TimeUnit.MILLISECONDS.toNanos(4);

    private int turns;
    private long parkNs = MIN_PARK_NS;

    @Override
    public void idle(int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        if (turns < SPINS) {
            turns++;
            Thread.onSpinWait();
        } else if (turns < SPINS + YIELDS) {
            turns++;
            Thread.yield();
        } else if (turns < SPINS + YIELDS + PARKS_BEFORE_SETTLED) {
            turns++;
            LockSupport.parkNanos(parkNs);
            parkNs = Math.min(parkNs << 1, MAX_PARK_NS);
        } else {
            LockSupport.parkNanos(SETTLED_PARK_NS);
        }
    }

    @Override
    public void reset() {
        turns = 0;
        parkNs = MIN_PARK_NS;
    }

    @Override
    public String alias() {
        return "settling";
    }
}
