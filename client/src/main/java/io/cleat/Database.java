// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
    private final LiveCalls live;

    private Database(Connection connection, SessionPool pool) {
        super(pool, connection.context().requestTimeoutNs());
        this.connection = connection;
        this.pool = pool;
        this.async = new AsyncCalls(connection);
        this.live = new LiveCalls(connection, pool);
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
        final CompletableFuture<UpdateResult> result = async.update(pool.sessionIdOfThread(), timeoutNs(), sql, args);
        pool.sentInThread();
        return result;
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
        final CompletableFuture<List<T>> result = async.query(pool.sessionIdOfThread(), timeoutNs(), sql, mapper, args);
        pool.sentInThread();
        return result;
    }

    /**
     * As {@link #updateAsync}, for a batch.
     *
     * @param batch not used after the return.
     * @return what it changed.
     */
    public CompletableFuture<BatchResult> batchAsync(Batch batch) {
        final CompletableFuture<BatchResult> result = async.batch(pool.sessionIdOfThread(), timeoutNs(), batch);
        pool.sentInThread();
        return result;
    }

    /**
     * Opens a session: a sequence of requests with its own transaction state. Costs nothing until its first request.
     *
     * @return for one thread at a time; close it.
     */
    public Session openSession() {
        return new Session(new SessionCore(connection), timeoutNs());
    }

    /**
     * The table updates of all tables. See {@link UpdateStream}.
     *
     * @return to be listened to; any number of times.
     */
    public UpdateStream updates() {
        return live.updates();
    }

    /**
     * The table updates of some tables, of any kind.
     *
     * @param tables their names, at least one; without regard to ASCII case. They need not exist.
     * @return to be listened to.
     * @throws CleatException of code MISUSE when there is none, or one is empty.
     */
    public UpdateStream updates(String... tables) {
        return live.updates(Arrays.stream(tables).map(TableUpdate::any).toList());
    }

    /**
     * The table updates of some tables and kinds.
     *
     * @param wanted the pairs, at least one; kind ANY for all kinds.
     * @return to be listened to.
     * @throws CleatException of code MISUSE when there is none.
     */
    public UpdateStream updates(TableUpdate... wanted) {
        return live.updates(List.of(wanted));
    }

    /**
     * The table updates of the tables that a query reads, through views too. They are asked for when somebody listens, and again when the
     * schema changes; if they are others then, there is one update with {@link TableUpdates#anything()}.
     *
     * @param sql a SELECT.
     * @return to be listened to.
     */
    public UpdateStream updatesOfQuery(String sql) {
        return live.updatesOfQuery(sql);
    }

    /**
     * Announces that tables changed: listeners, of this client too, get an update, and live queries run again. In a transaction's block
     * it goes with the commit. Returns when the coordinator has it. Listeners are called by the completion executor, not by this call (unless that
     * executor runs what it gets at once, on this thread, which polls while it waits).
     *
     * @param updates the tables; none does nothing.
     */
    public void announce(TableUpdate... updates) {
        live.announce(timeoutNs(), updates);
    }

    /**
     * Asks which tables a statement reads and changes; it is not run.
     *
     * @param sql one statement.
     * @return the tables, with views, triggers and foreign keys resolved.
     * @throws SqlException when SQLite refuses the statement.
     */
    public StatementTables tablesOf(String sql) {
        return live.tablesOf(timeoutNs(), sql);
    }

    /**
     * A query whose rows are delivered again whenever a commit changed them. In a transaction's block it is live in that transaction, as
     * {@link Transaction#watch}. Nothing is checked and nothing runs before somebody listens.
     *
     * @param sql a SELECT.
     * @param mapper called once a row, on the completion executor, for each listener.
     * @param args its parameters; not used after the return.
     * @param <T> what a row becomes.
     * @return to be listened to, any number of times, from any thread.
     */
    public <T> LiveQuery<List<T>> watch(String sql, RowMapper<T> mapper, @Nullable Object... args) {
        return live.watch(sql, mapper, args);
    }

    /**
     * As {@link #watch}, for the first row. Delivered again only when the first row is another.
     *
     * @param sql a SELECT; give it LIMIT 1 if it may find many.
     * @param mapper called at most once a result.
     * @param args its parameters.
     * @param <T> what the row becomes.
     * @return of the mapped row; empty when there is none, or it was mapped to null.
     */
    public <T> LiveQuery<Optional<T>> watchFirst(String sql, RowMapper<T> mapper, @Nullable Object... args) {
        return live.watchFirst(sql, mapper, args);
    }

    /**
     * Several live queries as one, whose results are always those of one commit: whenever one of them is touched, all run in one snapshot.
     *
     * @param queries of this database, not of a transaction; at least one.
     * @return to be listened to.
     * @throws CleatException of code MISUSE when there is none, or one is of another database or of a transaction.
     */
    public LiveQuery<LiveResults> watchTogether(LiveQuery<?>... queries) {
        return live.watchTogether(queries);
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
