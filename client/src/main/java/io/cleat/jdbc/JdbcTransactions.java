// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CallTimeoutException;
import io.cleat.CleatException;
import io.cleat.Outcome;
import io.cleat.Session;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The transaction of a connection by the rules of SQLite in WAL mode: deferred, it begins with the first statement. A read takes a
 * snapshot, on a session of its own, and not the write turn; the first write takes the turn, unless somebody has committed since the
 * snapshot. Results of the snapshot stay open until the transaction ends.
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

    private final Session writer;
    private final SnapshotSession reader;
    private final Savepoints savepoints = new Savepoints();
    private final boolean immediate;
    private Duration busyTimeout;
    private Mode mode = Mode.NONE;

    /** A SAVEPOINT began it, so the release of that one commits it. */
    private boolean begunBySavepoint;

    JdbcTransactions(Session writer, SnapshotSession reader, boolean immediate, Duration busyTimeout) {
        this.writer = writer;
        this.reader = reader;
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

    /** How long a write waits for others. */
    void busyTimeout(Duration timeout) {
        busyTimeout = timeout;
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
        }
        return reader.session();
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

    private void ended() {
        mode = Mode.NONE;
        savepoints.clear();
        reader.end();
    }

    /** The connection is closed: its sessions, which roll back, are closed by it and here. */
    void close() {
        mode = Mode.NONE;
        reader.close();
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
            if (mode == Mode.READING && lastCommit != reader.commitSequence()) {
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
