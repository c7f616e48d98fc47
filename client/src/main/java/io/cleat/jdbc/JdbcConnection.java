// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.Session;
import io.cleat.StatementDescription;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connection: a session of a database that this JVM's connections share, with a transaction by the rules of JDBC and SQLite.
 *
 * <p>Thread-safe: calls of several threads on it and what belongs to it run one after the other, under {@link #lock}, as in sqlite-jdbc.
 */
final class JdbcConnection extends RefusingConnection {
    private static final Duration DEFAULT_VALIDATION_TIMEOUT = Duration.ofSeconds(5);

    private final JdbcOptions options;
    private final SharedDatabase shared;
    private final Database database;
    private final Session session;
    private final JdbcTransactions transactions;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<OpenStatement> statements = new LinkedHashSet<>(); // guarded by lock
    private final boolean generatedKeys;
    private boolean autoCommit = true; // guarded by lock
    private boolean readOnly; // guarded by lock
    private int isolation = TRANSACTION_SERIALIZABLE; // guarded by lock
    private int savepointCount; // guarded by lock
    private long lastRowId; // guarded by lock
    private volatile @Nullable DateForms dateForms; // made when first needed
    private volatile int networkTimeoutMs;
    private volatile boolean closed;

    private JdbcConnection(JdbcOptions options, SharedDatabase shared) throws SQLException {
        this.options = options;
        this.shared = shared;
        database = shared.database();
        session = database.openSession();
        readOnly = options.isReadOnly();
        generatedKeys = options.getsGeneratedKeys();
        transactions = new JdbcTransactions(
                database,
                session,
                options.transactionMode() != JdbcOptions.TransactionMode.DEFERRED,
                options.busyTimeout(),
                this::resultsEnded);
    }

    /** Opens a connection, and the database if no other connection of this JVM has it open. */
    static JdbcConnection open(JdbcOptions options) throws SQLException {
        final SharedDatabase shared = SharedDatabases.OF_THIS_JVM.acquire(options);
        boolean opened = false;
        try {
            final JdbcConnection connection = new JdbcConnection(options, shared);
            connection.setPragmas();
            opened = true;
            return connection;
        } catch (CleatException e) {
            throw JdbcErrors.of(e);
        } finally {
            if (!opened) {
                shared.release();
            }
        }
    }

    private void setPragmas() {
        for (final Map.Entry<String, String> pragma : options.pragmas().entrySet()) {
            final String sql = "PRAGMA " + pragma.getKey() + " = " + pragma.getValue();
            session.update(sql);
            transactions.ran(sql);
        }
    }

    // What statements need ----------------------------------------------------------------------------------------

    /** Begins a use of the session: until {@link #unlock} no other thread uses it. */
    void lock() throws SQLException {
        lock.lock();
        if (closed) {
            lock.unlock();
            throw JdbcErrors.closedConnection();
        }
    }

    void unlock() {
        lock.unlock();
    }

    /**
     * The session to run a statement on, in the transaction or snapshot that it needs: the same one or another as the last time.
     *
     * @throws SQLException read only; busy; the snapshot is too old to write.
     */
    Session sessionFor(StatementDescription description) throws SQLException {
        return sessionFor(description.readOnly());
    }

    /** As {@link #sessionFor(StatementDescription)}, for what is known to write or not. */
    Session sessionFor(boolean reads) throws SQLException {
        ensureOpen();
        if (readOnly && !reads) {
            throw JdbcErrors.readOnly();
        }
        try {
            return transactions.sessionFor(reads);
        } catch (CleatException e) {
            throw failed(e);
        }
    }

    /** As {@link #sessionFor(StatementDescription)}, for a statement that {@linkplain SessionText#isOfSession asks or sets something of the session itself}. */
    Session sessionForItself(StatementDescription description, String sql) throws SQLException {
        if (!description.readOnly()) {
            return sessionFor(description);
        }
        ensureOpen();
        try {
            transactions.beforeOwn(sql);
        } catch (CleatException e) {
            throw failed(e);
        }
        return session;
    }

    /** Whether a statement has no effect in the transaction that is open, so that it need not be run. */
    boolean ignores(String sql) {
        return transactions.ignores(sql);
    }

    /** A statement that asks or sets something of the session was run. */
    void ranForItself(String sql) {
        transactions.ran(sql);
    }

    /** Whether a session is the connection's own, and not that of a snapshot. */
    boolean isOwn(Session other) {
        return other == session;
    }

    /** A result is being read on a session; it goes on when the transaction of a snapshot ends. */
    void resultOpened(Session on) {
        transactions.resultOpened(on);
    }

    /** A result that was opened is over. */
    void resultClosed(Session on) {
        transactions.resultClosed(on);
    }

    private void resultsEnded(Session on) {
        for (final OpenStatement statement : statements) {
            statement.sessionEnded(on);
        }
    }

    /** What a statement takes and gives, where it would be run; the error that a run would have. */
    StatementDescription describe(String sql) throws SQLException {
        ensureOpen();
        try {
            return transactions.describer(sql).describe(sql);
        } catch (CleatException e) {
            throw failed(e);
        }
    }

    /** Whether {@link #control} would answer a statement. */
    static boolean isControl(String sql) {
        return TransactionText.of(sql) != null;
    }

    /**
     * Answers a statement that is the connection's to answer: one that begins or ends a transaction or savepoint.
     *
     * @return false when it is not; then nothing was done.
     */
    boolean control(String sql) throws SQLException {
        final @Nullable TransactionText text = TransactionText.of(sql);
        if (text == null) {
            return false;
        }
        lock();
        try {
            switch (text.kind()) {
                case BEGIN -> transactions.begin();
                case BEGIN_IMMEDIATE -> transactions.beginImmediate();
                case COMMIT -> transactions.commit();
                case ROLLBACK -> transactions.rollback();
                case SAVEPOINT -> transactions.savepoint(text.name());
                case RELEASE -> transactions.release(text.name());
                case ROLLBACK_TO -> transactions.rollbackTo(text.name());
            }
        } catch (CleatException e) {
            throw failed(e);
        } finally {
            unlock();
        }
        return true;
    }

    /** What JDBC throws for it. */
    SQLException failed(CleatException e) {
        return JdbcErrors.of(e);
    }

    /** A statement belongs to this connection from now on. */
    void opened(OpenStatement statement) {
        statements.add(statement);
    }

    /** A statement was closed. */
    void closed(OpenStatement statement) {
        statements.remove(statement);
    }

    /** A statement has inserted a row. */
    void inserted(long rowId) {
        lastRowId = rowId;
    }

    /** The row id of the last row that a statement of this connection inserted; 0: none. */
    long lastRowId() {
        return lastRowId;
    }

    /** What last_insert_rowid() is for this connection. */
    long lastInsertRowId() throws SQLException {
        ensureOpen();
        try {
            return session.queryLong("SELECT last_insert_rowid()");
        } catch (CleatException e) {
            throw failed(e);
        }
    }

    Duration queryTimeoutDefault() {
        final int networkMs = networkTimeoutMs;
        final Duration timeout = options.queryTimeout();
        return networkMs == 0 || timeout.toMillis() < networkMs ? timeout : Duration.ofMillis(networkMs);
    }

    /** Whether generated keys are kept, which costs a little. */
    boolean getsGeneratedKeys() {
        return generatedKeys;
    }

    /** How dates are written and read. */
    DateForms dateForms() {
        @Nullable DateForms known = dateForms;
        if (known == null) {
            known = DateForms.of(options);
            dateForms = known;
        }
        return known;
    }

    int fetchSizeDefault() {
        return options.fetchSize();
    }

    Database database() {
        return database;
    }

    /** As it was given to the driver. */
    String url() {
        return options.url();
    }

    @Override
    void ensureOpen() throws SQLException {
        if (closed) {
            throw JdbcErrors.closedConnection();
        }
    }

    // Statements --------------------------------------------------------------------------------------------------

    @Override
    public Statement createStatement(int type, int concurrency, int holdability) throws SQLException {
        ensureOpen();
        checkCursor(type, concurrency, holdability);
        lock();
        try {
            return new JdbcStatement(this);
        } finally {
            unlock();
        }
    }

    @Override
    public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability)
            throws SQLException {
        ensureOpen();
        checkCursor(type, concurrency, holdability);
        lock();
        try {
            return new JdbcPreparedStatement(this, sql);
        } finally {
            unlock();
        }
    }

    @Override
    public DatabaseMetaData getMetaData() throws SQLException {
        ensureOpen();
        return new JdbcDatabaseMetaData(this);
    }

    // Transactions ------------------------------------------------------------------------------------------------

    @Override
    public void setAutoCommit(boolean wanted) throws SQLException {
        lock();
        try {
            if (autoCommit == wanted) {
                return;
            }
            if (wanted) {
                // Without a transaction, because it was ended by SQL, the mode changes all the same, as in sqlite-jdbc.
                autoCommit = !transactions.isOpen();
                transactions.commit();
                autoCommit = true;
            } else {
                autoCommit = false;
                transactions.begin();
            }
        } catch (CleatException e) {
            throw failed(e);
        } finally {
            unlock();
        }
    }

    @Override
    public boolean getAutoCommit() throws SQLException {
        lock();
        try {
            return autoCommit;
        } finally {
            unlock();
        }
    }

    @Override
    public void commit() throws SQLException {
        lock();
        try {
            ensureNoAutoCommit();
            transactions.commit();
            transactions.begin();
        } catch (CleatException e) {
            throw failed(e);
        } finally {
            unlock();
        }
    }

    @Override
    public void rollback() throws SQLException {
        lock();
        try {
            ensureNoAutoCommit();
            transactions.rollback();
            transactions.begin();
        } catch (CleatException e) {
            throw failed(e);
        } finally {
            unlock();
        }
    }

    @Override
    public Savepoint setSavepoint() throws SQLException {
        return setSavepoint(null, true);
    }

    @Override
    public Savepoint setSavepoint(String name) throws SQLException {
        return setSavepoint(name, false);
    }

    private Savepoint setSavepoint(@Nullable String name, boolean unnamed) throws SQLException {
        lock();
        try {
            if (!unnamed && name == null) {
                throw JdbcErrors.plain("a savepoint needs a name");
            }
            savepointCount++;
            final JdbcSavepoint savepoint =
                    name == null ? new JdbcSavepoint(savepointCount) : new JdbcSavepoint(savepointCount, name);
            // Outside of a transaction it begins one, as the SQL does.
            autoCommit = false;
            transactions.savepoint(savepoint.getSavepointName());
            return savepoint;
        } catch (CleatException e) {
            throw failed(e);
        } finally {
            unlock();
        }
    }

    @Override
    public void releaseSavepoint(Savepoint savepoint) throws SQLException {
        lock();
        try {
            ensureNoAutoCommit();
            transactions.release(nameOf(savepoint));
        } catch (CleatException e) {
            throw failed(e);
        } finally {
            unlock();
        }
    }

    @Override
    public void rollback(Savepoint savepoint) throws SQLException {
        lock();
        try {
            ensureNoAutoCommit();
            transactions.rollbackTo(nameOf(savepoint));
        } catch (CleatException e) {
            throw failed(e);
        } finally {
            unlock();
        }
    }

    private static String nameOf(@Nullable Savepoint savepoint) throws SQLException {
        if (savepoint == null) {
            throw JdbcErrors.plain("the savepoint is null");
        }
        return savepoint.getSavepointName();
    }

    private void ensureNoAutoCommit() throws SQLException {
        if (autoCommit) {
            throw JdbcErrors.plain("database in auto-commit mode");
        }
    }

    @Override
    public void setTransactionIsolation(int level) throws SQLException {
        lock();
        try {
            if (level != TRANSACTION_SERIALIZABLE
                    && level != TRANSACTION_REPEATABLE_READ
                    && level != TRANSACTION_READ_COMMITTED
                    && level != TRANSACTION_READ_UNCOMMITTED) {
                throw JdbcErrors.plain("Unsupported transaction isolation level: " + level
                        + ". Must be one of TRANSACTION_READ_UNCOMMITTED, TRANSACTION_READ_COMMITTED,"
                        + " TRANSACTION_REPEATABLE_READ, or TRANSACTION_SERIALIZABLE in java.sql.Connection");
            }
            // All of them are SERIALIZABLE: a transaction sees one commit, and what is written there.
            isolation = level;
        } finally {
            unlock();
        }
    }

    @Override
    public int getTransactionIsolation() throws SQLException {
        lock();
        try {
            return isolation;
        } finally {
            unlock();
        }
    }

    @Override
    public void setReadOnly(boolean wanted) throws SQLException {
        lock();
        try {
            if (wanted != readOnly && transactions.hasStarted()) {
                throw new SQLException(
                        "Cannot change Read-Only status of this connection: the first statement was already executed"
                                + " and the transaction is open.",
                        "25001");
            }
            readOnly = wanted;
        } finally {
            unlock();
        }
    }

    @Override
    public boolean isReadOnly() throws SQLException {
        lock();
        try {
            return readOnly;
        } finally {
            unlock();
        }
    }

    // Life --------------------------------------------------------------------------------------------------------

    /** Asks the coordinator. False also when it has not answered in time, and when this connection was closed. */
    @Override
    public boolean isValid(int timeoutSeconds) throws SQLException {
        if (timeoutSeconds < 0) {
            throw JdbcErrors.plain("a timeout is 0 or more: timeoutSeconds=" + timeoutSeconds);
        }
        if (closed) {
            return false;
        }
        try {
            return database.withTimeout(
                                    timeoutSeconds == 0
                                            ? DEFAULT_VALIDATION_TIMEOUT
                                            : Duration.ofSeconds(timeoutSeconds))
                            .queryLong("SELECT 1")
                    == 1;
        } catch (CleatException e) {
            return false;
        }
    }

    @Override
    public void setNetworkTimeout(@Nullable Executor executor, int milliseconds) throws SQLException {
        ensureOpen();
        if (milliseconds < 0) {
            throw JdbcErrors.plain("a timeout is 0 or more: milliseconds=" + milliseconds);
        }
        networkTimeoutMs = milliseconds;
    }

    @Override
    public int getNetworkTimeout() throws SQLException {
        ensureOpen();
        return networkTimeoutMs;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    /** Rolls back what is open. */
    @Override
    public void close() throws SQLException {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closeStatements();
        } finally {
            end();
            lock.unlock();
        }
    }

    /** Makes it as new for the next user of a pool: closes statements, rolls back, takes back what was set. */
    void reset() throws SQLException {
        lock();
        try {
            closeStatements();
            if (transactions.isOpen()) {
                transactions.rollback();
            }
            autoCommit = true;
            readOnly = options.isReadOnly();
            isolation = TRANSACTION_SERIALIZABLE;
            networkTimeoutMs = 0;
        } catch (CleatException e) {
            throw failed(e);
        } finally {
            unlock();
        }
    }

    private void closeStatements() throws SQLException {
        for (final OpenStatement statement : List.copyOf(statements)) {
            statement.close();
        }
    }

    private void end() {
        if (!closed) {
            closed = true;
            statements.clear();
            transactions.close();
            session.close();
            shared.release();
        }
    }

    /** From now on it is closed; what runs is cancelled, and the executor closes the rest when that has ended. */
    @Override
    public void abort(@Nullable Executor executor) throws SQLException {
        if (closed) {
            return;
        }
        if (executor == null) {
            throw JdbcErrors.plain("the executor is null");
        }
        // A statement that runs holds the lock, and nobody else changes the set meanwhile.
        for (final OpenStatement statement : new ArrayList<>(statements)) {
            statement.cancel();
        }
        executor.execute(this::abandon);
    }

    private void abandon() {
        lock.lock();
        try {
            end();
        } finally {
            lock.unlock();
        }
    }

    // Wrapper -----------------------------------------------------------------------------------------------------

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        ensureOpen();
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        if (type == Database.class) {
            return type.cast(database);
        }
        if (type == Session.class) {
            return type.cast(session);
        }
        throw JdbcErrors.plain("not a wrapper for " + type.getName());
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        ensureOpen();
        return type.isInstance(this) || type == Database.class || type == Session.class;
    }

    @Override
    public String toString() {
        return "connection " + options.url() + (closed ? " (closed)" : "");
    }
}
