// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.CallWatch;
import io.cleat.client.Connection;
import io.cleat.client.Failed;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends the calls that are made through {@link SqlOperations#cancellable}, from any thread. Serves once: calls made after
 * {@link #cancel} are refused.
 *
 * <p>Thread-safe.
 */
public final class Cancellation {
    /** What became of a call that was to be cancelled. */
    public enum Fate {
        /** It was withdrawn before it began to run. */
        NOT_STARTED,
        /** It was stopped while it ran. A write that was stopped has had no effect. */
        INTERRUPTED,
        /** It ended by itself before: its caller has the result, or the error that it ended with. */
        TOO_LATE,
        /** The coordinator did not say in time. */
        UNKNOWN
    }

    private final Set<Watched> running = new LinkedHashSet<>(); // guarded by this
    private volatile boolean cancelled; // written under this

    /** Begins with no calls. */
    public Cancellation() {}

    /**
     * Asks the coordinator to give up every call that runs, and refuses later ones. Does not wait. A blocked caller gets a
     * {@link CancelledException}, or its result when that was there first. A transaction whose block is running is not committed any
     * more. Idempotent: what was cancelled before is not told again.
     *
     * @return what became of each call, in the order sent; completes when all have ended, at most the timeout of each later, on the
     *     completion executor.
     */
    public CompletableFuture<List<Fate>> cancel() {
        final List<Watched> calls;
        synchronized (this) {
            cancelled = true;
            calls = new ArrayList<>(running);
            running.clear();
        }
        final List<CompletableFuture<Fate>> fates = new ArrayList<>(calls.size());
        for (Watched call : calls) {
            fates.add(call.cancel());
        }
        if (calls.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        // What the caller hangs on it must run on none of the threads that poll.
        final Executor completions = calls.get(0).connection.completions();
        return CompletableFuture.allOf(fates.toArray(CompletableFuture<?>[]::new))
                .thenApplyAsync(
                        nothing -> fates.stream().map(CompletableFuture::join).toList(),
                        task -> execute(completions, task));
    }

    private static void execute(Executor completions, Runnable task) {
        try {
            completions.execute(task);
        } catch (RejectedExecutionException e) {
            // It was shut down: somebody has to complete the future all the same.
            task.run();
        }
    }

    /** {@return whether {@link #cancel} was called} */
    public boolean isCancelled() {
        return cancelled;
    }

    void ensureNotCancelled() {
        if (cancelled) {
            throw new CancelledException(
                    "the call was cancelled before it was sent",
                    Outcome.NOT_APPLIED,
                    Stage.NOT_STARTED,
                    null,
                    null,
                    null);
        }
    }

    /** For one call with a timeout. */
    CallWatch watch(Connection connection, long timeoutNs) {
        ensureNotCancelled();
        return new Watched(connection, timeoutNs);
    }

    private boolean add(Watched call) {
        synchronized (this) {
            if (!cancelled) {
                running.add(call);
            }
            return !cancelled;
        }
    }

    private void remove(Watched call) {
        synchronized (this) {
            running.remove(call);
        }
    }

    /** One call. */
    private final class Watched implements CallWatch {
        private final Connection connection;
        private final long timeoutNs;
        private final CompletableFuture<Fate> fate = new CompletableFuture<>();
        private volatile long sequence;
        private volatile int sessionId;

        Watched(Connection connection, long timeoutNs) {
            this.connection = connection;
            this.timeoutNs = timeoutNs;
        }

        @Override
        public void onNumbered(long ofSequence, int ofSessionId) {
            sequence = ofSequence;
            sessionId = ofSessionId;
        }

        /** Not before: the pieces of a long request must not be dropped while the others are still written. */
        @Override
        public void onSent() {
            if (!add(this)) {
                connection.cancel(sequence, sessionId);
            } else if (fate.isDone()) {
                remove(this);
            }
        }

        @Override
        public void onEnd(@Nullable Failed failed, boolean isAbandoned) {
            fate.complete(fate(failed, isAbandoned));
            remove(this);
        }

        CompletableFuture<Fate> cancel() {
            connection.cancel(sequence, sessionId);
            return fate.completeOnTimeout(Fate.UNKNOWN, timeoutNs, TimeUnit.NANOSECONDS);
        }

        private static Fate fate(@Nullable Failed failed, boolean isAbandoned) {
            if (failed != null && failed.code() == ErrorCode.CANCELLED) {
                return failed.stage() == Stage.NOT_STARTED ? Fate.NOT_STARTED : Fate.INTERRUPTED;
            }
            return isAbandoned || (failed != null && failed.stage() == Stage.UNKNOWN) ? Fate.UNKNOWN : Fate.TOO_LATE;
        }
    }
}
