// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How many threads and mappings processes have, from time to time: they may not grow with the time that a process runs. Nothing where
 * there is no {@code /proc}. Threading: the main thread.
 */
final class Growth {
    /** Until then a process is getting ready: classes are loaded, threads started. */
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(4);
    /** What comes and goes: compiler threads of the JVM, readers. */
    private static final int MORE_THREADS = 10;
    /** What comes and goes: files of queues, thread stacks, heap pages. */
    private static final int MORE_MAPPINGS = 120;

    private final Map<Member, Series> series = new HashMap<>();

    private record Sample(long threads, long mappings) {
        @Override
        public String toString() {
            return threads + " threads, " + mappings + " mappings";
        }
    }

    private static final class Series {
        private final Sample first;
        private final long firstNs;
        private Sample last;
        private long lastNs;

        Series(Sample first) {
            this.first = first;
            this.firstNs = System.nanoTime();
            this.last = first;
            this.lastNs = firstNs;
        }

        void add(Sample sample) {
            last = sample;
            lastNs = System.nanoTime();
        }

        long spanNs() {
            return lastNs - firstNs;
        }

        boolean isBounded() {
            return last.threads <= first.threads + MORE_THREADS && last.mappings <= first.mappings + MORE_MAPPINGS;
        }
    }

    /** Looks at those who are there. */
    void sample(List<Member> members) {
        for (Member member : members) {
            if (member.ageNs() > READY_NS && (member.kind() == null || member.isSpared())) {
                final @Nullable Sample sample = look(member.process().pid());
                if (sample != null) {
                    final @Nullable Series before = series.get(member);
                    if (before == null) {
                        series.put(member, new Series(sample));
                    } else {
                        before.add(sample);
                    }
                }
            }
        }
    }

    /**
     * The checks: the coordinator that lived longest, and the workers that were never killed.
     *
     * @param checks takes them.
     * @param spared who was never killed: each must have been looked at.
     * @param twice whether more than once.
     */
    void check(List<Check> checks, List<Member> spared, boolean twice) {
        for (Member member : spared) {
            final @Nullable Series found = series.get(member);
            if (found == null || (twice && found.spanNs() == 0)) {
                checks.add(Check.of(
                        "growth",
                        false,
                        member.name() + " was " + (found == null ? "never looked at" : "looked at only once")));
            }
        }
        @Nullable Member longest = null;
        for (Map.Entry<Member, Series> entry : series.entrySet()) {
            final boolean ofCoordinator = entry.getKey().kind() == null;
            if (!ofCoordinator) {
                check(checks, entry.getKey());
            } else if (longest == null
                    || entry.getValue().spanNs()
                            > java.util.Objects.requireNonNull(series.get(longest))
                                    .spanNs()) {
                longest = entry.getKey();
            }
        }
        if (longest != null) {
            check(checks, longest);
        }
    }

    private void check(List<Check> checks, Member member) {
        final Series found = java.util.Objects.requireNonNull(series.get(member));
        checks.add(Check.of(
                "growth",
                found.isBounded(),
                String.format(
                        "%s: %s, and %.0f s later %s", member.name(), found.first, found.spanNs() / 1e9, found.last)));
    }

    private static @Nullable Sample look(long pid) {
        final Path process = Path.of("/proc", Long.toString(pid));
        try (Stream<Path> threads = Files.list(process.resolve("task"));
                Stream<String> mappings =
                        Files.lines(process.resolve("maps"), java.nio.charset.StandardCharsets.ISO_8859_1)) {
            final Sample sample = new Sample(threads.count(), mappings.count());
            return sample.threads == 0 || sample.mappings == 0 ? null : sample;
        } catch (IOException | java.io.UncheckedIOException e) {
            // It has gone, or there is no such file system.
            return null;
        }
    }
}
