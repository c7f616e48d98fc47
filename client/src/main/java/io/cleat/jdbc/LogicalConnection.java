// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What a pool gives its users: a {@link JdbcConnection} until it is closed, which returns that to the pool.
 *
 * <p>Thread-safe.
 */
final class LogicalConnection implements InvocationHandler {
    private static final String CONNECTION_STATES = "08";

    private final JdbcPooledConnection pooled;
    private final JdbcConnection physical;
    private final Connection connection;
    private volatile boolean closed;

    LogicalConnection(JdbcPooledConnection pooled, JdbcConnection physical) {
        this.pooled = pooled;
        this.physical = physical;
        this.connection = (Connection)
                Proxy.newProxyInstance(Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, this);
    }

    /** For the user. */
    Connection connection() {
        return connection;
    }

    /** The pool gives it to somebody else. */
    void takeAway() {
        closed = true;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] args) throws Throwable {
        switch (method.getName()) {
            case "close" -> {
                close();
                return null;
            }
            case "isClosed" -> {
                return closed || physical.isClosed();
            }
            case "isValid" -> {
                if (closed) {
                    return false;
                }
            }
            case "equals" -> {
                return args != null && args[0] == proxy;
            }
            case "hashCode" -> {
                return System.identityHashCode(proxy);
            }
            case "toString" -> {
                return "pooled " + physical;
            }
            default -> ensureOpen();
        }
        return call(method, args);
    }

    private @Nullable Object call(Method method, @Nullable Object @Nullable [] args) throws Throwable {
        try {
            return method.invoke(physical, args);
        } catch (InvocationTargetException e) {
            final @Nullable Throwable cause = e.getCause();
            if (cause instanceof SQLException failure
                    && failure.getSQLState() != null
                    && failure.getSQLState().startsWith(CONNECTION_STATES)) {
                pooled.failed(failure);
            }
            throw cause == null ? e : cause;
        }
    }

    private void ensureOpen() throws SQLException {
        if (closed) {
            throw JdbcErrors.closedConnection();
        }
    }

    private void close() throws SQLException {
        if (!closed) {
            closed = true;
            pooled.returned(this);
        }
    }
}
