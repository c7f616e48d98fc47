// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.ConnectionPoolDataSource;
import javax.sql.DataSource;
import javax.sql.PooledConnection;
import org.jspecify.annotations.Nullable;

/**
 * A source of connections to one URL, as a bean: set the URL, and options that it does not have as properties. It pools nothing; connections
 * of a JVM share an attachment to the database anyway, so that opening one costs microseconds.
 *
 * <p>Thread-safe once it is set up.
 */
public final class CleatDataSource implements DataSource, ConnectionPoolDataSource {
    private final Properties properties = new Properties();
    private volatile String url = "";
    private volatile @Nullable PrintWriter logWriter;
    private volatile int loginTimeoutSeconds;

    /** Without a URL yet. */
    public CleatDataSource() {}

    /**
     * With a URL.
     *
     * @param url {@code jdbc:cleat:…}.
     */
    public CleatDataSource(String url) {
        this.url = url;
    }

    /**
     * Sets where the connections lead.
     *
     * @param value {@code jdbc:cleat:…}.
     */
    public void setUrl(String value) {
        url = value;
    }

    /** {@return where the connections lead; empty when it was not set} */
    public String getUrl() {
        return url;
    }

    /**
     * Sets an option. It wins over the same one of the URL.
     *
     * @param name as in {@code docs/jdbc.md}; checked when a connection is opened.
     * @param value as there; null removes it.
     */
    public void setProperty(String name, @Nullable String value) {
        if (value == null) {
            properties.remove(name);
        } else {
            properties.setProperty(name, value);
        }
    }

    /**
     * Sets options. See {@link #setProperty}.
     *
     * @param values names and values.
     */
    public void setProperties(Properties values) {
        properties.putAll(values);
    }

    /** {@return a copy of the options that were set} */
    public Properties getProperties() {
        return (Properties) properties.clone();
    }

    /**
     * Ignored: who may use the directory may use the database.
     *
     * @param user any.
     */
    public void setUser(@Nullable String user) {}

    /**
     * Ignored, and not kept.
     *
     * @param password any.
     */
    public void setPassword(@Nullable String password) {}

    @Override
    public Connection getConnection() throws SQLException {
        return open();
    }

    /** As {@link #getConnection()}. */
    @Override
    public Connection getConnection(@Nullable String user, @Nullable String password) throws SQLException {
        return open();
    }

    @Override
    public PooledConnection getPooledConnection() throws SQLException {
        return new JdbcPooledConnection(open());
    }

    /** As {@link #getPooledConnection()}. */
    @Override
    public PooledConnection getPooledConnection(@Nullable String user, @Nullable String password) throws SQLException {
        return getPooledConnection();
    }

    private JdbcConnection open() throws SQLException {
        if (!JdbcUrl.isOurs(url)) {
            throw JdbcErrors.badUrl("the URL is to begin with " + JdbcUrl.PREFIX + ": url=" + url);
        }
        final Properties options = getProperties();
        final int timeoutSeconds = loginTimeoutSeconds;
        if (timeoutSeconds > 0) {
            options.putIfAbsent(JdbcOption.CONNECT_TIMEOUT.key(), timeoutSeconds + "s");
        }
        return JdbcConnection.open(JdbcOptions.of(url, options));
    }

    /** Kept, and written nothing to. */
    @Override
    public void setLogWriter(@Nullable PrintWriter out) {
        logWriter = out;
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return logWriter;
    }

    /** The connect timeout, unless that is an option; 0 for its default. */
    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        if (seconds < 0) {
            throw JdbcErrors.plain("a timeout is 0 or more: seconds=" + seconds);
        }
        loginTimeoutSeconds = seconds;
    }

    @Override
    public int getLoginTimeout() {
        return loginTimeoutSeconds;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("this driver does not use java.util.logging", "0A000");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw JdbcErrors.plain("not a wrapper for " + type.getName());
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    @Override
    public String toString() {
        return "data source " + url;
    }
}
