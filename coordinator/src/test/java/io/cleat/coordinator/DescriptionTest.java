// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import io.cleat.ColumnDescription;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.StatementDescription;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of a statement before it runs, against a real coordinator, and sqlite-jdbc beside it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class DescriptionTest {
    private static final String SCHEMA =
            "CREATE TABLE item(id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(40) NOT NULL,"
                    + " price DECIMAL(10,2), bare, \"odd Name\" text DEFAULT 'x');"
                    + "CREATE TABLE pair(a INT NOT NULL, b INT, c BLOB, PRIMARY KEY(a, b)) WITHOUT ROWID;"
                    + "CREATE VIEW cheap AS SELECT id, name AS label, price * 2 AS twice FROM item WHERE price < 5";

    @TempDir
    Path folder;

    private final AtomicInteger asked = new AtomicInteger();
    private Place place;
    private Coordinator coordinator;
    private Database database;
    private Session session;

    @BeforeEach
    void open() {
        place = Place.in(folder, "describe");
        coordinator = launch(place.coordinator());
        database = place.open();
        session = database.openSession();
        session.script(SCHEMA);
    }

    private Coordinator launch(CoordinatorContext context) {
        return Coordinator.launch(context.interceptor(new RequestInterceptor() {
            @Override
            public void before(RequestDetails request) {
                if (request.kind().equals("PREPARE")) {
                    asked.incrementAndGet();
                }
            }

            @Override
            public void after(RequestDetails request, @Nullable ErrorCode code, long durationNs) {}
        }));
    }

    @AfterEach
    void close() {
        session.close();
        database.close();
        coordinator.close();
    }

    private List<String> columns(String sql) {
        return columns(session, sql);
    }

    private static List<String> columns(Session of, String sql) {
        return of.describe(sql).columns().stream().map(ColumnDescription::name).toList();
    }

    // ---- what it says ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT * FROM item",
                "SELECT id AS name, name AS id, price + 1, count(*), 'x', NULL FROM item",
                "SELECT i.id, p.* FROM item i LEFT JOIN pair p ON p.a = i.id WHERE i.name = ?",
                "SELECT *, rowid FROM item",
                "SELECT * FROM cheap",
                "SELECT * FROM (SELECT name, bare FROM item) UNION SELECT a, b FROM pair",
                "WITH w(x) AS (SELECT a FROM pair) SELECT x, x FROM w",
                "VALUES(1, 'a')",
                "INSERT INTO item(name) VALUES(?) RETURNING id, name, upper(name)",
                "DELETE FROM pair RETURNING *",
                "UPDATE pair SET c = 1 RETURNING a AS b",
                "PRAGMA table_info(item)",
                "PRAGMA user_version",
                "EXPLAIN SELECT * FROM item",
                "EXPLAIN QUERY PLAN DELETE FROM item",
                "SELECT item.name, \"odd Name\", type FROM item, sqlite_schema"
            })
    void shouldSayWhatSqliteJdbcSaysOfColumns(String sql) throws SQLException {
        final StatementDescription description = session.describe(sql);
        try (Connection jdbc = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            try (var statement = jdbc.createStatement()) {
                statement.executeUpdate(SCHEMA);
            }
            try (PreparedStatement statement = jdbc.prepareStatement(sql)) {
                assertThat(description.parameterCount())
                        .isEqualTo(statement.getParameterMetaData().getParameterCount());
                final ResultSetMetaData expected = statement.getMetaData();
                final int count = expected.getColumnCount();
                assertThat(description.columns()).hasSize(count);
                assertThat(description.returnsRows()).isEqualTo(count > 0);
                for (int i = 0; i < count; i++) {
                    assertSame(description.columns().get(i), expected, i + 1);
                }
            }
        }
    }

    private static void assertSame(ColumnDescription column, ResultSetMetaData expected, int number)
            throws SQLException {
        assertThat(column.name()).isEqualTo(expected.getColumnName(number));
        assertThat(column.tableName() == null ? "" : column.tableName()).isEqualTo(expected.getTableName(number));
        assertThat(column.notNull())
                .as("not null: %s", column)
                .isEqualTo(expected.isNullable(number) == ResultSetMetaData.columnNoNulls);
        assertThat(column.autoIncrement()).as("%s", column).isEqualTo(expected.isAutoIncrement(number));
        final String declared = column.declaredType();
        if (declared != null) {
            // sqlite-jdbc cuts the length off and changes the case.
            assertThat(declared.toUpperCase(Locale.ROOT)).startsWith(expected.getColumnTypeName(number));
        }
    }

    @Test
    void shouldSayEverythingOfATablesColumns() {
        assertThat(session.describe("SELECT * FROM item").columns())
                .containsExactly(
                        new ColumnDescription("id", "INTEGER", "item", false, true, true),
                        new ColumnDescription("name", "VARCHAR(40)", "item", true, false, false),
                        new ColumnDescription("price", "DECIMAL(10,2)", "item", false, false, false),
                        new ColumnDescription("bare", null, "item", false, false, false),
                        new ColumnDescription("odd Name", "TEXT", "item", false, false, false));
        assertThat(session.describe("SELECT a, b, c, a + b FROM pair").columns())
                .containsExactly(
                        new ColumnDescription("a", "INT", "pair", true, true, false),
                        new ColumnDescription("b", "INT", "pair", true, true, false),
                        new ColumnDescription("c", "BLOB", "pair", false, false, false),
                        new ColumnDescription("a + b", null, null, false, false, false));
    }

    @Test
    void shouldNumberParametersAsSqliteDoes() {
        final StatementDescription description = session.describe(
                "SELECT ?, :b, ?, @a, :b, $c::d(x), ?1 -- ?\n, '?', \"?\", [?], ?9, ? FROM (SELECT 1 AS \"?\")");
        assertThat(description.parameterNames())
                .containsExactly("?1", ":b", "", "@a", "$c::d(x)", "", "", "", "?9", "");
        assertThat(description.parameterCount()).isEqualTo(10);
        assertThat(session.describe("EXPLAIN SELECT :a").parameterNames()).containsExactly(":a");
        assertThat(session.describe("SELECT ?03, ?2").parameterNames()).containsExactly("", "?2", "?03");
    }

    @Test
    void shouldSayWhetherItIsReadOnly() {
        for (final String sql : List.of(
                "SELECT 1",
                "WITH w AS (SELECT 1) SELECT * FROM w",
                "PRAGMA user_version",
                "PRAGMA table_info(item)",
                "EXPLAIN DELETE FROM item",
                "VALUES(1)")) {
            assertThat(session.describe(sql).readOnly()).as(sql).isTrue();
        }
        for (final String sql : List.of(
                "DELETE FROM item",
                "INSERT INTO item(name) VALUES('x') RETURNING id",
                "WITH w AS (SELECT 1) DELETE FROM item",
                "CREATE TABLE x(a)",
                "PRAGMA user_version=7",
                "VACUUM")) {
            assertThat(session.describe(sql).readOnly()).as(sql).isFalse();
            assertThat(session.describe(sql).returnsRows()).as(sql).isEqualTo(sql.contains("RETURNING"));
        }
        assertThat(session.queryLong("PRAGMA user_version")).as("nothing ran").isZero();
        assertThat(session.queryLong("SELECT count(*) FROM item")).isZero();
    }

    @Test
    void shouldDescribeMoreColumnsThanAChunkHolds() {
        final String names = IntStream.range(0, 1500)
                .mapToObj(i -> "column_with_a_name_that_is_long_enough_to_fill_some_chunks_" + i)
                .collect(Collectors.joining(","));
        session.update("CREATE TABLE wide(" + names + ")");
        assertThat(columns("SELECT * FROM wide")).containsExactly(names.split(","));
        final String[] parameters =
                IntStream.range(0, 1500).mapToObj(i -> ":p" + i).toArray(String[]::new);
        assertThat(session.describe("SELECT " + String.join(",", parameters)).parameterNames())
                .containsExactly(parameters);
    }

    @Test
    void shouldFailAsARunWouldWhenItCannotBeCompiled() {
        assertThatThrownBy(() -> session.describe("SELECT * FROM missing"))
                .isInstanceOf(SqlException.class)
                .hasMessageContaining("no such table: missing");
        assertThatThrownBy(() -> session.describe("SELEC 1"))
                .isInstanceOf(SqlException.class)
                .hasMessageContaining("syntax error");
        for (final String sql : List.of(
                "SELECT 1; SELECT 2",
                "",
                " -- nothing",
                "BEGIN",
                "COMMIT",
                "SAVEPOINT a",
                "ATTACH 'x' AS y",
                "PRAGMA journal_mode=DELETE",
                "CREATE TEMP TABLE x(a)")) {
            assertThatThrownBy(() -> session.describe(sql))
                    .as(sql)
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.REFUSED));
        }
        assertThat(columns("SELECT 1 AS one")).as("goes on").containsExactly("one");
    }

    // ---- where it is asked ----

    @Test
    void shouldNotWaitWhenAnotherHoldsTheWriteTurn() {
        try (Session holder = database.openSession()) {
            holder.begin();
            holder.update("INSERT INTO item(name) VALUES('x')");
            assertThat(session.describe("INSERT INTO item(name) VALUES(?)").parameterCount())
                    .isEqualTo(1);
            assertThat(columns("SELECT name FROM item")).containsExactly("name");
            holder.rollback();
        }
    }

    @Test
    void shouldSeeWhatItsTransactionHasNotCommitted() {
        try (Session other = database.openSession()) {
            assertThat(columns("SELECT * FROM pair")).hasSize(3);
            session.begin();
            session.update("ALTER TABLE pair ADD COLUMN d");
            session.update("CREATE TABLE young(x, y)");
            assertThat(columns("SELECT * FROM young")).containsExactly("x", "y");
            assertThat(columns("SELECT * FROM pair")).hasSize(4);
            assertThat(columns(other, "SELECT * FROM pair")).hasSize(3);
            assertThatThrownBy(() -> other.describe("SELECT * FROM young")).hasMessageContaining("no such table");
            session.rollback();
            assertThatThrownBy(() -> session.describe("SELECT * FROM young")).hasMessageContaining("no such table");
            assertThat(columns("SELECT * FROM pair")).hasSize(3);
        }
    }

    @Test
    void shouldGoOnWithOpenRowsWhenAskedInATransaction() {
        session.script("INSERT INTO item(name) VALUES('a'); INSERT INTO item(name) VALUES('b')");
        session.begin();
        try (Rows rows = session.rows("UPDATE item SET price = 1 RETURNING id")) {
            assertThat(rows.next()).isTrue();
            assertThat(columns("SELECT name FROM item")).containsExactly("name");
            assertThatThrownBy(() -> session.describe("SELECT * FROM missing")).isInstanceOf(SqlException.class);
            assertThat(rows.next()).isTrue();
            assertThat(rows.next()).isFalse();
        }
        session.commit();
        assertThat(session.queryLong("SELECT count(*) FROM item WHERE price = 1"))
                .isEqualTo(2);
    }

    @Test
    void shouldSeeTheSchemaOfItsSnapshot() {
        try (Session other = database.openSession()) {
            final String sql = "SELECT * FROM pair";
            assertThat(columns(sql)).hasSize(3);
            session.snapshot(snapshot -> {
                OtherThread.call(() -> other.update("ALTER TABLE pair ADD COLUMN d"))
                        .join();
                assertThat(columns(sql)).hasSize(3);
                assertThat(OtherThread.call(() -> columns(other, sql)).join()).hasSize(4);
                assertThat(columns(sql)).hasSize(3);
                assertThat(snapshot.query(sql, row -> row.columnCount())).isEmpty();
                assertThat(session.describe("DELETE FROM pair").readOnly()).isFalse();
                return 0;
            });
            assertThat(columns(sql)).hasSize(4);
        }
    }

    @Test
    void shouldGiveTheColumnsOfTodayWhenItsStatementRanInAnOlderSnapshot() {
        session.update("INSERT INTO pair VALUES(1, 2, 3)");
        final String sql = "SELECT * FROM pair";
        // As many snapshots as there are connections: whichever is taken afterwards has seen the older schema.
        try (Session other = database.openSession()) {
            session.snapshot(snapshot -> {
                OtherThread.call(() -> other.update("ALTER TABLE pair ADD COLUMN d DEFAULT 4"))
                        .join();
                assertThat(snapshot.query(sql, row -> row.columnCount())).containsExactly(3);
                return 0;
            });
            session.snapshot(snapshot -> {
                assertThat(snapshot.query(sql, row -> row.columnCount())).containsExactly(4);
                return 0;
            });
        }
    }

    // ---- what is remembered ----

    @Test
    void shouldAskOnceForAllSessionsUntilAnybodyChangesTheSchema() {
        final String sql = "SELECT * FROM item";
        try (ChildJvm other = place.attach();
                Session second = database.openSession()) {
            assertThat(columns(sql)).hasSize(5);
            final int before = asked.get();
            for (int i = 0; i < 100; i++) {
                assertThat(columns(i % 2 == 0 ? session : second, sql)).hasSize(5);
                session.update("INSERT INTO item(name) VALUES('x')");
            }
            session.begin();
            assertThat(columns(sql)).hasSize(5);
            session.rollback();
            assertThat(asked).as("remembered").hasValue(before);
            for (int i = 0; i < 10; i++) {
                other.send("ALTER TABLE item ADD COLUMN more" + i);
                other.awaitLine("OK");
                assertThat(columns(i % 2 == 0 ? session : second, sql)).hasSize(6 + i);
            }
            assertThat(asked).hasValue(before + 10);
        }
    }

    @Test
    void shouldAskTheNextCoordinatorAgain() throws SQLException {
        assertThat(columns("SELECT * FROM pair")).hasSize(3);
        coordinator.handOver("another one comes");
        try (Connection jdbc = DriverManager.getConnection("jdbc:sqlite:" + place.file());
                var statement = jdbc.createStatement()) {
            statement.executeUpdate("ALTER TABLE pair ADD COLUMN d");
        }
        coordinator = launch(place.coordinator());
        assertThat(session.queryLong("SELECT count(*) FROM pair")).isZero();
        assertThat(columns("SELECT * FROM pair")).hasSize(4);
    }

    @Test
    void shouldRememberNothingWhenOthersMayChangeTheFile() throws SQLException {
        final Place shared = Place.in(folder, "shared");
        try (Coordinator sharing = launch(shared.coordinator().exclusiveFile(false));
                Database opened = shared.open();
                Session asking = opened.openSession()) {
            assertThat(sharing.isClosed()).isFalse();
            asking.update("CREATE TABLE t(a)");
            assertThat(columns(asking, "SELECT * FROM t")).hasSize(1);
            try (Connection jdbc = DriverManager.getConnection("jdbc:sqlite:" + shared.file());
                    var statement = jdbc.createStatement()) {
                statement.executeUpdate("ALTER TABLE t ADD COLUMN b");
            }
            assertThat(columns(asking, "SELECT * FROM t")).hasSize(2);
        }
    }
}
