// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The JDBC driver of Cleat, for URLs {@code jdbc:cleat:NAME?option=value&…}, {@code jdbc:cleat:sqlite:NAME…} and
 * {@code jdbc:cleat:file:/path/app.db…}. {@link DriverManager} finds it on the class path; its connections behave like those of
 * sqlite-jdbc. {@code docs/jdbc.md} has the options.
 *
 * <p>Thread-safe: stateless.
 */
public final class CleatDriver implements Driver {
    private static final int MAJOR_VERSION = 0;
    private static final int MINOR_VERSION = 1;

    static {
        register();
    }

    /** Made by {@link DriverManager}; by hand it is as good. */
    public CleatDriver() {}

    private static void register() {
        try {
            DriverManager.registerDriver(new CleatDriver());
        } catch (SQLException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @Override
    public @Nullable Connection connect(@Nullable String url, @Nullable Properties info) throws SQLException {
        if (!acceptsURL(url)) {
            // For another driver.
            return null;
        }
        return JdbcConnection.open(JdbcOptions.of(String.valueOf(url), info == null ? new Properties() : info));
    }

    @Override
    public boolean acceptsURL(@Nullable String url) {
        return JdbcUrl.isOurs(url);
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(@Nullable String url, @Nullable Properties info) throws SQLException {
        final @Nullable JdbcOptions given = JdbcUrl.isOurs(url)
                ? JdbcOptions.of(String.valueOf(url), info == null ? new Properties() : info)
                : null;
        final JdbcOption[] options = JdbcOption.values();
        final DriverPropertyInfo[] result = new DriverPropertyInfo[options.length];
        for (int i = 0; i < options.length; i++) {
            result[i] = new DriverPropertyInfo(options[i].key(), given == null ? null : given.value(options[i]));
            result[i].description = options[i].description();
            result[i].choices =
                    options[i].choices().isEmpty() ? null : options[i].choices().toArray(new String[0]);
        }
        return result;
    }

    @Override
    public int getMajorVersion() {
        return MAJOR_VERSION;
    }

    @Override
    public int getMinorVersion() {
        return MINOR_VERSION;
    }

    /** False, as SQLite has not all of SQL-92. */
    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("this driver does not use java.util.logging", "0A000");
    }
}
