// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CallTimeoutException;
import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.Outcome;
import io.cleat.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The transaction of a connection by the rules of SQLite in WAL mode: deferred, it begins with the first statement. A read takes a
 * snapshot, on a session of its own, and not the write turn; the first write takes the turn, unless somebody has committed since the
 * snapshot. Results of the snapshot stay open as long as they are read, also when the transaction has ended.
 *
 * <p>Not thread-safe: used under the lock of its {@link JdbcConnection}.
 */
final class JdbcTransactions {
    private enum Mode {
        /** SQLite's autocommit: each statement by itself. */
        NONE,
        /** Begun, and nothing was run yet. */
        BEGUN,
        /** Something was read. */
        READING,
        /** It has the write turn. */
        WRITING
    }

    /** A round trip's, where the wait for others is shorter. */
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);

    private final Database database;
    private final Session writer;
    private final Consumer<Session> onResultsEnded;
    private final SessionSettings settings = new SessionSettings();
    private SnapshotSession reader;

    /** Their transactions are over, and results are open in them still. */
    private final List<SnapshotSession> retired = new ArrayList<>();

    private final Savepoints savepoints = new Savepoints();
    private final boolean immediate;
    private Duration busyTimeout;
    private Mode mode = Mode.NONE;

    /** The coordinator knows the timeout, which it tells who asks for the PRAGMA. */
    private boolean busyTimeoutTold;

    /** It may have been told to defer foreign keys in the next transaction that writes. */
    private boolean defersForeignKeys;

    /** A SAVEPOINT began it, so the release of that one commits it. */
    private boolean begunBySavepoint;

    /** With the connection's own session; {@code onResultsEnded} is told when results that are open on it are over. */
    JdbcTransactions(
            Database database,
            Session writer,
            boolean immediate,
            Duration busyTimeout,
            Consumer<Session> onResultsEnded) {
        this.database = database;
        this.writer = writer;
        this.onResultsEnded = onResultsEnded;
        this.reader = new SnapshotSession(database, settings);
        this.immediate = immediate;
        this.busyTimeout = busyTimeout;
    }

    /** Whether SQLite would be in a transaction. */
    boolean isOpen() {
        return mode != Mode.NONE;
    }

    /** Whether something was read or written in it. */
    boolean hasStarted() {
        return mode == Mode.READING || mode == Mode.WRITING;
    }

    /** Whether it holds the write turn. */
    boolean isWriting() {
        return mode == Mode.WRITING;
    }

    /**
     * The session that a statement runs on, in the state that it needs.
     *
     * @param readOnly whether the statement surely changes nothing.
     */
    Session sessionFor(boolean readOnly) throws SQLException {
        if (mode == Mode.NONE || mode == Mode.WRITING) {
            return writer;
        }
        if (!readOnly || immediate) {
            takeTurn();
            return writer;
        }
        if (mode == Mode.BEGUN) {
            reader.begin();
            mode = Mode.READING;
        } else {
            reader.applySettings();
        }
        return reader.session();
    }

    /** The session that sees what a statement would see; while a result is read in the snapshot the other one, which does not wait for that. */
    Session describer(String sql) {
        return mode == Mode.READING && !reader.hasOpenResults() && !SessionText.isOfSession(sql)
                ? reader.session()
                : writer;
    }

    /** Whether a statement does nothing, because SQLite does not change foreign_keys inside a transaction. */
    boolean ignores(String sql) {
        if (!isOpen() || mode == Mode.WRITING) {
            // In a transaction of its session the coordinator says the same.
            return false;
        }
        final SessionText.@Nullable Setting setting = SessionText.setting(sql);
        return setting != null && JdbcOption.find(setting.name()) == JdbcOption.FOREIGN_KEYS;
    }

    /** Before a statement that asks or sets something of the session: tells it what only this knows. */
    void beforeOwn(String sql) {
        if (!busyTimeoutTold && SessionText.asks(sql, JdbcOption.BUSY_TIMEOUT.key())) {
            writer.setting(JdbcOption.BUSY_TIMEOUT.key(), String.valueOf(busyTimeout.toMillis()));
            busyTimeoutTold = true;
        }
    }

    /** A statement has been run on the connection's own session: remembers what it has set there. */
    void ran(String sql) {
        final SessionText.@Nullable Setting setting = SessionText.setting(sql);
        final @Nullable JdbcOption option = setting == null ? null : JdbcOption.find(setting.name());
        if (setting == null || option == null) {
            return;
        }
        if (option == JdbcOption.BUSY_TIMEOUT) {
            waitFor(setting.value());
            busyTimeoutTold = true;
        } else if (option == JdbcOption.DEFER_FOREIGN_KEYS) {
            defersForeignKeys = true;
        } else if (option.pragma() == JdbcOption.Pragma.OF_SESSION) {
            settings.ran(setting.name(), sql);
        }
    }

    private void waitFor(String milliseconds) {
        try {
            busyTimeout = Duration.ofMillis(Math.max(0, Integer.parseInt(milliseconds)));
        } catch (NumberFormatException e) {
            // The coordinator takes it for 0, as SQLite does.
            busyTimeout = Duration.ZERO;
        }
    }

    /** A result is open on a session. */
    void resultOpened(Session session) {
        if (session != writer && reader.is(session)) {
            reader.resultOpened();
        }
    }

    /** A result that was {@linkplain #resultOpened open} is over. */
    void resultClosed(Session session) {
        if (session == writer) {
            return;
        }
        if (reader.is(session)) {
            reader.resultClosed();
            return;
        }
        for (int i = 0; i < retired.size(); i++) {
            final SnapshotSession old = retired.get(i);
            if (old.is(session)) {
                old.resultClosed();
                if (!old.hasOpenResults()) {
                    retired.remove(i);
                    old.close();
                }
                return;
            }
        }
    }

    /** BEGIN: nothing happens until the first statement. */
    void begin() throws SQLException {
        if (isOpen()) {
            throw JdbcErrors.sqlite(ResultCodes.ERROR, "cannot start a transaction within a transaction", null);
        }
        mode = Mode.BEGUN;
        begunBySavepoint = false;
        savepoints.clear();
    }

    /** BEGIN IMMEDIATE. */
    void beginImmediate() throws SQLException {
        begin();
        try {
            takeTurn();
        } catch (SQLException e) {
            mode = Mode.NONE;
            throw e;
        }
    }

    void commit() throws SQLException {
        if (!isOpen()) {
            throw JdbcErrors.sqlite(ResultCodes.ERROR, "cannot commit - no transaction is active", null);
        }
        if (mode == Mode.WRITING) {
            writer.commit();
        }
        ended();
    }

    void rollback() throws SQLException {
        if (!isOpen()) {
            throw JdbcErrors.sqlite(ResultCodes.ERROR, "cannot rollback - no transaction is active", null);
        }
        if (mode == Mode.WRITING) {
            writer.rollback();
        }
        ended();
    }

    /** As in SQLite, what is being read goes on being read. */
    private void ended() {
        final boolean wrote = mode == Mode.WRITING;
        mode = Mode.NONE;
        savepoints.clear();
        if (wrote) {
            onResultsEnded.accept(writer);
        } else if (defersForeignKeys) {
            // It ends with the transaction, of which the coordinator did not know.
            writer.setting(JdbcOption.DEFER_FOREIGN_KEYS.key(), "OFF");
        }
        defersForeignKeys = false;
        if (reader.hasOpenResults()) {
            retired.add(reader);
            reader = new SnapshotSession(database, settings);
        } else {
            reader.end();
        }
    }

    /** The connection is closed: its sessions, which roll back, are closed by it and here. */
    void close() {
        mode = Mode.NONE;
        reader.close();
        retired.forEach(SnapshotSession::close);
        retired.clear();
    }

    /** SAVEPOINT; outside of a transaction it begins one. */
    void savepoint(String name) {
        if (!isOpen()) {
            mode = Mode.BEGUN;
            begunBySavepoint = true;
            savepoints.clear();
        }
        if (mode == Mode.WRITING) {
            savepoints.set(name, writer.savepoint());
        } else {
            savepoints.setHere(name);
        }
    }

    void release(String name) throws SQLException {
        final int index = find(name);
        if (index == 0 && begunBySavepoint) {
            commit();
            return;
        }
        if (mode == Mode.WRITING) {
            writer.releaseSavepoint(savepoints.number(index));
        }
        savepoints.removeFrom(index);
    }

    void rollbackTo(String name) throws SQLException {
        final int index = find(name);
        if (mode == Mode.WRITING) {
            writer.rollbackTo(savepoints.number(index));
            onResultsEnded.accept(writer);
        }
        savepoints.removeFrom(index + 1);
    }

    private int find(String name) throws SQLException {
        final int index = savepoints.indexOf(name);
        if (index < 0) {
            throw JdbcErrors.sqlite(ResultCodes.ERROR, "no such savepoint: " + name, null);
        }
        return index;
    }

    /** Takes the write turn for a transaction that has none yet. */
    private void takeTurn() throws SQLException {
        final long lastCommit = beginWriting();
        @Nullable Throwable failure = null;
        try {
            if (mode == Mode.READING && !reader.isNewest(lastCommit)) {
                throw JdbcErrors.snapshotTooOld();
            }
            savepoints.setAll(writer);
        } catch (SQLException | RuntimeException e) {
            failure = e;
            throw e;
        } finally {
            if (failure != null) {
                giveTurnBack(failure);
            }
        }
        mode = Mode.WRITING;
    }

    private long beginWriting() throws SQLException {
        try {
            return writer.beginWithin(busyTimeout.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : busyTimeout);
        } catch (CallTimeoutException e) {
            throw e.outcome() == Outcome.NOT_APPLIED ? JdbcErrors.busy(e) : JdbcErrors.of(e);
        }
    }

    private void giveTurnBack(Throwable failure) {
        try {
            writer.rollback();
        } catch (CleatException e) {
            failure.addSuppressed(e);
        }
    }
}
