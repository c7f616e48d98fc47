// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One attachment of this JVM to a database that a coordinator serves under a name.
 *
 * <p>Thread-safe. Blocking calls of different threads run on sessions of their own and do not wait for each other. Inside
 * {@link #transaction} the calls of that thread, asynchronous ones included, join the transaction. Close it when done: the
 * coordinator then frees what it holds for this client, as it does when the process dies.
 */
public final class Database extends BoundOperations implements AutoCloseable {
    private final Connection connection;
    private final SessionPool pool;
    private final AsyncCalls async;

    private Database(Connection connection, SessionPool pool) {
        super(pool, connection.context().requestTimeoutNs());
        this.connection = connection;
        this.pool = pool;
        this.async = new AsyncCalls(connection);
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
        final Connection connection = Connection.open(context.conclude());
        return new Database(connection, new SessionPool(connection));
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
        return async.update(pool.sessionIdOfThread(), timeoutNs(), sql, args);
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
        return async.query(pool.sessionIdOfThread(), timeoutNs(), sql, mapper, args);
    }

    /**
     * As {@link #updateAsync}, for a batch.
     *
     * @param batch not used after the return.
     * @return what it changed.
     */
    public CompletableFuture<BatchResult> batchAsync(Batch batch) {
        return async.batch(pool.sessionIdOfThread(), timeoutNs(), batch);
    }

    /**
     * Opens a session: a sequence of requests with its own transaction state. Costs nothing until its first request.
     *
     * @return for one thread at a time; close it.
     */
    public Session openSession() {
        return new Session(new SessionCore(connection), timeoutNs());
    }

    /** Asks the coordinator to stop, and waits until it has agreed. Pending calls of all clients end with SHUTDOWN. */
    public void shutdownCoordinator() {
        connection.newExchange().shutdown(connection.takeSessionId(), timeoutNs());
    }

    /**
     * Detaches. Pending calls fail with {@link ClosedException}, later calls fail with it at once; sessions, rows and
     * statements of this are closed with it, and a transaction that is open is rolled back. Idempotent.
     */
    @Override
    public void close() {
        connection.close();
    }

    /** {@return whether this was closed, or its coordinator stopped or was lost} */
    public boolean isClosed() {
        return connection.ended() != null;
    }

    /** {@return the name of the database} */
    public String name() {
        return connection.context().name();
    }

    /** {@return the id of this client, unique in this coordinator's life} */
    public long clientId() {
        return connection.clientId();
    }

    /** {@return the epoch of the coordinator: grows with every coordinator that takes the name} */
    public long epoch() {
        return connection.coordinator().epoch();
    }

    /** {@return the process id of the coordinator} */
    public long coordinatorPid() {
        return connection.header().coordinatorPid();
    }

    /** {@return the version of SQLite that serves the database, such as 3.54.1} */
    public String sqliteVersion() {
        return connection.header().sqliteVersion();
    }

    /** {@return the SQL dialect that the coordinator speaks, such as sqlite} */
    public String dialect() {
        return connection.header().dialect();
    }
}
