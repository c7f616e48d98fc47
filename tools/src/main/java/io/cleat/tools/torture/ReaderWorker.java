// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.Database;
import io.cleat.Rows;
import io.cleat.SqlOperations;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Looks at the books in snapshots: the sum is right, nothing changes in one, nothing seen once is gone. Threading: one thread. */
final class ReaderWorker implements Worker {
    private static final String LOOK = "SELECT (SELECT sum(balance) FROM accounts), (SELECT max(id) FROM facts)";
    private static final String NEWEST = "SELECT id FROM facts ORDER BY id DESC LIMIT 5000";

    private final SplittableRandom random;
    private final Journal journal;
    private long snapshots;
    private long newestId;

    ReaderWorker(SplittableRandom random, Attempts attempts) {
        this.random = random;
        this.journal = attempts.journal();
    }

    private record Look(long sum, long maxId) {}

    @Override
    public void work(Database database) {
        final Look seen = database.snapshot(operations -> {
            final Look first = look(operations);
            if (random.nextInt(4) == 0) {
                withoutGaps(operations);
            }
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(2_000)));
            final Look second = look(operations);
            if (!first.equals(second)) {
                journal.violated("snapshot", "one snapshot showed " + first + " and then " + second);
            }
            return second;
        });
        if (seen.sum != Books.TOTAL) {
            journal.violated("snapshot", "sum of balances expected=" + Books.TOTAL + " actual=" + seen.sum);
        }
        if (seen.maxId < newestId) {
            journal.violated("snapshot", "row " + newestId + " was seen, and now the newest is " + seen.maxId);
        }
        newestId = Math.max(newestId, seen.maxId);
        snapshots++;
    }

    private static Look look(SqlOperations operations) {
        return operations
                .queryFirst(LOOK, row -> new Look(row.getLong(0), row.isNull(1) ? 0 : row.getLong(1)))
                .orElseThrow();
    }

    /** Nothing is deleted, so ids have no gaps. */
    private void withoutGaps(SqlOperations operations) {
        long before = 0;
        try (Rows rows = operations.rows(NEWEST)) {
            while (rows.next()) {
                final long id = rows.getLong(0);
                if (before != 0 && id != before - 1) {
                    journal.violated("snapshot", "row " + before + " comes after row " + id);
                }
                before = id;
            }
        }
    }

    @Override
    public void count() {
        journal.count("snapshots", snapshots);
    }
}
