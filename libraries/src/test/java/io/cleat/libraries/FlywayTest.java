// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.jdbc.CleatDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flyway, given a DataSource: it knows SQLite by the product's name. Given a URL it knows {@code jdbc:sqlite:} alone. It has no lock for
 * SQLite; {@code transaction_mode=IMMEDIATE} makes who migrates wait for whoever is at it.
 */
@Timeout(60)
class FlywayTest {
    @TempDir
    Path folder;

    private ServedDatabase shop;
    private Path scripts;

    @BeforeEach
    void serve() throws Exception {
        shop = new ServedDatabase(folder);
        scripts = Files.createDirectory(folder.resolve("scripts"));
        script(
                "V1__items.sql",
                "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT); CREATE INDEX by_name ON item(name);");
        script("V2__log.sql", """
                CREATE TABLE log(item INTEGER REFERENCES item(id), at TEXT);
                CREATE TRIGGER logged AFTER INSERT ON item BEGIN
                  INSERT INTO log VALUES(new.id, 'now');
                END;
                INSERT INTO item(name) VALUES('cleat; with a semicolon');
                """);
    }

    @AfterEach
    void stop() throws SQLException {
        shop.close();
    }

    private void script(String name, String sql) throws IOException {
        Files.writeString(scripts.resolve(name), sql);
    }

    private DataSource dataSource() {
        return new CleatDataSource(shop.url() + "&transaction_mode=IMMEDIATE&busy_timeout=30000");
    }

    private Flyway flyway() {
        return Flyway.configure()
                .dataSource(dataSource())
                .locations("filesystem:" + scripts)
                .cleanDisabled(false)
                .load();
    }

    @Test
    void shouldMigrateOnceHoweverOftenItIsAsked() throws Exception {
        assertThat(flyway().migrate().migrationsExecuted).isEqualTo(2);
        assertThat(flyway().migrate().migrationsExecuted).isZero();
        script("V3__more.sql", "ALTER TABLE item ADD COLUMN price REAL DEFAULT 1.5;");
        assertThat(flyway().migrate().migrationsExecuted).isEqualTo(1);
        flyway().validate();
        assertThat(shop.rows("SELECT name, price FROM item")).containsExactly("cleat; with a semicolon 1.5");
        assertThat(shop.rows("SELECT version, success FROM flyway_schema_history ORDER BY installed_rank"))
                .containsExactly("1 1", "2 1", "3 1");
    }

    @Test
    void shouldUndoAMigrationThatFails() throws Exception {
        script("V3__wrong.sql", "INSERT INTO item(name) VALUES('lost'); INSERT INTO nowhere VALUES(1);");
        assertThatThrownBy(() -> flyway().migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("no such table: nowhere");
        assertThat(shop.value("SELECT count(*) FROM item")).isEqualTo("1");
        script("V3__wrong.sql", "INSERT INTO item(name) VALUES('right');");
        flyway().migrate();
        assertThat(shop.value("SELECT count(*) FROM item")).isEqualTo("2");
    }

    @Test
    void shouldMigrateOnceWhenSeveralDoItAtOnce() throws Exception {
        final int count = 3;
        final CountDownLatch all = new CountDownLatch(count);
        final ExecutorService threads = Executors.newFixedThreadPool(count);
        final List<Future<Integer>> executed = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                executed.add(threads.submit(() -> {
                    final Flyway flyway = flyway();
                    all.countDown();
                    all.await();
                    return flyway.migrate().migrationsExecuted;
                }));
            }
            int sum = 0;
            for (final Future<Integer> each : executed) {
                sum += each.get();
            }
            assertThat(sum).isEqualTo(2);
        } finally {
            threads.shutdownNow();
        }
        assertThat(shop.value("SELECT count(*) FROM item")).isEqualTo("1");
    }

    @Test
    void shouldCleanAndTakeOverAnExistingDatabase() throws Exception {
        flyway().migrate();
        flyway().clean();
        assertThat(shop.rows("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"))
                .isEmpty();
        shop.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT)");
        final Flyway onTop = Flyway.configure()
                .dataSource(dataSource())
                .locations("filesystem:" + scripts)
                .baselineOnMigrate(true)
                .baselineVersion("1")
                .load();
        assertThat(onTop.migrate().migrationsExecuted).isEqualTo(1);
    }

    @Test
    void shouldKnowNoUrlButSqliteJdbcs() {
        assertThatThrownBy(() -> Flyway.configure()
                        .dataSource(shop.sqliteUrl(), null, null)
                        .load()
                        .migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("No Flyway database plugin found to handle");
    }
}
