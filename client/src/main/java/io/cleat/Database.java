// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import java.io.Serializable;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One attachment of this JVM to a database that a coordinator serves under a name.
 *
 * <p>Thread-safe. Blocking calls of different threads run on sessions of their own and do not wait for each other. Inside
 * {@link #transaction(TransactionBlock)}, {@link #snapshot} and {@link #exclusively} the calls of that thread, asynchronous ones
 * included, join the block. Close it when done: the
 * coordinator then frees what it holds for this client, as it does when the process dies.
 */
public final class Database extends BoundOperations implements AutoCloseable {
    private final Opening opening;
    private final LiveCalls live;

    Database(Opening opening) {
        super(new OpeningTarget(opening), CallOptions.OF_CONTEXT);
        this.opening = opening;
        this.live = new LiveCalls(opening);
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
     * timeout, and that of the {@link Schema} if there is one. When opening fails, all who waited are told, and the call after that tries again. What is asked of the database itself,
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
     * limit of outstanding ones is reached this blocks, by the deadline, until one completes. {@code cancel(true)} of the future has
     * the coordinator give the statement up too, if it comes in time; {@code cancel(false)} lets it run. Futures that were derived
     * from this one cancel nothing but themselves.
     *
     * @param sql one statement.
     * @param args its parameters; not used after the return.
     * @return completes on the completion executor; exceptionally with the {@link CleatException} that the blocking call throws.
     */
    public CompletableFuture<UpdateResult> updateAsync(String sql, @Nullable Object... args) {
        final DatabaseParts parts = opening.get();
        final CompletableFuture<UpdateResult> result =
                parts.async().update(parts.pool().sessionIdOfThread(), callTimeoutNs(parts), sql, args);
        parts.pool().sentInThread();
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
        final DatabaseParts parts = opening.get();
        final CompletableFuture<List<T>> result =
                parts.async().query(parts.pool().sessionIdOfThread(), callTimeoutNs(parts), sql, mapper, args);
        parts.pool().sentInThread();
        return result;
    }

    /**
     * As {@link #updateAsync}, for a batch.
     *
     * @param batch not used after the return.
     * @return what it changed.
     */
    public CompletableFuture<BatchResult> batchAsync(Batch batch) {
        final DatabaseParts parts = opening.get();
        final CompletableFuture<BatchResult> result =
                parts.async().batch(parts.pool().sessionIdOfThread(), callTimeoutNs(parts), batch);
        parts.pool().sentInThread();
        return result;
    }

    /**
     * Opens a session: a sequence of requests with its own transaction state. Costs nothing until its first request.
     *
     * @return for one thread at a time; close it.
     */
    public Session openSession() {
        final DatabaseParts parts = opening.get();
        return new Session(parts.pool().newSession(), OpeningTarget.options(options(), parts));
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
        live.announce(options(), updates);
    }

    /**
     * Asks which tables a statement reads and changes; it is not run.
     *
     * @param sql one statement.
     * @return the tables, with views, triggers and foreign keys resolved.
     * @throws SqlException when SQLite refuses the statement.
     */
    public StatementTables tablesOf(String sql) {
        return live.tablesOf(options(), sql);
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
        return live.watch().watch(sql, mapper, args);
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
        return live.watch().watchFirst(sql, mapper, args);
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

    /**
     * Asks what became of a write, of this client or of another one, also after its coordinator or its client is gone.
     *
     * @param id from {@link RequestException#requestId()}.
     * @return applied, with the result; not applied; not decided yet; or forgotten: a client's last 2,047 applied writes are known.
     */
    public RequestOutcome outcome(RequestId id) {
        final DatabaseParts parts = opening.get();
        return parts.outcomes().ask(id, callTimeoutNs(parts));
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

    /** {@return a text with which another process finds this database, by {@link ClientContext#ofHandle}: name and directory} */
    public String handle() {
        return connection().handle();
    }

    /**
     * Runs a block in a transaction that another thread or JVM has open, on a session of its own. It sees and changes what the
     * transaction does; who began it commits or rolls back, and best waits meanwhile. Plain calls on this database by the thread that
     * runs the block join the transaction too.
     *
     * @param handle of {@link Transaction#handle()}.
     * @param block to run, on the calling thread; its transaction can be nested in, but not rolled back.
     * @param <T> what it returns.
     * @param <X> what it may throw.
     * @return what the block returned; {@link #outcome} says of each of its writes that it is UNDECIDED until the transaction ends, then what became of it.
     * @throws X what the block threw; what it did by then stays in the transaction.
     * @throws CleatException MISUSE when the handle is not of a transaction of this database; TRANSACTION_ENDED when it has ended. At the end of the block, when
     *     the transaction was ended before or lost with its coordinator, the outcome is UNKNOWN: it may have been committed with what the block did.
     */
    public <T extends @Nullable Object, X extends Exception> T join(String handle, TransactionBlock<T, X> block)
            throws X {
        final DatabaseParts parts = opening.get();
        final DatabaseHandle asked = DatabaseHandle.parse(handle);
        final String own = parts.connection().handle();
        if (asked.token() == 0 || !asked.with(0).toString().equals(own)) {
            throw Failures.misuse(
                    "not the handle of a transaction of this database: handle=" + handle + " database=" + own);
        }
        return parts.pool().join(OpeningTarget.options(options(), parts), asked.token(), block);
    }

    /**
     * Runs a computation in a thread of its own that shares this database, and waits for it. Inside a transaction block its plain calls
     * on the database run in that transaction, on a session of their own; inside a snapshot or exclusive access, in that. So the caller
     * and the computation never wait for each other's turn. An interrupt of the caller is passed on to the computation's thread.
     *
     * @param computation runs once; may itself compute.
     * @param <R> what it returns.
     * @param <X> what it may throw.
     * @return what it returned, once its thread has ended with it: as long as the computation takes.
     * @throws X what it threw, with the frames of both threads.
     */
    public <R extends @Nullable Object, X extends Exception> R compute(Computation<R, X> computation) throws X {
        final DatabaseParts parts = opening.get();
        return new WorkerThread<>(this, parts.pool(), OpeningTarget.options(options(), parts), computation).run();
    }

    /**
     * Runs a computation in a JVM of its own, which attaches to the same database, and waits for it by the request timeout. See
     * {@link #computeInNewJvm(Duration, Class, Serializable)}.
     *
     * @param type the computation.
     * @param argument for it.
     * @param <A> of the argument.
     * @param <R> of the result.
     * @param <X> what it may throw.
     * @return its result.
     * @throws X what it threw.
     */
    public <A extends @Nullable Serializable, R extends @Nullable Serializable, X extends Exception> R computeInNewJvm(
            Class<? extends RemoteComputation<A, R, X>> type, A argument) throws X {
        return computeInNewJvm(Duration.ofNanos(callTimeoutNs(opening.get())), type, argument);
    }

    /**
     * Runs a computation in a JVM of its own, which attaches to the same database, and waits for it. The JVM is this one's Java with
     * this one's class path; it is killed at the deadline, and ends when this process ends. Inside a transaction block its plain calls
     * run in that transaction. Argument, result and exception travel by Java serialization through the pipes of the child, which is this
     * user's own process running this program's classes, so they are trusted as these are. What it prints, also on standard output,
     * comes out on our standard error.
     *
     * @param timeout from now, for starting the JVM (about half a second) and the computation; positive.
     * @param type the computation: a class with a constructor that takes nothing.
     * @param argument for it.
     * @param <A> of the argument.
     * @param <R> of the result.
     * @param <X> what it may throw.
     * @return its result.
     * @throws X what it threw, with the frames of both sides.
     * @throws CleatException TIMEOUT at the deadline; MISUSE when something cannot be serialized, and inside a snapshot or exclusive
     *     access, which another JVM cannot share; IO when the JVM cannot be started, or ended without a result.
     */
    public <A extends @Nullable Serializable, R extends @Nullable Serializable, X extends Exception> R computeInNewJvm(
            Duration timeout, Class<? extends RemoteComputation<A, R, X>> type, A argument) throws X {
        final DatabaseParts parts = opening.get();
        return new WorkerJvm<A, R, X>(parts, type).run(argument, Failures.timeoutNs(timeout));
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
        return OpeningTarget.options(options(), parts).timeoutNs();
    }
}
