// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.Database;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A database that connections of this JVM share, counted by them.
 *
 * <p>Thread-safe. Who opens or closes it holds its monitor, so that others wait for that.
 */
final class SharedDatabase {
    /** Of what ends something, such as COMMIT; statements have timeouts of their own. */
    static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration DEFAULT_LINGER = Duration.ofSeconds(5);

    /** Options of an attachment that is yet to be made. */
    interface ContextSource {
        ClientContext context() throws SQLException;
    }

    private final @Nullable Duration linger;
    private final Runnable onEnd;
    private boolean ended; // guarded by this
    private @Nullable Database database; // guarded by this
    private int users; // guarded by this

    /** Grows with every use, so that who comes to close it knows whether it was used since. */
    private long uses; // guarded by this

    /** Not open yet; {@code onEnd} is called once, when it is of no more use. */
    SharedDatabase(@Nullable Duration linger, Runnable onEnd) {
        this.linger = linger;
        this.onEnd = onEnd;
    }

    /**
     * Counts one user more, and opens the database unless it is open.
     *
     * @return false when this is of no more use: then another one is.
     */
    synchronized boolean acquire(ContextSource source) throws SQLException {
        final @Nullable Database known = database;
        if (!ended && known != null && known.isClosed()) {
            // Its coordinator is gone for good. Who uses it still will be told.
            close();
        }
        if (ended) {
            return false;
        }
        if (database == null) {
            open(source);
        }
        users++;
        uses++;
        return true;
    }

    private synchronized void open(ContextSource source) throws SQLException {
        try {
            database = Database.open(source.context());
        } catch (CleatException e) {
            throw JdbcErrors.opening(e);
        } finally {
            if (database == null) {
                close();
            }
        }
    }

    /** The database, for who has acquired it; it may have ended since. */
    synchronized Database database() {
        if (database == null) {
            throw new IllegalStateException("the database was not acquired, or has ended");
        }
        return database;
    }

    /** One user less. */
    synchronized void release() {
        final @Nullable Database used = database;
        if (ended || used == null) {
            // Somebody found it ended.
            return;
        }
        users--;
        if (users > 0) {
            return;
        }
        final Duration wait = linger != null ? linger : isHostedHere(used) ? Duration.ZERO : DEFAULT_LINGER;
        if (wait.isZero() || used.isClosed()) {
            close();
        } else {
            final long last = uses;
            CompletableFuture.delayedExecutor(wait.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(() -> closeUnlessUsedSince(last));
        }
    }

    private synchronized void closeUnlessUsedSince(long last) {
        if (!ended && uses == last) {
            close();
        }
    }

    private synchronized void close() {
        final @Nullable Database known = database;
        database = null;
        ended = true;
        onEnd.run();
        if (known != null) {
            known.close();
        }
    }

    private static boolean isHostedHere(Database database) {
        return !database.isClosed()
                && database.coordinatorPid() == ProcessHandle.current().pid();
    }
}
