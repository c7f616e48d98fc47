// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.Database;
import io.cleat.TableUpdates;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Listens to the updates of all tables and to two live queries, and checks what it is told. Threading: one thread works; the completion
 * executor's tells.
 */
final class ListenerWorker implements Worker {
    static final String BALANCES = "SELECT balance FROM accounts ORDER BY id";
    static final String NEWEST = "SELECT coalesce(max(id), 0) FROM facts";
    private static final long SETTLE_NS = TimeUnit.SECONDS.toNanos(20);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Attempts attempts;
    private final Journal journal;
    private final SequenceRule rule = new SequenceRule(); // guarded by itself
    private final AtomicLong updates = new AtomicLong();
    private final AtomicLong results = new AtomicLong();
    private @Nullable LiveState<List<Long>> balances;
    private @Nullable LiveState<List<Long>> newest;

    ListenerWorker(Attempts attempts) {
        this.attempts = attempts;
        this.journal = attempts.journal();
    }

    @Override
    public void open(Database database) {
        synchronized (rule) {
            rule.restart();
        }
        database.updates().listen(this::told);
        final LiveState<List<Long>> ofBalances = new LiveState<>("balances", attempts, results, found -> {
            final long sum = found.stream().mapToLong(Long::longValue).sum();
            return sum == Books.TOTAL ? null : "sum of balances expected=" + Books.TOTAL + " actual=" + sum;
        });
        final AtomicLong highest = new AtomicLong();
        final LiveState<List<Long>> ofNewest = new LiveState<>("newest", attempts, results, found -> {
            final long before = highest.getAndSet(found.get(0));
            return found.get(0) >= before ? null : "row " + before + " was seen, and now the newest is " + found;
        });
        database.watch(BALANCES, row -> row.getLong(0)).subscribe(ofBalances);
        database.watch(NEWEST, row -> row.getLong(0)).subscribe(ofNewest);
        balances = ofBalances;
        newest = ofNewest;
    }

    private void told(TableUpdates told) {
        updates.incrementAndGet();
        synchronized (rule) {
            final @Nullable String wrong = rule.take(told);
            if (wrong != null) {
                journal.violated("listener", wrong);
            }
        }
    }

    @Override
    public void work(Database database) {
        LockSupport.parkNanos(PAUSE_NS);
        if (required(newest).isEnded() && !database.isClosed()) {
            journal.violated("live", "a live query ended while its database is open");
            open(database);
        }
    }

    @Override
    public void settle(Database database) {
        final List<Long> expectedBalances = database.query(BALANCES, row -> row.getLong(0));
        final List<Long> expectedNewest = database.query(NEWEST, row -> row.getLong(0));
        final long deadlineNs = System.nanoTime() + SETTLE_NS;
        while (!Objects.equals(expectedBalances, required(balances).value())
                || !Objects.equals(expectedNewest, required(newest).value())) {
            if (System.nanoTime() - deadlineNs > 0) {
                journal.violated(
                        "live",
                        "20 s after the last write the live queries show "
                                + required(newest).value() + " "
                                + required(balances).value() + ", the tables hold " + expectedNewest + " "
                                + expectedBalances);
                break;
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
        final @Nullable List<Long> shownNewest = required(newest).value();
        journal.last(
                shownNewest == null ? -1 : shownNewest.get(0),
                String.valueOf(required(balances).value()));
    }

    private static LiveState<List<Long>> required(@Nullable LiveState<List<Long>> state) {
        return Objects.requireNonNull(state, "nothing was opened");
    }

    @Override
    public void count() {
        journal.count("updates", updates.get());
        journal.count("results", results.get());
    }
}
