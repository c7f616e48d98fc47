// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One computation in a thread of its own, for {@link Database#compute}. The caller waits for the end of the thread, so its session may
 * be lent, and what the thread wrote is seen.
 *
 * @param <R> the result.
 * @param <X> what the computation may throw.
 */
final class WorkerThread<R extends @Nullable Object, X extends Exception> {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Database database;
    private final SessionPool pool;
    private final CallOptions options;
    private final Computation<R, X> computation;
    private final ThreadScopes.@Nullable Scope scope;
    private @Nullable R result;
    private @Nullable Throwable thrown;

    WorkerThread(Database database, SessionPool pool, CallOptions options, Computation<R, X> computation) {
        this.database = database;
        this.pool = pool;
        this.options = options;
        this.computation = computation;
        this.scope = pool.scopes().current();
    }

    R run() throws X {
        if (scope != null) {
            scope.guard().check();
        }
        final Thread thread = new Thread(this::work, "cleat-compute-" + COUNT.incrementAndGet());
        thread.setDaemon(true);
        thread.start();
        awaitEnd(thread);
        if (thrown != null) {
            throw WorkerThread.<X>rethrown(Traces.joined(thrown, thread.getName()));
        }
        return returned();
    }

    private void work() {
        try {
            result = compute();
        } catch (Throwable t) {
            thrown = t;
        }
    }

    private R compute() throws X {
        if (scope == null) {
            return computation.compute(database);
        }
        final long token = scope.session().state().token();
        if (token != 0) {
            return pool.join(options, token, transaction -> computation.compute(database));
        }
        // A snapshot or exclusive access cannot be joined, but lent while its thread waits.
        return SessionBlock.run(scope.session(), options, operations -> computation.compute(database), timeoutNs -> {});
    }

    private static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a computation throws is its X, or unchecked. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <X extends Exception> X rethrown(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return (X) thrown;
    }

    /** Null only where R allows it. */
    @SuppressWarnings("NullAway")
    private R returned() {
        return result;
    }
}
