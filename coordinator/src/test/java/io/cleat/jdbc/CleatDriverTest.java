// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static io.cleat.jdbc.JdbcPlace.count;
import static io.cleat.jdbc.JdbcPlace.execute;
import static io.cleat.jdbc.JdbcPlace.one;
import static io.cleat.jdbc.JdbcPlace.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.Database;
import io.cleat.LiveSubscription;
import io.cleat.coordinator.Coordinator;
import io.cleat.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.sql.ConnectionEvent;
import javax.sql.ConnectionEventListener;
import javax.sql.PooledConnection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How connections come to a database, share it, and leave it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class CleatDriverTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private JdbcPlace place;

    @BeforeEach
    void choose() {
        place = new JdbcPlace(folder);
    }

    @Test
    @SuppressWarnings("try") // closed early, and again at the end
    void shouldShareOneAttachmentWhenTheOptionsOfTheClientAreTheSame() throws SQLException {
        try (Coordinator coordinator = place.launch();
                Connection first = place.connect();
                Connection second = place.connect("&fetchSize=7");
                Connection named = place.connect("&clientName=other")) {
            assertThat(coordinator.clientContext().name()).isEqualTo(JdbcPlace.NAME);
            final long client = first.unwrap(Database.class).clientId();
            assertThat(second.unwrap(Database.class).clientId()).isEqualTo(client);
            assertThat(named.unwrap(Database.class).clientId()).isNotEqualTo(client);
            first.close();
            assertThat(one(second, "SELECT 1")).isEqualTo(1);
        }
    }

    @Test
    void shouldKeepTheAttachmentForAWhileAndEndItWithoutLingering() throws SQLException {
        try (Coordinator coordinator = place.launch()) {
            assertThat(coordinator.isClosed()).isFalse();
            final Database kept;
            try (Connection connection = place.connect("&linger=60s")) {
                kept = connection.unwrap(Database.class);
            }
            assertThat(kept.isOpen()).isTrue();
            try (Connection connection = place.connect("&linger=60s")) {
                assertThat(connection.unwrap(Database.class)).isSameAs(kept);
            }
            final Database soon;
            try (Connection connection = place.connect("&linger=50ms")) {
                soon = connection.unwrap(Database.class);
            }
            await().atMost(PATIENCE).until(soon::isClosed);
            final Database ended;
            try (Connection connection = place.connect("&linger=0")) {
                ended = connection.unwrap(Database.class);
            }
            assertThat(ended.isClosed()).isTrue();
        }
    }

    @Test
    void shouldHostTheFileAndLetItGoWhenTheLastConnectionIsClosed() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (Connection connection = DriverManager.getConnection(place.fileUrl(""));
                    Connection second = DriverManager.getConnection(place.fileUrl(""))) {
                execute(connection, "CREATE TABLE t(a)");
                update(second, "INSERT INTO t VALUES(1)");
                assertThat(count(connection)).isEqualTo(1);
                assertThat(connection.unwrap(Database.class).coordinatorPid())
                        .isEqualTo(ProcessHandle.current().pid());
            }
            Files.delete(place.file());
        }
    }

    @Test
    void shouldMakeTheSchemaOnceWhenTheDatabaseIsEmpty() throws Exception {
        final Path script = folder.resolve("schema.sql");
        Files.writeString(script, "CREATE TABLE t(a); -- one; two\nINSERT INTO t VALUES('first');");
        final String url = place.fileUrl("&schema=" + script);
        for (int i = 0; i < 2; i++) {
            try (Connection connection = DriverManager.getConnection(url)) {
                assertThat(count(connection)).isEqualTo(1);
            }
        }
        Files.writeString(script, "CREATE TABLE u(a); CREATE nonsense");
        Files.delete(place.file());
        assertThatThrownBy(() -> DriverManager.getConnection(url).close())
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("syntax error");
        assertThatThrownBy(() -> DriverManager.getConnection(place.fileUrl("&schema=classpath:/none.sql"))
                        .close())
                .hasMessageContaining("none.sql");
    }

    @Test
    void shouldSayThatNobodyServesTheName() {
        assertThatThrownBy(() -> DriverManager.getConnection(
                                "jdbc:cleat:nobody?connectTimeout=200ms&directory=" + place.directory())
                        .close())
                .isInstanceOf(SQLNonTransientConnectionException.class)
                .hasMessageStartingWith("[SQLITE_CANTOPEN] Unable to open the database file (");
    }

    @Test
    @SuppressWarnings("try") // closed early, and again at the end
    void shouldOpenAnewWhenTheCoordinatorStoppedMeanwhile() throws SQLException {
        try (Connection old = openAndStop()) {
            assertThat(old.isValid(1)).isFalse();
            try (Coordinator coordinator = place.launch();
                    Connection connection = place.connect()) {
                assertThat(coordinator.isClosed()).isFalse();
                assertThat(connection.isValid(5)).isTrue();
                assertThatThrownBy(() -> count(old)).isInstanceOf(SQLException.class);
                old.close();
                assertThat(connection.isValid(5))
                        .as("it is not the old one's to close")
                        .isTrue();
            }
        }
    }

    private Connection openAndStop() throws SQLException {
        try (Coordinator coordinator = place.launch()) {
            assertThat(coordinator.isClosed()).isFalse();
            return place.connect();
        }
    }

    @Test
    void shouldSpeakWithAProgramOfItsOwn() throws SQLException {
        try (Coordinator coordinator = place.launch();
                Connection connection = place.connect();
                ChildJvm child = ChildJvm.start(JdbcMain.class, place.url("&busy_timeout=200"))) {
            assertThat(coordinator.isClosed()).isFalse();
            child.awaitLine(PATIENCE, "OPEN"::equals);
            execute(connection, "CREATE TABLE t(a)");
            child.send("INSERT INTO t VALUES(1)");
            child.awaitLine(PATIENCE, "OK 1"::equals);
            assertThat(count(connection)).isEqualTo(1);
            connection.setAutoCommit(false);
            update(connection, "INSERT INTO t VALUES(2)");
            child.send("BEGIN IMMEDIATE");
            child.awaitLine(PATIENCE, line -> line.startsWith("ERR 40001 [SQLITE_BUSY] "));
            connection.commit();
            child.send("SELECT count(*) FROM t");
            child.awaitLine(PATIENCE, "OK 2"::equals);
        }
    }

    @Test
    void shouldLoseTheTransactionAndGoOnAfterRollbackWhenTheCoordinatorIsKilled() throws SQLException {
        try (ChildJvm child = ChildJvm.start(JdbcMain.class, place.fileUrl(""))) {
            child.awaitLine(PATIENCE, "OPEN"::equals);
            child.send("CREATE TABLE t(a)");
            child.awaitLine(PATIENCE, "OK 0"::equals);
            try (Connection connection = DriverManager.getConnection(place.fileUrl(""));
                    Connection reader = DriverManager.getConnection(place.fileUrl(""))) {
                assertThat(connection.unwrap(Database.class).coordinatorPid()).isEqualTo(child.pid());
                connection.setAutoCommit(false);
                reader.setAutoCommit(false);
                update(connection, "INSERT INTO t VALUES(1)");
                assertThat(count(reader)).isZero();
                child.kill();
                assertThatThrownBy(() -> {
                            update(connection, "INSERT INTO t VALUES(2)");
                            connection.commit();
                        })
                        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState())
                                .isEqualTo("40001"));
                connection.rollback();
                update(connection, "INSERT INTO t VALUES(3)");
                connection.commit();
                assertThat(one(connection, "SELECT group_concat(a) FROM t")).isEqualTo("3");
                assertThatThrownBy(() -> count(reader))
                        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState())
                                .isEqualTo("40001"));
                reader.rollback();
                assertThat(count(reader)).isEqualTo(1);
                connection.rollback();
            }
        }
    }

    @Test
    void shouldHearOfTableUpdatesThroughTheDatabaseBehindAConnection() throws Exception {
        try (Coordinator coordinator = place.launch();
                Connection connection = place.connect()) {
            assertThat(coordinator.isClosed()).isFalse();
            execute(connection, "CREATE TABLE t(a)");
            final CompletableFuture<String> heard = new CompletableFuture<>();
            try (LiveSubscription listening = connection
                    .unwrap(Database.class)
                    .updates("t")
                    .listen(updates -> heard.complete(updates.toString()))) {
                assertThat(listening).isNotNull();
                update(connection, "INSERT INTO t VALUES(1)");
                assertThat(heard.get(60, TimeUnit.SECONDS)).contains("t");
            }
        }
    }

    @Test
    void shouldComeBackAsNewWhenAPooledConnectionIsClosed() throws SQLException {
        try (Coordinator coordinator = place.launch()) {
            assertThat(coordinator.isClosed()).isFalse();
            final CleatDataSource source = new CleatDataSource();
            source.setUrl(place.url(""));
            source.setUser("me");
            source.setProperty("busy_timeout", "200");
            assertThat(source.toString()).contains(place.url(""));
            final PooledConnection pooled = source.getPooledConnection();
            final List<String> events = new CopyOnWriteArrayList<>();
            pooled.addConnectionEventListener(new Listener(events));
            final Connection first = pooled.getConnection();
            execute(first, "CREATE TABLE t(a)");
            first.setAutoCommit(false);
            update(first, "INSERT INTO t VALUES(1)");
            first.close();
            first.close();
            assertThat(events).containsExactly("closed");
            assertThat(first.isClosed()).isTrue();
            assertThatThrownBy(first::createStatement).hasMessage("database connection closed");
            final Connection second = pooled.getConnection();
            assertThat(second.getAutoCommit()).isTrue();
            assertThat(count(second)).as("rolled back").isZero();
            final Connection third = pooled.getConnection();
            assertThat(second.isClosed()).as("taken away").isTrue();
            third.unwrap(Database.class).close();
            assertThatThrownBy(() -> third.prepareStatement("SELECT 1")).isInstanceOf(SQLException.class);
            assertThat(events).containsExactly("closed", "failed");
            pooled.close();
            assertThatThrownBy(pooled::getConnection).isInstanceOf(SQLException.class);
        }
    }

    /** Writes down what it is told. */
    private record Listener(List<String> events) implements ConnectionEventListener {
        @Override
        public void connectionClosed(ConnectionEvent event) {
            events.add("closed");
        }

        @Override
        public void connectionErrorOccurred(ConnectionEvent event) {
            events.add("failed");
        }
    }

    @Test
    void shouldOpenQuicklyWhenTheDatabaseIsOpenAndInReasonableTimeWhenItIsMade() throws Exception {
        try (Connection connection = DriverManager.getConnection(place.fileUrl(""))) {
            assertThat(connection.isValid(5)).isTrue();
            final List<Long> ns = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                final long startNs = System.nanoTime();
                DriverManager.getConnection(place.fileUrl("")).close();
                ns.add(System.nanoTime() - startNs);
            }
            ns.sort(null);
            System.out.println("open and close, database open: median us=" + ns.get(500) / 1_000);
            assertThat(ns.get(500)).as("median ns").isLessThan(5_000_000);
        }
        final List<Long> made = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            final Path file = folder.resolve("made" + i + ".db");
            final long startNs = System.nanoTime();
            try (Connection connection =
                    DriverManager.getConnection("jdbc:cleat:file:" + file + "?directory=" + place.directory())) {
                execute(connection, "CREATE TABLE t(a)");
                made.add(System.nanoTime() - startNs);
            }
        }
        made.sort(null);
        System.out.println("create database and coordinator: median us=" + made.get(10) / 1_000);
        assertThat(made.get(10)).as("median ns").isLessThan(5_000_000_000L);
    }
}
