// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One attachment of this JVM to a database that a coordinator serves under a name.
 *
 * <p>Thread-safe. Blocking calls of different threads run on sessions of their own and do not wait for each other. Inside
 * {@link #transaction} the calls of that thread, asynchronous ones included, join the transaction. Close it when done: the
 * coordinator then frees what it holds for this client, as it does when the process dies.
 */
public final class Database extends BoundOperations implements AutoCloseable {
    private final Opening opening;

    Database(Opening opening) {
        super(new OpeningTarget(opening), OpeningTarget.TIMEOUT_OF_CONTEXT);
        this.opening = opening;
    }

    /**
     * Opens a database with the default options, waiting for its coordinator up to the connect timeout.
     *
     * @param name of the database.
     * @return the attachment.
     * @throws CleatException NOT_REGISTERED when nobody serves the name, INCOMPATIBLE, LIMIT, PERMISSION, or TIMEOUT.
     */
    public static Database open(String name) {
        return open(new ClientContext().name(name));
    }

    /**
     * Opens a database.
     *
     * @param context its options; serves this open only.
     * @return the attachment.
     * @throws CleatException NOT_REGISTERED when nobody serves the name, INCOMPATIBLE, LIMIT, PERMISSION, MISUSE or TIMEOUT.
     */
    public static Database open(ClientContext context) {
        final LazyOpening opening = new LazyOpening(context.conclude());
        opening.get();
        return new Database(opening);
    }

    /**
     * A database that is opened by its first call, whichever thread makes it; others that call meanwhile wait for that, by the connect
     * timeout. When opening fails, all who waited are told, and the call after that tries again. What is asked of the database itself,
     * such as {@link #clientId}, opens it too; {@link #name}, {@link #isOpen}, {@link #isClosed} and {@link #close} do not.
     *
     * @param context its options; serves this database only.
     * @return at once. Closed before the first call, it opens nothing, and later calls fail.
     * @throws CleatException MISUSE when an option is out of its range.
     */
    public static Database lazy(ClientContext context) {
        return new Database(new LazyOpening(context.conclude()));
    }

    /**
     * A database that is still to come, as an object that can be called now: calls wait for it by the default connect timeout. When the
     * stage fails, so does every call, with that as cause.
     *
     * @param stage yields the database, which belongs to the returned one from then on: closing that closes it, whenever it comes.
     * @return at once.
     */
    public static Database of(CompletionStage<Database> stage) {
        return new Database(new DelayedOpening(stage, new ClientContext().connectTimeoutNs()));
    }

    /**
     * As {@link #of(CompletionStage)}, with a timeout.
     *
     * @param stage yields the database.
     * @param timeout how long each call waits for it; positive.
     * @return at once.
     */
    public static Database of(CompletionStage<Database> stage, Duration timeout) {
        return new Database(new DelayedOpening(stage, Failures.timeoutNs(timeout)));
    }

    /**
     * Sends a statement and returns at once. Asynchronous calls are sent in the order made and run in that order. When the
     * limit of outstanding ones is reached this blocks, by the deadline, until one completes. Cancelling the future does not
     * cancel the statement.
     *
     * @param sql one statement.
     * @param args its parameters; not used after the return.
     * @return completes on the completion executor; exceptionally with the {@link CleatException} that the blocking call throws.
     */
    public CompletableFuture<UpdateResult> updateAsync(String sql, @Nullable Object... args) {
        final DatabaseParts parts = opening.get();
        return parts.async().update(parts.pool().sessionIdOfThread(), callTimeoutNs(parts), sql, args);
    }

    /**
     * As {@link #updateAsync}, for the rows of a statement.
     *
     * @param sql one statement.
     * @param mapper called once a row, on the completion executor.
     * @param args its parameters; not used after the return.
     * @param <T> what a row becomes.
     * @return all rows.
     */
    public <T> CompletableFuture<List<T>> queryAsync(String sql, RowMapper<T> mapper, @Nullable Object... args) {
        final DatabaseParts parts = opening.get();
        return parts.async().query(parts.pool().sessionIdOfThread(), callTimeoutNs(parts), sql, mapper, args);
    }

    /**
     * As {@link #updateAsync}, for a batch.
     *
     * @param batch not used after the return.
     * @return what it changed.
     */
    public CompletableFuture<BatchResult> batchAsync(Batch batch) {
        final DatabaseParts parts = opening.get();
        return parts.async().batch(parts.pool().sessionIdOfThread(), callTimeoutNs(parts), batch);
    }

    /**
     * Opens a session: a sequence of requests with its own transaction state. Costs nothing until its first request.
     *
     * @return for one thread at a time; close it.
     */
    public Session openSession() {
        final DatabaseParts parts = opening.get();
        return new Session(new SessionCore(parts.connection()), callTimeoutNs(parts));
    }

    /** Asks the coordinator to stop, and waits until it has agreed. Pending calls of all clients end with SHUTDOWN. */
    public void shutdownCoordinator() {
        final DatabaseParts parts = opening.get();
        final Connection connection = parts.connection();
        connection.newExchange().shutdown(connection.takeSessionId(), callTimeoutNs(parts));
    }

    /**
     * Detaches. Pending calls fail with {@link ClosedException}, later calls fail with it at once; sessions, rows and
     * statements of this are closed with it, and a transaction that is open is rolled back. Idempotent. One that is not open yet
     * is never opened.
     */
    @Override
    public void close() {
        opening.close();
    }

    /** {@return whether this was opened, and neither closed since, nor its coordinator stopped or lost; never waits} */
    public boolean isOpen() {
        final @Nullable DatabaseParts parts = opening.ifOpen();
        return parts != null && parts.connection().ended() == null;
    }

    /** {@return whether this was closed, or its coordinator stopped or was lost; false for one not opened yet; never waits} */
    public boolean isClosed() {
        final @Nullable DatabaseParts parts = opening.ifOpen();
        return parts == null ? opening.isClosedUnopened() : parts.connection().ended() != null;
    }

    /** {@return the name of the database} */
    public String name() {
        return opening.name();
    }

    /** {@return the id of this client, unique in this coordinator's life} */
    public long clientId() {
        return connection().clientId();
    }

    /** {@return the epoch of the coordinator: grows with every coordinator that takes the name} */
    public long epoch() {
        return connection().coordinator().epoch();
    }

    /** {@return the process id of the coordinator} */
    public long coordinatorPid() {
        return connection().header().coordinatorPid();
    }

    /** {@return the version of SQLite that serves the database, such as 3.54.1} */
    public String sqliteVersion() {
        return connection().header().sqliteVersion();
    }

    /** {@return the SQL dialect that the coordinator speaks, such as sqlite} */
    public String dialect() {
        return connection().header().dialect();
    }

    Opening opening() {
        return opening;
    }

    private Connection connection() {
        return opening.get().connection();
    }

    private long callTimeoutNs(DatabaseParts parts) {
        return OpeningTarget.timeoutNs(timeoutNs(), parts);
    }
}
