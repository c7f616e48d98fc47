// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.tools.torture.Schedule.Blow;
import io.cleat.tools.torture.Schedule.Moment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Kills and suspends processes as the schedule says, none but those of the crew. Threading: the main thread. */
final class Chaos {
    private final Schedule schedule;
    private final Crew crew;
    private final Tally tally;
    private Moment next;
    private long nextNs;

    Chaos(Schedule schedule, Crew crew, Tally tally) {
        this.schedule = schedule;
        this.crew = crew;
        this.tally = tally;
        this.next = schedule.next();
        this.nextNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(next.delayMs());
    }

    /** When there is something to do next, in nanoseconds of {@link System#nanoTime}. */
    long dueNs() {
        long dueNs = nextNs;
        for (Member member : crew.present()) {
            if (member.isSuspended() && member.continueNs() - dueNs < 0) {
                dueNs = member.continueNs();
            }
        }
        return dueNs;
    }

    /** Does what is due. */
    void act() throws InterruptedException {
        for (Member member : crew.present()) {
            if (member.isSuspended() && System.nanoTime() - member.continueNs() >= 0) {
                goOn(member);
            }
        }
        if (System.nanoTime() - nextNs >= 0) {
            for (Blow blow : next.blows()) {
                strike(blow);
            }
            next = schedule.next();
            nextNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(next.delayMs());
        }
    }

    /** Lets all go on. */
    void end() throws InterruptedException {
        for (Member member : crew.present()) {
            if (member.isSuspended()) {
                goOn(member);
            }
        }
    }

    private void strike(Blow blow) throws InterruptedException {
        final @Nullable Member target = target(blow);
        if (target == null || target.process().isKilled() || !(target.isReady() || blow.early())) {
            return;
        }
        if (blow.kills()) {
            tally.killed(target);
            target.process().killNow();
        } else if (!target.isSuspended()) {
            tally.stopped(target, blow.stopMs());
            target.suspend(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(blow.stopMs()));
        }
    }

    private @Nullable Member target(Blow blow) {
        if (blow.coordinator()) {
            return crew.coordinator().orElse(null);
        }
        final List<Member> candidates = crew.workers().stream()
                .filter(member -> !(blow.kills() && member.isSpared()))
                .toList();
        return candidates.isEmpty() ? null : candidates.get((int) (blow.choice() * candidates.size()));
    }

    private void goOn(Member member) throws InterruptedException {
        tally.note("go on " + member.name());
        member.goOn();
    }
}
