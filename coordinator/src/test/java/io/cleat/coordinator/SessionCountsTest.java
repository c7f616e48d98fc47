// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.Batch;
import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.RequestException;
import io.cleat.Rows;
import io.cleat.Session;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** last_insert_rowid(), changes() and total_changes() of sessions, against connections that have SQLite for themselves. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SessionCountsTest {
    private static final int SESSIONS = 3;
    private static final String ASK = "SELECT last_insert_rowid(), changes(), total_changes()";

    private static final List<String> SCHEMA = List.of(
            "CREATE TABLE plain(id INTEGER PRIMARY KEY, a, b)",
            "CREATE TABLE keyed(k TEXT PRIMARY KEY, n INTEGER, c CHECK (c IS NULL OR c < 900))",
            "CREATE TABLE bare(k INTEGER PRIMARY KEY, v) WITHOUT ROWID",
            "CREATE TABLE log(id INTEGER PRIMARY KEY, what, row_id, changed, total)",
            "CREATE TABLE noted(id INTEGER PRIMARY KEY, v)",
            "CREATE TABLE parent(id INTEGER PRIMARY KEY)",
            "CREATE TABLE child(id INTEGER PRIMARY KEY, p REFERENCES parent(id))",
            "CREATE VIEW door AS SELECT v FROM noted",
            "CREATE VIEW seen AS SELECT last_insert_rowid() AS r, changes() AS c, total_changes() AS t",
            "CREATE TRIGGER noted_before BEFORE INSERT ON noted BEGIN"
                    + " INSERT INTO log(what, row_id, changed, total) VALUES ('before', last_insert_rowid(), changes(), total_changes()); END",
            "CREATE TRIGGER noted_after AFTER INSERT ON noted BEGIN"
                    + " INSERT INTO log(what, row_id, changed, total) VALUES ('after', last_insert_rowid(), changes(), total_changes());"
                    + " UPDATE plain SET b = changes() WHERE id < 3;"
                    + " INSERT INTO log(what, row_id, changed, total) VALUES ('later', last_insert_rowid(), changes(), total_changes());"
                    + " END",
            "CREATE TRIGGER bare_after AFTER INSERT ON bare BEGIN INSERT INTO log(what) VALUES ('bare'); END",
            "CREATE TRIGGER plain_gone AFTER DELETE ON plain BEGIN"
                    + " INSERT INTO log(what, row_id, changed, total) VALUES ('gone', last_insert_rowid(), changes(), total_changes()); END",
            "CREATE TRIGGER through_door INSTEAD OF INSERT ON door BEGIN INSERT INTO noted(v) VALUES (new.v); END");

    @TempDir
    Path folder;

    private Place place;
    private Coordinator coordinator;
    private Database database;

    @BeforeEach
    void open() {
        place = Place.in(folder, "counts");
        coordinator = Coordinator.launch(place.coordinator());
        database = place.open();
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    /** What comes of a statement, or of a question: rows, or that it failed. */
    private interface Side {
        List<List<Long>> run(String sql) throws Exception;
    }

    private static Side of(Session session) {
        return sql -> {
            try (Rows rows = session.rows(sql)) {
                final List<List<Long>> all = new ArrayList<>();
                while (rows.next()) {
                    final List<Long> row = new ArrayList<>();
                    for (int i = 0; i < rows.columnCount(); i++) {
                        row.add(rows.getLong(i));
                    }
                    all.add(row);
                }
                return all;
            } catch (RequestException e) {
                return List.of(List.of(-1L));
            }
        };
    }

    private static Side of(Connection connection) {
        return sql -> {
            try (Statement statement = connection.createStatement()) {
                final List<List<Long>> all = new ArrayList<>();
                if (statement.execute(sql)) {
                    try (ResultSet rows = statement.getResultSet()) {
                        while (rows.next()) {
                            final List<Long> row = new ArrayList<>();
                            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                                row.add(rows.getLong(i));
                            }
                            all.add(row);
                        }
                    }
                }
                return all;
            } catch (SQLException e) {
                return List.of(List.of(-1L));
            }
        };
    }

    private static String randomStatement(Random random) {
        final int n = random.nextInt(40);
        return switch (random.nextInt(26)) {
            case 0, 1 -> "INSERT INTO plain(a) VALUES (" + n + ")";
            case 2 -> "INSERT INTO plain(id, a) VALUES (" + (1000 + n) + ", 1)";
            case 3 -> "INSERT INTO plain(a) SELECT id FROM plain LIMIT " + n % 5;
            case 4 -> "INSERT INTO keyed VALUES ('k" + n + "', 1, NULL) ON CONFLICT (k) DO UPDATE SET n = n + 1";
            case 5 -> "INSERT OR IGNORE INTO keyed VALUES ('k" + n + "', 2, NULL)";
            case 6 -> "INSERT OR REPLACE INTO keyed VALUES ('k" + n + "', 3, NULL)";
            case 7 -> "INSERT OR IGNORE INTO bare VALUES (" + n + ", 1)";
            case 8 -> "INSERT INTO noted(v) VALUES (1), (2), (3)";
            case 9 -> "INSERT INTO noted(v) VALUES (last_insert_rowid())";
            case 10 -> "INSERT INTO door VALUES (" + n + ")";
            case 11 -> "UPDATE plain SET b = " + n + " WHERE id % 3 = " + n % 3;
            case 12 -> "UPDATE plain SET b = 1 WHERE 0";
            case 13 -> "DELETE FROM plain WHERE id % 20 = " + n % 20;
            case 14 -> "DELETE FROM log WHERE id % 7 = 1 RETURNING id";
            case 15 -> "INSERT INTO plain(a, b) VALUES (1, 2), (3, 4) RETURNING id, last_insert_rowid(), changes()";
            case 16 -> "INSERT INTO keyed VALUES ('bad" + n + "', 1, 1000)";
            case 17 -> "INSERT INTO plain(id, a) VALUES (last_insert_rowid() + 100000, changes())";
            case 18 -> "INSERT INTO parent(id) VALUES (" + n + ")";
            case 19 -> "INSERT INTO child(p) VALUES (last_insert_rowid())";
            case 20 -> "UPDATE plain SET a = changes(), b = total_changes() WHERE id = last_insert_rowid()";
            case 21 -> "WITH x(v) AS (SELECT changes()) INSERT INTO plain(a, b) SELECT v, total_changes() FROM x";
            case 22 -> "WITH x(v) AS (SELECT last_insert_rowid()) SELECT v FROM x";
            case 23 -> "SELECT r, c, t FROM seen";
            case 24 -> "DELETE FROM keyed";
            default -> ASK;
        };
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldAnswerAsAConnectionOfItsOwnWhenSessionsWriteInTurn(long seed) throws Exception {
        final String url = "jdbc:sqlite:" + folder.resolve("own-" + seed + ".db");
        final List<Session> sessions = new ArrayList<>();
        final List<Connection> connections = new ArrayList<>();
        final Random random = new Random(seed);
        try {
            for (int i = 0; i < SESSIONS; i++) {
                sessions.add(database.openSession());
                connections.add(DriverManager.getConnection(url));
            }
            of(connections.get(0)).run("PRAGMA journal_mode=WAL");
            of(connections.get(0)).run("PRAGMA synchronous=OFF");
            for (final String each : SCHEMA) {
                of(sessions.get(0)).run(each);
                of(connections.get(0)).run(each);
            }
            int open = -1;
            final List<String> history = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                final boolean reads = random.nextInt(4) == 0;
                final int who = open >= 0 && !reads ? open : random.nextInt(SESSIONS);
                final String sql = reads && who != open ? ASK : randomStatement(random);
                history.add(who + ": " + sql);
                if (random.nextInt(20) == 0) {
                    open = turn(sessions, connections, open, who, random.nextBoolean());
                    history.add("turn of " + open);
                    continue;
                }
                final List<List<Long>> expected = of(connections.get(who)).run(sql);
                final List<List<Long>> actual = of(sessions.get(who)).run(sql);
                assertThat(actual)
                        .as("%s: %s after %s", who, sql, tail(history))
                        .isEqualTo(expected);
                final int asks = random.nextInt(SESSIONS);
                assertThat(of(sessions.get(asks)).run(ASK))
                        .as("%s after %s", asks, tail(history))
                        .isEqualTo(of(connections.get(asks)).run(ASK));
            }
            end(sessions, connections, open);
            final String all = "SELECT id, what = 'after', row_id, changed, total FROM log ORDER BY id";
            assertThat(of(sessions.get(0)).run(all))
                    .isEqualTo(of(connections.get(0)).run(all));
        } finally {
            for (int i = 0; i < sessions.size(); i++) {
                sessions.get(i).close();
                connections.get(i).close();
            }
        }
    }

    private static List<String> tail(List<String> history) {
        return history.subList(Math.max(0, history.size() - 12), history.size());
    }

    private static int turn(List<Session> sessions, List<Connection> connections, int open, int who, boolean commits)
            throws Exception {
        if (open < 0) {
            of(connections.get(who)).run("BEGIN IMMEDIATE");
            sessions.get(who).begin();
            return who;
        }
        of(connections.get(open)).run(commits ? "COMMIT" : "ROLLBACK");
        if (commits) {
            sessions.get(open).commit();
        } else {
            sessions.get(open).rollback();
        }
        return -1;
    }

    private static void end(List<Session> sessions, List<Connection> connections, int open) throws Exception {
        if (open >= 0) {
            turn(sessions, connections, open, open, true);
        }
    }

    @Test
    void shouldKeepCountsApartWhenSessionsWriteInOneGroup() throws Exception {
        database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, who)");
        database.update("CREATE TABLE u(id INTEGER PRIMARY KEY, r)");
        final int threads = 4;
        final int rounds = 200;
        final List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            final int who = i;
            all.add(OtherThread.call(() -> {
                try (Session session = database.openSession()) {
                    for (int n = 1; n <= rounds; n++) {
                        final long id = who * 1_000_000L + n;
                        session.update("INSERT INTO t VALUES (?, ?)", id, who);
                        assertThat(session.update("INSERT INTO u(r) VALUES (last_insert_rowid())")
                                        .changeCount())
                                .isEqualTo(1);
                        assertThat(session.queryLong("SELECT r FROM u WHERE id = last_insert_rowid()"))
                                .isEqualTo(id);
                        assertThat(session.queryLong("SELECT total_changes()")).isEqualTo(2L * n);
                    }
                }
                return null;
            }));
        }
        for (final CompletableFuture<Void> each : all) {
            each.get(60, TimeUnit.SECONDS);
        }
        assertThat(database.queryLong("SELECT count(*) FROM u JOIN t ON t.id = u.r"))
                .isEqualTo(threads * rounds);
    }

    @Test
    void shouldCountOnceWhenAGroupIsUndoneAndRunsAgain() {
        database.script("CREATE TABLE t(id INTEGER PRIMARY KEY);"
                + "CREATE TABLE parent(id INTEGER PRIMARY KEY);"
                + "CREATE TABLE bomb(id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK); INSERT INTO bomb VALUES (1)");
        try (Session holder = database.openSession();
                Session one = database.openSession();
                Session two = database.openSession()) {
            one.update("INSERT INTO t VALUES (50)");
            holder.begin();
            final CompletableFuture<Object> first = OtherThread.call(() -> one.update("INSERT INTO t VALUES (51)"));
            final CompletableFuture<Object> second = OtherThread.call(() -> two.update("INSERT INTO bomb VALUES (1)"));
            holder.commit();
            first.join();
            assertThatThrownBy(second::join).hasMessageContaining("SQLITE_CONSTRAINT");
            assertThat(one.queryLong("SELECT total_changes()")).isEqualTo(2);
            assertThat(one.queryLong("SELECT last_insert_rowid()")).isEqualTo(51);
            assertThat(two.queryLong("SELECT total_changes()")).isZero();
        }
    }

    @Test
    void shouldKnowTheSessionsCountsInBatchesAndScripts() {
        database.script("CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE TABLE u(a, b)");
        try (Session session = database.openSession();
                Session other = database.openSession()) {
            session.update("INSERT INTO t VALUES (7, 1)");
            other.update("INSERT INTO t(id) VALUES (100), (101), (102)");
            session.batch(new Batch().add("INSERT INTO u VALUES (last_insert_rowid(), changes())"));
            assertThat(session.queryLong("SELECT a * 1000 + b FROM u")).isEqualTo(7001);
            other.script(
                    "DELETE FROM u; INSERT INTO t(id) VALUES (200); INSERT INTO u VALUES (last_insert_rowid(), changes())");
            assertThat(other.queryLong("SELECT a * 1000 + b FROM u")).isEqualTo(200_001);
            assertThat(other.queryLong("SELECT total_changes()")).isEqualTo(6);
        }
    }

    @Test
    void shouldKnowALargeCountWhenATriggerAsks() {
        database.script(
                "CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE TABLE log(c);"
                        + "CREATE TABLE u(v); CREATE TRIGGER r AFTER INSERT ON u BEGIN INSERT INTO log VALUES (changes()); END");
        try (Session session = database.openSession();
                Session other = database.openSession()) {
            session.update("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)"
                    + " INSERT INTO t SELECT i FROM n");
            other.update("INSERT INTO u VALUES (1)");
            session.update("INSERT INTO u VALUES (1), (2)");
            assertThat(database.query("SELECT c FROM log ORDER BY rowid", row -> row.getLong(0)))
                    .containsExactly(0L, 30_000L, 30_000L);
        }
    }

    @Test
    void shouldRefuseToAskWhenTheSessionIsShared() {
        database.update("CREATE TABLE t(id INTEGER PRIMARY KEY)");
        for (final String sql : List.of("SELECT last_insert_rowid()", "INSERT INTO t VALUES (changes() + 5)")) {
            assertThatThrownBy(() -> database.update(sql))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.REFUSED))
                    .hasMessageContaining("openSession");
        }
        database.inTransaction(transaction -> {
            transaction.update("INSERT INTO t VALUES (5)");
            assertThat(transaction.queryLong("SELECT last_insert_rowid()")).isEqualTo(5);
        });
    }
}
