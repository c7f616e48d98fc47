// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a database that somebody else opens. Closing it closes that one, also when it comes later.
 *
 * <p>Thread-safe.
 */
final class DelayedOpening implements Opening {
    private final CompletableFuture<Database> future = new CompletableFuture<>();
    private final long timeoutNs;

    DelayedOpening(CompletionStage<Database> stage, long timeoutNs) {
        this.timeoutNs = timeoutNs;
        stage.whenComplete((database, failure) -> {
            final boolean taken =
                    failure == null ? future.complete(database) : future.completeExceptionally(cause(failure));
            if (!taken && database != null) {
                database.close();
            }
        });
    }

    @Override
    public DatabaseParts get() {
        return await().opening().get();
    }

    @Override
    public @Nullable DatabaseParts ifOpen() {
        final @Nullable Database database = ifThere();
        return database == null ? null : database.opening().ifOpen();
    }

    @Override
    public boolean isClosedUnopened() {
        final @Nullable Database database = ifThere();
        return database == null
                ? future.isCompletedExceptionally()
                : database.opening().isClosedUnopened();
    }

    @Override
    public String name() {
        return await().name();
    }

    @Override
    public void close() {
        future.completeExceptionally(Failures.closed("the database was closed before it was there"));
        final @Nullable Database database = ifThere();
        if (database != null) {
            database.close();
        }
    }

    private @Nullable Database ifThere() {
        return future.isCompletedExceptionally() ? null : future.getNow(null);
    }

    private Database await() {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get(Math.max(0, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (TimeoutException e) {
            throw new CleatException(
                    ErrorCode.TIMEOUT,
                    "the promised database was not there in time: timeoutMs=" + timeoutNs / 1_000_000,
                    e);
        } catch (ExecutionException e) {
            throw failed(cause(e));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static CleatException failed(Throwable cause) {
        final String text = "the promised database did not come: " + cause.getMessage();
        if (cause instanceof ClosedException) {
            return new ClosedException(ErrorCode.CLOSED, text, Outcome.NOT_APPLIED, null, null, cause);
        }
        return new CleatException(cause instanceof CleatException known ? known.code() : ErrorCode.CLOSED, text, cause);
    }

    private static Throwable cause(Throwable failure) {
        final @Nullable Throwable cause = failure.getCause();
        return (failure instanceof CompletionException || failure instanceof ExecutionException) && cause != null
                ? cause(cause)
                : failure;
    }
}
