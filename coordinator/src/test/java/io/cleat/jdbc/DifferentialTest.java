// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random programs of JDBC calls on this driver and on sqlite-jdbc: what they give, and what is in the databases at the end, must be the
 * same, but for {@link KnownDifferences}. A failure tells the seed and the fewest steps that were found to fail;
 * {@code -Dcleat.diff.seed=S -Dcleat.diff.programs=1} repeats it, and more programs, and longer ones, are run by
 * {@code -Dcleat.diff.programs=N -Dcleat.diff.steps=M}.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
final class DifferentialTest {
    private static final long SEED = Long.getLong("cleat.diff.seed", 1);
    private static final int PROGRAMS = Integer.getInteger("cleat.diff.programs", 30);
    private static final int STEPS = Integer.getInteger("cleat.diff.steps", 150);

    /** 2 is not in the gate yet: failed statements that sqlite-jdbc does not reset seem to keep its lock, which is to be told apart first. */
    private static final int CONNECTIONS = Integer.getInteger("cleat.diff.connections", 1);

    @TempDir
    Path folder;

    private int runs;

    @Test
    void shouldDoAsSqliteJdbcWhenProgramsAreRandom() throws Exception {
        final int connections = CONNECTIONS;
        for (long seed = SEED; seed < SEED + PROGRAMS; seed++) {
            final List<DiffStep> program = DiffProgram.of(seed, STEPS, connections);
            final DiffRun.@Nullable Difference difference = run(program);
            if (difference != null) {
                fail(report(seed, connections, shortened(program, difference)));
            }
        }
    }

    private DiffRun.@Nullable Difference run(List<DiffStep> program) throws Exception {
        final Path place = Files.createDirectory(folder.resolve("run" + runs++));
        return DiffRun.of(program, place);
    }

    /** Leaves steps out as long as something still differs. */
    private List<DiffStep> shortened(List<DiffStep> program, DiffRun.Difference found) throws Exception {
        List<DiffStep> shortest = program.subList(0, Math.min(program.size(), found.at() + 1));
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        for (int chunk = shortest.size() / 2; chunk > 0; chunk = chunk == 1 ? 0 : (chunk + 1) / 2) {
            for (int from = shortest.size() - chunk; from >= 0 && System.nanoTime() < deadline; from -= chunk) {
                final List<DiffStep> shorter = new ArrayList<>(shortest);
                shorter.subList(from, from + chunk).clear();
                final DiffRun.@Nullable Difference difference = run(shorter);
                if (difference != null && kind(difference).equals(kind(found))) {
                    shortest = shorter;
                }
            }
        }
        return shortest;
    }

    /** So that one failure is not taken for another one. */
    private static String kind(DiffRun.Difference difference) {
        return difference.step();
    }

    private String report(long seed, int connections, List<DiffStep> program) throws Exception {
        final DiffRun.@Nullable Difference difference = run(program);
        final StringBuilder text = new StringBuilder("seed " + seed + ", " + connections + " connection(s):");
        program.forEach(step -> text.append("\n  ").append(step));
        if (difference != null) {
            text.append("\nat: ").append(difference.step());
            text.append("\nours:   ").append(difference.ours());
            text.append("\ntheirs: ").append(difference.theirs());
        }
        return text.toString();
    }
}
