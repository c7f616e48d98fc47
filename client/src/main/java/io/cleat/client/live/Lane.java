// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.client.Connection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one at a time in the order given, on the thread of whoever gave the first of those that wait.
 *
 * <p>Thread-safe. A task may give others; it must neither wait nor run user code.
 */
final class Lane {
    private final Connection connection;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Runnable drain = this::drain;

    Lane(Connection connection) {
        this.connection = connection;
    }

    /** Has a task run by whoever polls: for the leader, and for tasks. */
    void post(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() == 0) {
            connection.later(drain);
        }
    }

    /** Runs a task on this thread, or has it run by the thread that is at it; then what came of it. Not for the leader, not for tasks. */
    void execute(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() == 0) {
            drain();
        }
        connection.runLater();
    }

    private void drain() {
        do {
            final @Nullable Runnable task = tasks.poll();
            try {
                if (task != null) {
                    task.run();
                }
            } catch (RuntimeException | Error e) {
                connection.later(() -> connection.onError(e));
            }
        } while (waiting.decrementAndGet() != 0);
    }
}
