// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What is done to the processes and when; the same for the same seed. Not thread-safe. */
final class Schedule {
    private static final double MEAN_DELAY_MS = 1_500;
    private static final int MIN_DELAY_MS = 20;
    private static final int MAX_DELAY_MS = 6_000;
    private static final int MIN_STOP_MS = 10;
    private static final int MAX_STOP_MS = 3_000;
    private static final double TWO_AT_ONCE = 0.15;
    private static final double OF_COORDINATOR = 0.45;
    private static final double KILL = 0.6;
    /** Who is killed again and again before it is ready does no work that could go wrong. */
    private static final double EARLY = 0.25;

    private final SplittableRandom random;

    Schedule(long seed) {
        random = new SplittableRandom(seed);
    }

    /**
     * What is done to one process.
     *
     * @param coordinator whether it is the coordinator.
     * @param choice which of the others, from 0 to 1.
     * @param stopMs how long it is suspended; 0 to kill it.
     * @param early whether it strikes also who is not ready yet.
     */
    record Blow(boolean coordinator, double choice, int stopMs, boolean early) {
        boolean kills() {
            return stopMs == 0;
        }
    }

    /**
     * What is done at one moment.
     *
     * @param delayMs after the moment before.
     * @param blows one, or two at once.
     */
    record Moment(int delayMs, List<Blow> blows) {
        /** Copies the blows. */
        Moment {
            blows = List.copyOf(blows);
        }
    }

    /** The next moment. */
    Moment next() {
        final double wait = -Math.log(1 - random.nextDouble()) * MEAN_DELAY_MS;
        final int count = random.nextDouble() < TWO_AT_ONCE ? 2 : 1;
        final List<Blow> blows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            final boolean coordinator = random.nextDouble() < OF_COORDINATOR;
            final double choice = random.nextDouble();
            final boolean kill = random.nextDouble() < KILL;
            // Short ones and long ones alike.
            final double exponent = random.nextDouble();
            final int stopMs = (int) (MIN_STOP_MS * Math.pow((double) MAX_STOP_MS / MIN_STOP_MS, exponent));
            blows.add(new Blow(coordinator, choice, kill ? 0 : stopMs, random.nextDouble() < EARLY));
        }
        return new Moment((int) Math.min(MAX_DELAY_MS, Math.max(MIN_DELAY_MS, wait)), blows);
    }
}
