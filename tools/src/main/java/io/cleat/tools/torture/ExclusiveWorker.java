// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.Database;
import io.cleat.SqlOperations;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Takes exclusive access now and then: nobody else writes between its writes. Threading: one thread. */
final class ExclusiveWorker implements Worker {
    private static final String RETURNING = Books.INSERT + " RETURNING id";

    private final SplittableRandom random;
    private final Attempts attempts;
    private final Journal journal;
    private long blocks;

    ExclusiveWorker(SplittableRandom random, Attempts attempts) {
        this.random = random;
        this.attempts = attempts;
        this.journal = attempts.journal();
    }

    @Override
    public void work(Database database) {
        database.exclusively(operations -> {
            final int count = 2 + random.nextInt(4);
            long before = 0;
            for (int i = 0; i < count; i++) {
                final long id = write(operations);
                if (id == 0) {
                    // What is exclusive was lost: the rest would go to nobody's turn.
                    return false;
                }
                if (before != 0 && id != before + 1) {
                    journal.violated("exclusive", "row " + before + " and then row " + id + ": somebody wrote between");
                }
                before = id;
            }
            blocks++;
            return true;
        });
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50 + random.nextInt(400)));
    }

    /** The id of the row; 0 when it was not acknowledged. */
    private long write(SqlOperations operations) {
        final long[] id = new long[1];
        final boolean acknowledged = attempts.attempt(
                1, "exclusive", unit -> id[0] = operations.queryLong(RETURNING, journal.worker(), unit, 0));
        return acknowledged ? id[0] : 0;
    }

    @Override
    public void count() {
        journal.count("exclusives", blocks);
    }
}
