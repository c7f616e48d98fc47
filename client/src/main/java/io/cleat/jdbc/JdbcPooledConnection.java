// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.ConnectionEvent;
import javax.sql.ConnectionEventListener;
import javax.sql.PooledConnection;
import javax.sql.StatementEventListener;
import org.jspecify.annotations.Nullable;

/**
 * A connection that a pool keeps: closing what it gives its users returns this one to the pool, as new.
 *
 * <p>Thread-safe.
 */
final class JdbcPooledConnection implements PooledConnection {
    private final JdbcConnection physical;
    private final List<ConnectionEventListener> listeners = new CopyOnWriteArrayList<>();
    private @Nullable LogicalConnection current; // guarded by this

    JdbcPooledConnection(JdbcConnection physical) {
        this.physical = physical;
    }

    /** Takes it away from the user before, if that has not closed it. */
    @Override
    public synchronized Connection getConnection() throws SQLException {
        physical.ensureOpen();
        if (current != null) {
            current.takeAway();
            physical.reset();
        }
        final LogicalConnection next = new LogicalConnection(this, physical);
        current = next;
        return next.connection();
    }

    @Override
    public synchronized void close() throws SQLException {
        if (current != null) {
            current.takeAway();
            current = null;
        }
        physical.close();
    }

    /** The user has closed it. */
    void returned(LogicalConnection by) throws SQLException {
        synchronized (this) {
            if (current != by) {
                return;
            }
            current = null;
        }
        try {
            physical.reset();
        } catch (SQLException e) {
            failed(e);
            throw e;
        }
        final ConnectionEvent event = new ConnectionEvent(this);
        listeners.forEach(listener -> listener.connectionClosed(event));
    }

    /** It is of no more use. */
    void failed(SQLException e) {
        final ConnectionEvent event = new ConnectionEvent(this, e);
        listeners.forEach(listener -> listener.connectionErrorOccurred(event));
    }

    @Override
    public void addConnectionEventListener(ConnectionEventListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeConnectionEventListener(ConnectionEventListener listener) {
        listeners.remove(listener);
    }

    /** Statements are not pooled: nothing is ever told. */
    @Override
    public void addStatementEventListener(StatementEventListener listener) {}

    @Override
    public void removeStatementEventListener(StatementEventListener listener) {}
}
