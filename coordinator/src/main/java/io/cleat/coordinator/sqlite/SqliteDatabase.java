// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One database file in write-ahead mode: a connection that writes, any number that read, and checkpoints beside them.
 *
 * <p>Where the VFS {@code unix-excl} exists (Linux, macOS) the process owns the file as long as it is open: every other process is
 * told "database is locked". Do not open the file by other means in this process meanwhile, not even to read or copy it: closing
 * any descriptor of it drops the locks (POSIX).
 *
 * <p>Thread-safe, except that {@link #close()} must not run while a connection is in use. Each connection has its own rule.
 */
public final class SqliteDatabase implements AutoCloseable {
    private static final String EXCLUSIVE_VFS = "unix-excl";

    /** How long the writer of a shared file waits for other processes, in milliseconds. */
    private static final int SHARED_BUSY_MS = 20;

    /** SQLITE_OPEN_READWRITE, CREATE, URI and NOMUTEX: one thread uses a connection at a time. */
    private static final int OPEN_FLAGS = 0x2 | 0x4 | 0x40 | 0x8000;

    private final SqliteSettings settings;
    private final String uri;
    private final boolean exclusive;
    private final SchemaEpoch epoch;
    private final SqliteConnection writer;
    private final List<SqliteConnection> others = new ArrayList<>();
    private final Object checkpointLock = new Object();
    private @Nullable SqliteConnection checkpointer;
    private volatile boolean closed;

    private SqliteDatabase(SqliteSettings settings, boolean exclusive) {
        this.settings = settings;
        this.exclusive = exclusive;
        this.uri = DatabaseUri.of(settings.path(), exclusive ? EXCLUSIVE_VFS : null);
        this.epoch = new SchemaEpoch(exclusive);
        this.writer = connect(false);
    }

    /**
     * Opens the file, makes it when missing, recovers its log, and takes ownership where that is wanted and the platform has it.
     *
     * @throws SqliteException naming the path and the cause: not a database, not writable, in use by another process (after
     *     the busy timeout), no folder; or the native library cannot be loaded.
     */
    public static SqliteDatabase open(SqliteSettings settings) {
        OpenFailure.check(settings.path());
        if (!settings.exclusive()) {
            return openShared(settings);
        }
        boolean windows =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("windows");
        try {
            return new SqliteDatabase(settings, !windows);
        } catch (SqliteException e) {
            if (!windows && String.valueOf(e.getMessage()).contains("no such vfs")) {
                return openShared(settings);
            }
            throw OpenFailure.explain(settings, e);
        }
    }

    /**
     * The version of the SQLite library, asked of the library itself, without a database.
     *
     * @return as in {@code 3.54.1}.
     * @throws SqliteException when the native library cannot be loaded.
     */
    public static String libraryVersion() {
        NativeLibrary.load();
        try (java.sql.Connection connection = new org.sqlite.SQLiteDataSource().getConnection();
                java.sql.Statement statement = connection.createStatement();
                java.sql.ResultSet result = statement.executeQuery("SELECT sqlite_version()")) {
            return result.getString(1);
        } catch (java.sql.SQLException e) {
            throw new SqliteException(
                    ResultCode.ERROR, "cannot ask for the version of SQLite: " + e.getMessage(), null, e);
        }
    }

    private static SqliteDatabase openShared(SqliteSettings settings) {
        try {
            return new SqliteDatabase(settings, false);
        } catch (SqliteException e) {
            throw OpenFailure.explain(settings, e);
        }
    }

    /** The file. */
    public Path path() {
        return settings.path();
    }

    /** Whether this process owns the file: no other process can open it. If not, what another one changes shows in {@link SqliteConnection#dataVersion()}. */
    public boolean isExclusive() {
        return exclusive;
    }

    /**
     * Tells of changes of the schema: now, and then on the thread that makes them. Odd from before a change can be seen until it is
     * committed or undone, then a greater even number; always odd when the file is not {@linkplain #isExclusive() owned}. What was
     * learnt of statements holds as long as the number is the same even one.
     *
     * @param told by the writer's thread; null: nobody any more.
     */
    public void onSchemaEpoch(@Nullable LongConsumer told) {
        epoch.tell(told);
    }

    /** SQLite's version, e.g. {@code 3.54.1}. */
    public String sqliteVersion() {
        synchronized (checkpointLock) {
            return checkpointer().queryText("SELECT sqlite_version()");
        }
    }

    /** The one connection that writes. Its automatic checkpoint is off: see {@link #checkpoint(CheckpointMode)}. */
    public SqliteConnection writer() {
        return writer;
    }

    /**
     * Opens a further connection that reads: query_only, each statement (or transaction) with a snapshot of its own, never waiting
     * for the writer. The caller closes it, at the latest with the database.
     */
    public SqliteConnection openReader() {
        checkOpen();
        return connect(true);
    }

    /**
     * Moves the log into the file, on a connection of its own: call it from a thread that may wait for the disk.
     *
     * @throws SqliteException for a failure of the disk; not when readers or the writer stand in the way, see the result.
     */
    public CheckpointResult checkpoint(CheckpointMode mode) {
        synchronized (checkpointLock) {
            return checkpoint(checkpointer(), mode);
        }
    }

    /** Size of the log file in bytes, 0 when there is none: what it has grown to since it was cut, not what is in use. */
    public long walBytes() {
        try {
            return Files.size(Path.of(settings.path().toAbsolutePath() + "-wal"));
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Closes all connections (what is open is rolled back), after moving the log into the file, and releases the file. Idempotent.
     * No connection may be in use by another thread.
     */
    @Override
    public void close() {
        synchronized (checkpointLock) {
            if (closed) {
                return;
            }
            closed = true;
            List<SqliteConnection> open;
            synchronized (others) {
                open = new ArrayList<>(others);
            }
            open.forEach(SqliteConnection::close);
            try {
                if (!writer.isClosed()) {
                    // A cursor left open would make the checkpoint fail with "database table is locked".
                    writer.doomActive();
                    writer.rollback();
                    checkpoint(writer, CheckpointMode.TRUNCATE);
                }
            } finally {
                writer.close();
            }
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the database is closed: " + settings.path());
        }
    }

    private SqliteConnection checkpointer() {
        checkOpen();
        if (checkpointer == null) {
            checkpointer = connect(true);
            checkpointer.exec("PRAGMA query_only=OFF");
        }
        return checkpointer;
    }

    private static CheckpointResult checkpoint(SqliteConnection connection, CheckpointMode mode) {
        try (SqliteStatement statement = connection.prepare("PRAGMA wal_checkpoint(" + mode + ")")) {
            statement.step();
            CheckpointResult result =
                    new CheckpointResult(statement.columnLong(0) != 0, (int) Math.max(0, statement.columnLong(1)), (int)
                            Math.max(0, statement.columnLong(2)));
            statement.reset();
            return result;
        }
    }

    private SqliteConnection connect(boolean reader) {
        SqliteNative db = SqliteNative.open(uri, OPEN_FLAGS);
        @Nullable SqliteConnection connection = null;
        try {
            db.busyTimeout(settings.busyTimeoutMs());
            connection = new SqliteConnection(db, epoch, settings.cachedStatements());
            settings.limits().apply(db, reader);
            configure(connection, reader);
            if (!reader && !exclusive) {
                // A writer that shares its file asks again later, rather than sleep in SQLite.
                db.busyTimeout(SHARED_BUSY_MS);
            }
            if (reader) {
                register(connection);
            }
            return connection;
        } catch (RuntimeException | Error e) {
            if (connection == null) {
                db.close();
            } else {
                connection.close();
            }
            throw e;
        }
    }

    private void configure(SqliteConnection connection, boolean reader) {
        if (reader) {
            connection.exec("PRAGMA query_only=ON");
        } else {
            String mode = connection.queryText("PRAGMA journal_mode=WAL");
            if (!mode.equals("wal")) {
                throw new SqliteException(ResultCode.ERROR, "write-ahead mode is not possible: it stays " + mode, null);
            }
        }
        connection.exec("PRAGMA wal_autocheckpoint=0");
        connection.exec("PRAGMA synchronous=" + settings.synchronous());
        connection.exec("PRAGMA foreign_keys=" + (settings.foreignKeys() ? "ON" : "OFF"));
        connection.exec("PRAGMA temp_store=MEMORY");
        connection.exec("PRAGMA journal_size_limit=" + settings.walLimitBytes());
        if (settings.cacheKib() > 0) {
            connection.exec("PRAGMA cache_size=-" + settings.cacheKib());
        }
        // A damaged page is found when it is read, not when what it says is believed.
        connection.exec("PRAGMA cell_size_check=ON");
        if (!reader && settings.limits().fileBytes() > 0) {
            final long pages = settings.limits().fileBytes() / connection.queryLong("PRAGMA page_size");
            connection.exec("PRAGMA max_page_count=" + pages);
        }
        connection.exec("PRAGMA mmap_size=" + settings.mmapBytes());
        connection.serveSessions(reader);
        if (!reader) {
            // Takes the lock, recovers the log and meets a read-only file now rather than at the first request.
            connection.beginImmediate();
            connection.rollback();
        }
    }

    private void register(SqliteConnection connection) {
        synchronized (others) {
            others.add(connection);
        }
        connection.onClose(() -> {
            synchronized (others) {
                others.remove(connection);
            }
        });
    }
}
