// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.cleat.jdbc.CleatDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HikariCP: a pool by URL alone. */
@Timeout(60)
class HikariCpTest {
    private static final int THREADS = 10;

    @TempDir
    Path folder;

    private ServedDatabase shop;

    @BeforeEach
    void serve() throws SQLException {
        shop = new ServedDatabase(folder);
        shop.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
    }

    @AfterEach
    void stop() throws SQLException {
        shop.close();
    }

    private HikariConfig config() {
        final HikariConfig config = new HikariConfig();
        config.setJdbcUrl(shop.url());
        config.setMaximumPoolSize(4);
        return config;
    }

    @Test
    void shouldServeMoreThreadsThanItHasConnections() throws Exception {
        final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (HikariDataSource pool = new HikariDataSource(config())) {
            final List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                final String name = "thread " + i;
                done.add(threads.submit(() -> insertAndRead(pool, name)));
            }
            for (final Future<?> each : done) {
                each.get();
            }
            assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isLessThanOrEqualTo(4);
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        } finally {
            threads.shutdown();
            assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(shop.rows("SELECT count(*), count(DISTINCT name) FROM item")).containsExactly("200 10");
    }

    private static Void insertAndRead(HikariDataSource pool, String name) throws SQLException {
        for (int i = 1; i <= 20; i++) {
            try (Connection connection = pool.getConnection();
                    PreparedStatement insert = connection.prepareStatement("INSERT INTO item(name) VALUES(?)");
                    PreparedStatement count = connection.prepareStatement("SELECT count(*) FROM item WHERE name = ?")) {
                insert.setString(1, name);
                insert.executeUpdate();
                count.setString(1, name);
                try (ResultSet result = count.executeQuery()) {
                    assertThat(result.next()).isTrue();
                    assertThat(result.getInt(1)).isEqualTo(i);
                }
            }
        }
        return null;
    }

    @Test
    void shouldGiveAConnectionAsNewWhenTheLastUserLeftItDirty() throws SQLException {
        final HikariConfig config = config();
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                statement.executeUpdate("INSERT INTO item(name) VALUES('never committed')");
            }
            try (Connection connection = pool.getConnection()) {
                assertThat(connection.getAutoCommit()).isTrue();
                assertThat(connection.isReadOnly()).isFalse();
                assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
            }
            assertThat(shop.value("SELECT count(*) FROM item")).isEqualTo("0");
        }
    }

    @Test
    void shouldSetUpConnectionsAsConfigured() throws SQLException {
        final HikariConfig config = new HikariConfig();
        // A data source instead of a URL, by the name of its class, as in properties files.
        config.setDataSourceClassName(CleatDataSource.class.getName());
        config.addDataSourceProperty("url", shop.url());
        config.setConnectionInitSql("PRAGMA recursive_triggers = ON");
        config.setConnectionTestQuery("SELECT 1");
        config.setReadOnly(true);
        config.setAutoCommit(false);
        config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
        try (HikariDataSource pool = new HikariDataSource(config);
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(connection.isReadOnly()).isTrue();
            assertThat(connection.getAutoCommit()).isFalse();
            try (ResultSet result = statement.executeQuery("PRAGMA recursive_triggers")) {
                assertThat(result.getInt(1)).isEqualTo(1);
            }
            assertThatThrownBy(() -> statement.executeUpdate("DELETE FROM item"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("SQLITE_READONLY");
        }
    }

    @Test
    void shouldSayWhenNoConnectionIsFree() throws SQLException {
        final HikariConfig config = config();
        config.setMaximumPoolSize(1);
        config.setConnectionTimeout(300);
        try (HikariDataSource pool = new HikariDataSource(config);
                Connection connection = pool.getConnection()) {
            assertThat(connection.isValid(5)).isTrue();
            assertThatThrownBy(pool::getConnection)
                    .isInstanceOf(SQLTransientConnectionException.class)
                    .hasMessageContaining("request timed out");
        }
    }

    @Test
    void shouldReportALeakWhenAConnectionIsNotGivenBack() throws SQLException {
        final List<String> warnings = new CopyOnWriteArrayList<>();
        final Logger leaks = Logger.getLogger("com.zaxxer.hikari.pool.ProxyLeakTask");
        final Handler listener = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                warnings.add(entry.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        final HikariConfig config = config();
        config.setLeakDetectionThreshold(2_000);
        leaks.setUseParentHandlers(false);
        leaks.addHandler(listener);
        try (HikariDataSource pool = new HikariDataSource(config);
                Connection leaked = pool.getConnection()) {
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(warnings)
                    .anySatisfy(text -> assertThat(text).contains("Connection leak detection triggered")));
            assertThat(leaked.isValid(5)).isTrue();
        } finally {
            leaks.removeHandler(listener);
            leaks.setUseParentHandlers(true);
        }
    }

    @Test
    @SuppressWarnings("try") // gives the broken connection back, before the end of the block
    void shouldGiveNewConnectionsWhenAnotherCoordinatorTookOver() throws SQLException {
        final HikariConfig config = config();
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config);
                Connection held = pool.getConnection();
                Statement statement = held.createStatement()) {
            statement.executeUpdate("INSERT INTO item(name) VALUES('before')");
            shop.restart();
            // An orderly end is told to everybody, as one of SQLState 08006: the pool throws such a connection away.
            assertThatThrownBy(() -> statement.executeUpdate("INSERT INTO item(name) VALUES('meanwhile')"))
                    .isInstanceOf(SQLRecoverableException.class);
            held.close();
            try (Connection next = pool.getConnection();
                    Statement again = next.createStatement()) {
                again.executeUpdate("INSERT INTO item(name) VALUES('after')");
            }
        }
        assertThat(shop.rows("SELECT name FROM item ORDER BY id")).containsExactly("before", "after");
    }
}
