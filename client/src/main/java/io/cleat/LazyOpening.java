// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens at the first call: one thread opens, the others that call meanwhile wait for it. When it fails, all of them are told, and
 * the call after that tries again.
 *
 * <p>Thread-safe. Nobody holds the monitor while opening, so that closing never waits for an opening.
 */
final class LazyOpening implements Opening {
    private final ClientContext context;

    /** Once open, for ever. Written under the monitor. */
    private volatile @Nullable DatabaseParts open;

    private @Nullable Attempt attempt; // guarded by this
    private boolean closed; // guarded by this

    /** Of a concluded context. */
    LazyOpening(ClientContext context) {
        this.context = context;
    }

    @Override
    public DatabaseParts get() {
        final @Nullable DatabaseParts parts = open;
        return parts != null ? parts : join();
    }

    @Override
    public @Nullable DatabaseParts ifOpen() {
        return open;
    }

    @Override
    public synchronized boolean isClosedUnopened() {
        return closed && open == null;
    }

    @Override
    public String name() {
        return context.name();
    }

    @Override
    public void close() {
        final @Nullable DatabaseParts parts;
        synchronized (this) {
            closed = true;
            parts = open != null ? open : attempt != null ? attempt.parts : null;
        }
        if (parts != null) {
            parts.close();
        }
    }

    /** Opens, or waits for the thread that does. */
    private DatabaseParts join() {
        final Attempt mine = new Attempt(Thread.currentThread());
        final Attempt current;
        synchronized (this) {
            if (open != null) {
                return open;
            }
            if (closed) {
                throw closedUnopened();
            }
            if (attempt == null) {
                attempt = mine;
            }
            current = attempt;
            if (current.parts != null && current.opener == Thread.currentThread()) {
                // A hook of the opening uses the database that it opens.
                return current.parts;
            }
        }
        return current == mine ? open(mine) : await(current);
    }

    private DatabaseParts open(Attempt mine) {
        @Nullable Throwable failure = null;
        try {
            final DatabaseParts parts = DatabaseParts.of(Connection.open(context));
            attached(mine, parts);
            final @Nullable Schema schema = context.schema();
            if (schema != null) {
                new SchemaUpgrade(schema, new Database(new OpenedAlready(parts))).run();
            }
            return parts;
        } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
        } finally {
            end(mine, failure);
        }
    }

    /** From here on closing reaches the connection, and the opening thread may use it. */
    private void attached(Attempt mine, DatabaseParts parts) {
        final boolean late;
        synchronized (this) {
            mine.parts = parts;
            late = closed;
        }
        if (late) {
            parts.close();
            throw closedUnopened();
        }
    }

    private void end(Attempt mine, @Nullable Throwable failure) {
        synchronized (this) {
            mine.done = true;
            mine.failure = failure;
            attempt = null;
            if (failure == null) {
                open = mine.parts;
            }
            notifyAll();
        }
        if (failure != null && mine.parts != null) {
            mine.parts.close();
        }
    }

    private DatabaseParts await(Attempt other) {
        final long startNs = System.nanoTime();
        final @Nullable Throwable failure;
        synchronized (this) {
            awaitDone(other, startNs + timeoutNs());
            if (!other.done) {
                throw new CleatException(
                        ErrorCode.TIMEOUT,
                        "not open within the connect timeout and the schema's: name=" + context.name() + " waitedMs="
                                + (System.nanoTime() - startNs) / 1_000_000 + " for thread '"
                                + other.opener.getName() + "', which opens it");
            }
            if (open != null) {
                return open;
            }
            failure = other.failure;
        }
        throw new CleatException(
                failure instanceof CleatException known ? known.code() : ErrorCode.CLOSED,
                "thread '" + other.opener.getName() + "' could not open database '" + context.name() + "': " + failure,
                failure);
    }

    private long timeoutNs() {
        final @Nullable Schema schema = context.schema();
        return context.connectTimeoutNs() + (schema == null ? 0 : schema.timeoutNs());
    }

    /** Waits under the monitor, which it gives up meanwhile. The flag of an interrupted thread is kept. */
    private synchronized void awaitDone(Attempt other, long deadlineNs) {
        boolean interrupted = false;
        try {
            long remainingNs = deadlineNs - System.nanoTime();
            while (!other.done && remainingNs > 0) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(this, Math.max(remainingNs, 1_000_000));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                remainingNs = deadlineNs - System.nanoTime();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private ClosedException closedUnopened() {
        return Failures.closed("the database was closed before it was opened: name=" + context.name());
    }

    /** One try. Its fields are guarded by the opening. */
    private static final class Attempt {
        private final Thread opener;
        private @Nullable DatabaseParts parts;
        private @Nullable Throwable failure;
        private boolean done;

        Attempt(Thread opener) {
            this.opener = opener;
        }
    }
}
