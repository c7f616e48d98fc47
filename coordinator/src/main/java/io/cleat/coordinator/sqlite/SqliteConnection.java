// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the database, with a cache of compiled statements and a true answer to whether a transaction is open.
 *
 * <p>One thread at a time; it may be handed over to another thread through anything that makes happens-before. Only
 * {@link #interrupt()} may be called by any thread at any time.
 */
public final class SqliteConnection implements AutoCloseable {
    private static final long NO_SNAPSHOT = -2;
    private static final long UNSETTLED_EPOCH = -1;

    private enum Transaction {
        NONE,
        OPEN,
        /** SQLite may have rolled back by itself: to be found out before it matters. */
        UNSURE
    }

    private final SqliteNative db;
    private final SchemaEpoch epoch;
    private final StatementCache cache;
    private final List<SqliteStatement> uncached = new ArrayList<>();
    private final StatementInspector inspector;
    private final CatalogReader catalogs = new CatalogReader(this);
    private final boolean utf8;
    private final Object closeLock = new Object();
    private boolean closed;
    private Transaction transaction = Transaction.NONE;
    private boolean begunBySavepoint;
    private boolean changingSchema;
    private long snapshotEpoch = NO_SNAPSHOT;
    private long schemaMark;
    private @Nullable Throwable progressFailure;
    private boolean progressSet;
    private @Nullable Runnable onClose;
    private @Nullable ConnectionSettings settings;
    private @Nullable CountFunctions counts;
    private long countedRuns;
    private boolean changesKept;
    private long keptChanges;

    SqliteConnection(SqliteNative db, SchemaEpoch epoch, int cachedStatements) {
        this.db = db;
        this.epoch = epoch;
        this.cache = new StatementCache(cachedStatements);
        this.inspector = new StatementInspector(this, cachedStatements);
        this.utf8 = queryText("PRAGMA encoding").startsWith("UTF-8");
    }

    /**
     * Compiles a statement, or takes it from the cache, with all parameters NULL. Close it to give it back. Trusts its caller:
     * what a client sent goes through {@link #describe(String)} first, because some PRAGMAs act when they are compiled.
     *
     * @param sql one statement; what follows the first one is ignored, see {@link SqlSplitter#isSingle(String)}.
     * @throws SqliteException what SQLite cannot compile; SQLITE_MISUSE when there is no statement in it.
     */
    public SqliteStatement prepare(String sql) {
        SqliteStatement known = cache.take(sql);
        if (known != null) {
            return known;
        }
        SqliteStatement statement = compile(sql);
        if (!cache.add(statement)) {
            uncached.add(statement);
        }
        return statement;
    }

    /** As {@link #prepare(String)}, but neither from the cache nor for it: compiled now. */
    SqliteStatement prepareAnew(String sql) {
        SqliteStatement statement = compile(sql);
        uncached.add(statement);
        return statement;
    }

    private SqliteStatement compile(String sql) {
        checkOpen();
        SqlHead head = SqlHead.of(sql);
        long handle = db.prepare(sql);
        if (handle == 0) {
            throw new SqliteException(ResultCode.MISUSE, "no statement: only white space or comments", sql);
        }
        try {
            return new SqliteStatement(this, db, handle, sql, head);
        } catch (RuntimeException | Error e) {
            db.finish(handle);
            throw e;
        }
    }

    /**
     * What a statement is: whether it may be run for a client, where, and what it gives. Remembered by its text until the schema
     * changes. A refused statement is never given to SQLite.
     *
     * @throws SqliteException what SQLite cannot compile.
     */
    public StatementInfo describe(String sql) {
        return inspector.describe(sql);
    }

    /**
     * What a statement takes and gives; not remembered. Only for one that {@link #describe(String)} did not refuse.
     *
     * @throws SqliteException what SQLite cannot compile.
     */
    public StatementShape shape(String sql) {
        checkOpen();
        // Compiling alone does not notice that another connection changed the schema.
        exec("SELECT 1 FROM sqlite_schema LIMIT 1");
        long handle = db.prepare(sql);
        if (handle == 0) {
            throw new SqliteException(ResultCode.MISUSE, "no statement: only white space or comments", sql);
        }
        try {
            return StatementShape.of(db, handle, sql);
        } finally {
            db.finish(handle);
        }
    }

    /** Runs a statement to its end, ignoring rows. */
    public void exec(String sql) {
        try (SqliteStatement statement = prepare(sql)) {
            statement.run();
        }
    }

    /** As {@link #exec}, compiled now: for PRAGMAs that act when they are compiled. */
    public void execAnew(String sql) {
        try (SqliteStatement statement = prepareAnew(sql)) {
            statement.run();
        }
    }

    /** Opens a transaction and takes the write lock at once: BEGIN IMMEDIATE. */
    public void beginImmediate() {
        exec("BEGIN IMMEDIATE");
    }

    /** Opens a transaction that sees the last commit, and until its end nothing later. For read connections. */
    public void beginSnapshot() {
        long before = schemaEpoch();
        exec("BEGIN");
        // The snapshot is taken by the first read.
        exec("SELECT 1 FROM sqlite_schema LIMIT 1");
        // What is learnt in it later is not of the schema that the others have then.
        snapshotEpoch = before == schemaEpoch() ? before : UNSETTLED_EPOCH;
    }

    /** Commits; when it throws (deferred foreign keys, a full disk), {@link #inTransaction()} tells whether it is open. */
    public void commit() {
        exec("COMMIT");
    }

    /** Rolls back, if a transaction is open; so it may be called after any failure. */
    public void rollback() {
        if (inTransaction()) {
            exec("ROLLBACK");
        }
    }

    /** Whether a transaction is open, also when SQLite itself ended it (ON CONFLICT ROLLBACK, an interrupted write …). */
    public boolean inTransaction() {
        if (transaction == Transaction.UNSURE) {
            findOut();
        }
        return transaction == Transaction.OPEN;
    }

    /** Has the connection keep apart what belongs to sessions: once, when it is configured. */
    void serveSessions(boolean reader) {
        settings = new ConnectionSettings(this);
        counts = new CountFunctions(this, db, reader);
    }

    /**
     * Has what runs from now on run under the settings of a session. When they are those of before it costs a comparison, else a few µs,
     * and SQLite compiles its statements again.
     *
     * @param difference the {@linkplain SessionPragma#bit() bits} of what differs from the database's own settings; 0 for nothing.
     * @throws SqliteException what SQLite refused.
     */
    public void settings(int difference) {
        final ConnectionSettings known = settings;
        if (known != null && known.difference() != difference) {
            known.become(difference);
        }
    }

    /** What differs now from the database's own settings. */
    public int settings() {
        final ConnectionSettings known = settings;
        return known == null ? 0 : known.difference();
    }

    /** The database's own value of a setting that has a bit. */
    public boolean isOnByDefault(SessionPragma pragma) {
        final ConnectionSettings known = settings;
        return known != null && known.isOnByDefault(pragma);
    }

    /** What last_insert_rowid(), changes() and total_changes() answer on this connection. */
    public CountFunctions counts() {
        final CountFunctions known = counts;
        if (known == null) {
            throw new IllegalStateException("not a connection for sessions");
        }
        return known;
    }

    /** How many runs of statements have begun whose changes SQLite counts; a number to compare. */
    public long countedRuns() {
        return countedRuns;
    }

    /** Rows changed since the connection was opened, by triggers and cascades too: did anything change at all. */
    public long totalChanges() {
        final CountFunctions known = counts;
        return db.totalChanges() - (known == null ? 0 : known.ownChanges());
    }

    /** Rows changed by the last INSERT, UPDATE or DELETE that ended, without those of triggers and cascades. */
    public long changes() {
        return changesKept ? keptChanges : db.changes();
    }

    /** Whether SQLite itself has forgotten {@link #changes()}: EXPLAIN of a statement that changes rows counts as having changed none. */
    public boolean hasForgottenChanges() {
        return changesKept;
    }

    /** What comes next explains a statement. */
    void keepChanges() {
        if (!changesKept) {
            keptChanges = db.changes();
            changesKept = true;
        }
    }

    /** SQLite's count is the right one again. */
    void changesAreSet() {
        changesKept = false;
    }

    /** The rowid of the last successful INSERT into a rowid table on this connection, 0 when there was none. */
    public long lastInsertRowId() {
        return queryLong("SELECT last_insert_rowid()");
    }

    /**
     * Makes the running statements end with SQLITE_INTERRUPT, soon. Any thread. A write that is hit takes its whole transaction
     * with it. When a statement is not running but between rows, the interrupt stays until no statement is active.
     */
    public void interrupt() {
        synchronized (closeLock) {
            if (!closed) {
                db.interrupt();
            }
        }
    }

    /**
     * Has {@code abort} called on the running thread about every so many virtual machine steps; when it returns true (or throws:
     * then the failure becomes the cause) the statement ends as by {@link #interrupt()}. It may use other connections, never
     * this one.
     *
     * @param everyVmSteps 1 and up; thousands keep the cost unmeasurable.
     */
    public void progress(int everyVmSteps, BooleanSupplier abort) {
        if (everyVmSteps < 1) {
            throw new IllegalArgumentException("everyVmSteps=" + everyVmSteps + " is below 1");
        }
        checkOpen();
        clearProgress();
        db.progress(everyVmSteps, () -> {
            try {
                return abort.getAsBoolean();
            } catch (Throwable e) {
                // Nothing may be thrown through SQLite's own frames: it surfaces as the cause of the statement's
                // failure.
                progressFailure = e;
                return true;
            }
        });
        progressSet = true;
    }

    /** Ends {@link #progress(int, BooleanSupplier)}; nothing when it is not set. */
    public void clearProgress() {
        if (progressSet) {
            progressSet = false;
            db.clearProgress();
        }
    }

    /** The file's schema version; a number that changes with every schema change. */
    public long schemaVersion() {
        return queryLong("PRAGMA schema_version");
    }

    /**
     * The tables and their definitions as this connection sees them, its own uncommitted changes among them. Read once for a schema;
     * asking again costs about 2 µs.
     *
     * @throws SqliteException SQLITE_SCHEMA when it changes faster than it can be read.
     */
    public Catalog catalog() {
        return catalogs.read();
    }

    /**
     * A number that is another one when another connection (of this process or not) has committed a change since the last call; what
     * this connection commits does not change it. Only numbers of the same connection can be compared; inside a transaction it stays.
     */
    public long dataVersion() {
        return queryLong("PRAGMA data_version");
    }

    /** Whether it has been closed. */
    public boolean isClosed() {
        synchronized (closeLock) {
            return closed;
        }
    }

    /** Rolls back what is open, ends all statements, closes. Idempotent; the thread that uses the connection. */
    @Override
    public void close() {
        synchronized (closeLock) {
            if (closed) {
                return;
            }
            closed = true;
        }
        clearProgress();
        if (counts != null) {
            counts.finish();
        }
        cache.finishAll();
        for (SqliteStatement statement : uncached) {
            statement.finish();
        }
        uncached.clear();
        db.close();
        epochSettles(Transaction.NONE);
        if (onClose != null) {
            onClose.run();
        }
    }

    /** How long the file is, in bytes, once all that this connection sees has left the log. */
    public long fileBytes() {
        return queryLong("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    }

    long queryLong(String sql) {
        try (SqliteStatement statement = prepare(sql)) {
            return statement.step() ? statement.columnLong(0) : 0;
        }
    }

    String queryText(String sql) {
        try (SqliteStatement statement = prepare(sql)) {
            return statement.step() ? new String(statement.columnText(0), StandardCharsets.UTF_8) : "";
        }
    }

    long schemaEpoch() {
        return snapshotEpoch == NO_SNAPSHOT ? epoch.get() : snapshotEpoch;
    }

    /** Another number whenever this connection may have changed the schema, or undone such a change. */
    long schemaMark() {
        return schemaMark;
    }

    boolean isUtf8() {
        return utf8;
    }

    void onClose(Runnable action) {
        onClose = action;
    }

    @Nullable
    Throwable takeProgressFailure() {
        Throwable failure = progressFailure;
        progressFailure = null;
        return failure;
    }

    void giveBack(SqliteStatement statement) {
        if (statement.isCached()) {
            statement.clearBindings();
            cache.trim();
        } else if (uncached.remove(statement)) {
            statement.finish();
        }
    }

    void beforeRun(SqliteStatement statement) {
        if (statement.head.counts()) {
            countedRuns++;
            changesKept = false;
        }
        if (statement.head.touchesSchema()) {
            changingSchema = true;
            schemaMark++;
            epoch.changeBegins();
        }
    }

    void afterRun(SqliteStatement statement) {
        TransactionEffect effect = statement.head.effect();
        if (effect == TransactionEffect.NONE) {
            if (statement.head.touchesSchema()) {
                epochSettles(transaction);
            }
            return;
        }
        switch (effect) {
            case BEGIN -> opened(false);
            case SAVEPOINT -> {
                if (!inTransaction()) {
                    opened(true);
                }
            }
            case COMMIT -> epochSettles(Transaction.NONE);
            case ROLLBACK -> {
                schemaMark++;
                epochSettles(Transaction.NONE);
            }
            case ROLLBACK_TO -> schemaMark++;
            case RELEASE -> {
                if (begunBySavepoint) {
                    transaction = Transaction.UNSURE;
                }
            }
            default -> {}
        }
    }

    void afterFailure(SqliteStatement statement) {
        schemaMark++;
        if (transaction != Transaction.NONE) {
            transaction = Transaction.UNSURE;
        } else if (statement.head.touchesSchema()) {
            epochSettles(transaction);
        }
    }

    /** Something of our own was stopped: SQLite may have rolled back with it. */
    void doubtTransaction() {
        if (transaction != Transaction.NONE) {
            transaction = Transaction.UNSURE;
        }
    }

    private void opened(boolean bySavepoint) {
        transaction = Transaction.OPEN;
        begunBySavepoint = bySavepoint;
    }

    private void epochSettles(Transaction now) {
        transaction = now;
        if (now == Transaction.NONE) {
            snapshotEpoch = NO_SNAPSHOT;
        }
        if (now == Transaction.NONE && changingSchema) {
            changingSchema = false;
            epoch.changeEnds();
        }
    }

    /**
     * sqlite-jdbc does not hand out sqlite3_get_autocommit. BEGIN is the question that is always answered: it fails inside a
     * transaction and changes nothing, and outside one it opens an empty transaction that is ended at once.
     */
    private void findOut() {
        int code = probe("BEGIN");
        if (code == ResultCode.INTERRUPT) {
            // An interrupt stays until no statement is active; those that are would be hit by it too.
            doomActive();
            code = probe("BEGIN");
        }
        if (code == ResultCode.DONE) {
            code = probe("COMMIT");
            if (code != ResultCode.DONE) {
                throw new SqliteException(code, "cannot end the probing transaction: " + db.errorMessage(), "COMMIT");
            }
            epochSettles(Transaction.NONE);
        } else if ((code & 0xff) == ResultCode.ERROR) {
            transaction = Transaction.OPEN;
        } else {
            throw new SqliteException(code, "cannot find out if a transaction is open: " + db.errorMessage(), "BEGIN");
        }
    }

    /** Ends every run that is under way; its user is told at the next step. */
    void doomActive() {
        cache.doomActive();
        uncached.forEach(SqliteStatement::doom);
    }

    private int probe(String sql) {
        long handle;
        try {
            handle = db.prepare(sql);
        } catch (SqliteException e) {
            // An interrupt that has not worn off hits the compiler too.
            return e.code();
        }
        try {
            return db.step(handle);
        } finally {
            db.finish(handle);
        }
    }

    private void checkOpen() {
        if (isClosed()) {
            throw new IllegalStateException("the connection is closed");
        }
    }
}
