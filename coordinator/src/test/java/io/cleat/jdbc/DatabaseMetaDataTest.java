// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.coordinator.Coordinator;
import io.cleat.coordinator.CoordinatorContext;
import io.cleat.coordinator.sqlite.SharedData;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every method of the metadata beside sqlite-jdbc's, on the same tables. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class DatabaseMetaDataTest {
    /** A question to the metadata. */
    private interface Question {
        @Nullable
        Object ask(DatabaseMetaData metaData) throws SQLException;
    }

    /** What is ours, and what sqlite-jdbc has; a text that a value begins with. */
    private record Difference(String ours, String theirs) {}

    private static final String REFUSED = "SQLFeatureNotSupportedException code=0";

    /** All methods without parameters that answer otherwise; docs/jdbc.md says why. */
    private static final Map<String, Difference> DIFFERENCES = Map.ofEntries(
            Map.entry("getConnection", new Difference("JdbcConnection connection", "JDBC4Connection")),
            Map.entry("getURL", new Difference("'jdbc:cleat:side?", "'jdbc:sqlite:")),
            Map.entry("getDriverName", new Difference("'Cleat JDBC'", "'SQLite JDBC'")),
            Map.entry("getDriverVersion", new Difference("'0.1'", "'3.")),
            Map.entry("getDriverMajorVersion", new Difference("Integer 0", "Integer 3")),
            Map.entry("getDriverMinorVersion", new Difference("Integer 1", "Integer ")),
            Map.entry("getRowIdLifetime", new Difference("RowIdLifetime ROWID_UNSUPPORTED", REFUSED)),
            Map.entry("getClientInfoProperties", new Difference("NAME|MAX_LEN|DEFAULT_VALUE|DESCRIPTION|", REFUSED)),
            Map.entry("autoCommitFailureClosesAllResultSets", new Difference("Boolean false", REFUSED)),
            Map.entry("generatedKeyAlwaysReturned", new Difference("Boolean false", REFUSED)),
            Map.entry("supportsStoredFunctionsUsingCallSyntax", new Difference("Boolean false", REFUSED)));

    private static final List<@Nullable String> TABLES = Arrays.asList(
            "artist",
            "ARTIST",
            "album",
            "pair",
            "lookup",
            "child",
            "tree",
            "a\"b",
            "weird.name",
            "%",
            "under_score",
            "under\\_score",
            "o'hara",
            "Größe €\uD83D\uDE00",
            "generated",
            "keyless",
            "exact",
            "many",
            "albums",
            "words",
            "sqlite_schema",
            "sqlite_master",
            "sqlite_sequence",
            "nothing",
            "a%",
            "\\",
            " ",
            "",
            null);

    @TempDir
    Path folder;

    private SideBySide sides;

    @BeforeEach
    void open() throws SQLException {
        sides = new SideBySide(folder);
    }

    @AfterEach
    void close() throws SQLException {
        sides.close();
    }

    private void createTables() throws SQLException {
        sides.execute(
                "CREATE TABLE artist(id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(120) NOT NULL UNIQUE)",
                "CREATE TABLE album(id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT 'no ''title''', artist_id INT"
                        + " REFERENCES artist(id) ON DELETE CASCADE ON UPDATE SET NULL, second INT REFERENCES artist(id),"
                        + " price DECIMAL(10, 2) DEFAULT 1.5, made DATETIME DEFAULT CURRENT_TIMESTAMP, flag BOOLEAN,"
                        + " rate DOUBLE, pic BLOB, anything, odd \"some type\"(7), minus X(-3), half Y(1.5), plus Z(+4, 2),"
                        + " date DATE, big UNSIGNED BIG INT, name CHARACTER VARYING(255), key NUMERIC DEFAULT (1 + 2))",
                "CREATE TABLE pair(a INT, b INT, note, CONSTRAINT pk_pair PRIMARY KEY (b, a))",
                "CREATE TABLE lookup(k TEXT, n INT, v, PRIMARY KEY(k, n)) WITHOUT ROWID",
                "CREATE TABLE child(id INTEGER PRIMARY KEY, a INT, b INT, p INT, CONSTRAINT fk_pair FOREIGN KEY (a, b)"
                        + " REFERENCES pair(a, b) ON DELETE RESTRICT, CONSTRAINT fk_self FOREIGN KEY (p) REFERENCES child(id)"
                        + " ON UPDATE SET DEFAULT DEFERRABLE INITIALLY DEFERRED)",
                "CREATE TABLE tree(id INTEGER PRIMARY KEY, parent INT REFERENCES tree(id))",
                "CREATE TABLE \"a\"\"b\"(\"x\"\"y\" INT PRIMARY KEY, \"sp ace\" TEXT)",
                "CREATE TABLE \"weird.name\"(id INTEGER PRIMARY KEY, \"%\" TEXT, \"_\" INT)",
                "CREATE TABLE \"%\"(v REFERENCES \"weird.name\"(id))",
                "CREATE TABLE under_score(v)",
                "CREATE TABLE underXscore(v)",
                "CREATE TABLE \"o'hara\"(id INTEGER PRIMARY KEY, \"it's\" TEXT DEFAULT 'x''y')",
                "CREATE TABLE \"Größe €\uD83D\uDE00\"(\"größe\" INT PRIMARY KEY, \"\uE000\" TEXT)",
                "CREATE TABLE generated(a INT, b INT GENERATED ALWAYS AS (a * 2) VIRTUAL, c INT AS (a + b) STORED)",
                "CREATE TABLE keyless(a, b)",
                "CREATE TABLE exact(id INT PRIMARY KEY, t TEXT NOT NULL) STRICT",
                "CREATE TABLE many(x INT, y INT, z INT REFERENCES nowhere(k), FOREIGN KEY (x) REFERENCES artist(id),"
                        + " FOREIGN KEY (y) REFERENCES album(id) ON DELETE SET NULL, FOREIGN KEY (x) REFERENCES album(id))",
                "CREATE INDEX album_title ON album(title DESC, lower(title))",
                "CREATE UNIQUE INDEX \"album's\" ON album(artist_id, made) WHERE flag",
                "CREATE INDEX \"a\"\"index\" ON \"a\"\"b\"(\"sp ace\" COLLATE NOCASE)",
                "CREATE VIEW albums AS SELECT album.title, artist.name, price * 2 AS twice FROM album JOIN artist"
                        + " ON artist.id = artist_id",
                "CREATE TRIGGER artist AFTER INSERT ON keyless BEGIN DELETE FROM keyless; END",
                "CREATE VIRTUAL TABLE words USING fts5(word, meaning UNINDEXED)",
                "ANALYZE");
    }

    /** Compares labels and rows, and types where there is a row, by which they go. */
    private void same(String what, Question question) {
        sides.same(what, connection -> answer(connection, question));
    }

    private static @Nullable Object answer(Connection connection, Question question) throws SQLException {
        final Object answer = question.ask(connection.getMetaData());
        return answer instanceof ResultSet results ? described(results) : answer;
    }

    private static List<String> described(ResultSet results) throws SQLException {
        final List<String> text = new ArrayList<>();
        final int count = results.getMetaData().getColumnCount();
        final boolean any = results.next();
        final StringBuilder head = new StringBuilder();
        for (int i = 1; i <= count; i++) {
            head.append(results.getMetaData().getColumnLabel(i)).append('|');
            if (any) {
                head.append(results.getMetaData().getColumnTypeName(i))
                        .append(' ')
                        .append(results.getMetaData().getColumnType(i))
                        .append('|');
            }
        }
        text.add(head.toString());
        for (boolean more = any; more; more = results.next()) {
            final StringBuilder row = new StringBuilder();
            for (int i = 1; i <= count; i++) {
                row.append(SideBySide.text(results.getObject(i))).append('|');
            }
            text.add(row.toString());
        }
        results.close();
        return text;
    }

    private static List<@Nullable String> column(ResultSet results, String label) throws SQLException {
        final List<@Nullable String> values = new ArrayList<>();
        while (results.next()) {
            values.add(results.getString(label));
        }
        results.close();
        return values;
    }

    @Test
    void shouldTellTablesAndColumnsAsSqliteJdbcWhenNamesAreOfAllKinds() throws SQLException {
        createTables();
        for (final String table : TABLES) {
            same("tables " + table, m -> m.getTables(null, null, table, null));
            same("tables of type " + table, m -> m.getTables("c", "s", table, new String[] {"view", "System Table"}));
            same("columns " + table, m -> m.getColumns(null, null, table, null));
        }
        for (final String column : List.of("%", "", "ID", "i%", "_", "\\%", "\\_", "größe", "GRÖSSE", "it's", "\\")) {
            same("columns " + column, m -> m.getColumns(null, null, "%", column));
        }
        same("no types", m -> m.getTables(null, null, "%", new String[0]));
        same("unknown type", m -> m.getTables(null, null, "%", new String[] {"SYNONYM"}));
        same("temporary", m -> m.getTables(null, null, "%", new String[] {"GLOBAL TEMPORARY"}));
    }

    @Test
    void shouldTellKeysAndIndexesAsSqliteJdbcWhenNamesAreOfAllKinds() throws SQLException {
        createTables();
        for (final String table : TABLES) {
            same("primary " + table, m -> m.getPrimaryKeys("c", null, table));
            same("imported " + table, m -> m.getImportedKeys("c", null, table));
            same("exported " + table, m -> m.getExportedKeys(null, "s's", table));
            same("index " + table, m -> m.getIndexInfo("c", "s", table, false, false));
            same("unique index " + table, m -> m.getIndexInfo(null, null, table, true, true));
            same("to " + table, m -> m.getCrossReference("a", "b", table, null, "d", null));
            same("from " + table, m -> m.getCrossReference("a", "b", null, "c", null, table));
        }
    }

    @Test
    void shouldTellColumnsOfBrokenViewAsSqliteJdbcWhenItsTableIsGone() throws SQLException {
        sides.execute("CREATE TABLE gone(a)", "CREATE VIEW broken AS SELECT * FROM gone", "DROP TABLE gone");
        same("tables", m -> m.getTables(null, null, "%", null));
        same("columns", m -> m.getColumns(null, null, "broken", "%"));
        same("columns of others", m -> m.getColumns(null, null, "sqlite%", "%"));
    }

    @Test
    void shouldAnswerAsSqliteJdbcWhenMethodsHaveNoParameters() {
        final List<String> compared = new ArrayList<>();
        for (final Method method : DatabaseMetaData.class.getMethods()) {
            if (method.getParameterCount() == 0) {
                final @Nullable Difference difference = DIFFERENCES.get(method.getName());
                final SideBySide.Action call = connection -> call(method, connection);
                if (difference == null) {
                    sides.same(method.getName(), call);
                } else {
                    sides.differ(method.getName(), call, difference.ours(), difference.theirs());
                }
                compared.add(method.getName());
            }
        }
        assertThat(compared).hasSizeGreaterThan(120).containsAll(DIFFERENCES.keySet());
    }

    private static @Nullable Object call(Method method, Connection connection) throws Exception {
        try {
            final Object answer = method.invoke(connection.getMetaData());
            return answer instanceof ResultSet results && method.getName().equals("getTypeInfo")
                    ? described(results)
                    : answer;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SQLException refusal) {
                throw refusal;
            }
            throw e;
        }
    }

    @Test
    void shouldAnswerAsSqliteJdbcWhenMethodsTakeCodes() {
        for (final int first : new int[] {-1, 1000, 2000}) {
            for (int code = first; code <= first + 11; code++) {
                final int a = code;
                same("deletes " + a, m -> m.deletesAreDetected(a));
                same("inserts " + a, m -> m.insertsAreDetected(a));
                same("updates " + a, m -> m.updatesAreDetected(a));
                same("others deletes " + a, m -> m.othersDeletesAreVisible(a));
                same("others inserts " + a, m -> m.othersInsertsAreVisible(a));
                same("others updates " + a, m -> m.othersUpdatesAreVisible(a));
                same("own deletes " + a, m -> m.ownDeletesAreVisible(a));
                same("own inserts " + a, m -> m.ownInsertsAreVisible(a));
                same("own updates " + a, m -> m.ownUpdatesAreVisible(a));
                same("result " + a, m -> m.supportsResultSetType(a));
                same("hold " + a, m -> m.supportsResultSetHoldability(a));
                same("isolation " + a, m -> m.supportsTransactionIsolationLevel(a));
                for (final int b : new int[] {1, 4, 1007, 1008}) {
                    same("concurrency " + a + " " + b, m -> m.supportsResultSetConcurrency(a, b));
                    same("convert " + a + " " + b, m -> m.supportsConvert(a, b));
                }
            }
        }
    }

    @Test
    void shouldHaveNoRowsAsSqliteJdbcWhenSqliteHasNothingOfTheKind() throws SQLException {
        createTables();
        same("attributes", m -> m.getAttributes(null, null, "%", "%"));
        same("best row", m -> m.getBestRowIdentifier(null, null, "artist", DatabaseMetaData.bestRowSession, true));
        same("column privileges", m -> m.getColumnPrivileges(null, null, "artist", "%"));
        same("table privileges", m -> m.getTablePrivileges(null, null, "%"));
        same("procedures", m -> m.getProcedures(null, null, "%"));
        same("procedure columns", m -> m.getProcedureColumns(null, null, "%", "%"));
        same("super tables", m -> m.getSuperTables(null, null, "%"));
        same("super types", m -> m.getSuperTypes(null, null, "%"));
        same("types", m -> m.getUDTs(null, null, "%", null));
        same("version columns", m -> m.getVersionColumns(null, null, "artist"));
    }

    @Test
    void shouldTellTheSameVersionAsSqlWhenProductIsAsked() throws SQLException {
        final DatabaseMetaData metaData = sides.ours().getMetaData();
        try (Statement statement = sides.ours().createStatement();
                ResultSet version = statement.executeQuery("SELECT sqlite_version()")) {
            assertThat(version.next()).isTrue();
            assertThat(metaData.getDatabaseProductVersion()).isEqualTo(version.getString(1));
        }
        assertThat(metaData.getDatabaseProductVersion())
                .startsWith(metaData.getDatabaseMajorVersion() + "." + metaData.getDatabaseMinorVersion() + ".");
        assertThat(metaData.getConnection()).isSameAs(sides.ours());
        assertThat(metaData.isWrapperFor(DatabaseMetaData.class)).isTrue();
        assertThat(metaData.unwrap(DatabaseMetaData.class)).isSameAs(metaData);
        assertThatThrownBy(() -> metaData.unwrap(String.class)).isInstanceOf(SQLException.class);
    }

    /** The calls that DBeaver, SQuirreL and the like make when they open a database. */
    @Test
    void shouldAnswerAsSqliteJdbcWhenToolsBrowse() throws SQLException {
        createTables();
        same("catalogs", DatabaseMetaData::getCatalogs);
        same("schemas", DatabaseMetaData::getSchemas);
        same("types", DatabaseMetaData::getTypeInfo);
        same("table types", DatabaseMetaData::getTableTypes);
        same("all tables", m -> m.getTables(null, null, "%", null));
        same("squirrel", m -> m.getTables(null, null, "%", new String[] {"TABLE", "VIEW", "SYSTEM TABLE"}));
        same("all columns", m -> m.getColumns(null, null, "%", "%"));
        same("all columns of null", m -> m.getColumns(null, null, null, null));
        same("empty catalog", m -> m.getColumns("", "", "album", "%"));
        same("exported of null", m -> m.getExportedKeys(null, null, null));
        same("imported of null", m -> m.getImportedKeys(null, null, null));
        same("primary of null", m -> m.getPrimaryKeys(null, null, null));
        same("index of null", m -> m.getIndexInfo(null, null, null, false, true));
        same("each table", m -> {
            final List<Object> all = new ArrayList<>();
            for (final String table : column(m.getTables(null, null, "%", new String[] {"TABLE"}), "TABLE_NAME")) {
                all.add(described(m.getPrimaryKeys(null, null, table)));
                all.add(described(m.getImportedKeys(null, null, table)));
                all.add(described(m.getExportedKeys(null, null, table)));
                all.add(described(m.getIndexInfo(null, null, table, false, true)));
            }
            return all;
        });
    }

    @Test
    void shouldTellChinookAndNorthwindAsSqliteJdbcWhenTheirTablesAreMade() throws Exception {
        for (final String script : List.of("chinook/Chinook_Sqlite.sql", "northwind/create.sql")) {
            final List<String> creations = creations(Files.readString(SharedData.file(script)));
            assertThat(creations).hasSizeGreaterThan(10);
            sides.execute(creations.toArray(new String[0]));
        }
        same("tables", m -> m.getTables(null, null, "%", null));
        same("columns", m -> m.getColumns(null, null, "%", "%"));
        final List<@Nullable String> tables =
                column(sides.theirs().getMetaData().getTables(null, null, "%", new String[] {"TABLE"}), "TABLE_NAME");
        assertThat(tables).hasSizeGreaterThan(20);
        for (final String table : tables) {
            same("primary " + table, m -> m.getPrimaryKeys(null, null, table));
            same("imported " + table, m -> m.getImportedKeys(null, null, table));
            same("exported " + table, m -> m.getExportedKeys(null, null, table));
            same("index " + table, m -> m.getIndexInfo(null, null, table, false, false));
        }
    }

    private static List<String> creations(String script) {
        final List<String> creations = new ArrayList<>();
        int start = SqlText.start(script, 0);
        while (start < script.length()) {
            final int end = SqlText.end(script, start);
            final String statement = script.substring(start, end);
            if (statement.toUpperCase(Locale.ROOT).startsWith("CREATE")) {
                creations.add(statement);
            }
            start = SqlText.start(script, end);
        }
        return creations;
    }

    /** Where sqlite-jdbc misreads the text of a table, the answers are those of SQLite's catalog. */
    @Test
    void shouldTellWhatSqliteHasWhenSqliteJdbcMisreadsText() throws SQLException {
        sides.execute(
                "CREATE TABLE named(Id INTEGER CONSTRAINT pk_named PRIMARY KEY, u TEXT UNIQUE)",
                "CREATE TABLE cased(Ab INT, \"c,d\" INT, PRIMARY KEY (aB DESC, \"c,d\"))",
                "CREATE TABLE tricky(x INT, y INT, CONSTRAINT fk_x FOREIGN KEY (x) REFERENCES named(Id), PRIMARY KEY (x, y))",
                "CREATE TABLE twigs(id INTEGER PRIMARY KEY, parent INT REFERENCES twigs)",
                "CREATE TABLE keys(k INT CONSTRAINT nn NOT NULL CONSTRAINT fk_k REFERENCES named(Id), a INT, b INT,"
                        + " z REFERENCES nowhere, CONSTRAINT [fk ab] FOREIGN KEY (a, b) REFERENCES cased,"
                        + " FOREIGN KEY (k) REFERENCES named(Id), CONSTRAINT \"fk \"\"u\" FOREIGN KEY (k) REFERENCES named(u))");
        differ(
                "name at the column",
                m -> column(m.getPrimaryKeys(null, null, "named"), "PK_NAME"),
                "['pk_named']",
                "[null]");
        differ(
                "columns",
                m -> column(m.getPrimaryKeys(null, null, "cased"), "COLUMN_NAME"),
                "['Ab', 'c,d']",
                "['\"c', 'aB DESC', 'd\"']");
        differ(
                "name of the other constraint",
                m -> column(m.getPrimaryKeys(null, null, "tricky"), "PK_NAME"),
                "[null, null]",
                "['fk_x FOREIGN KEY");
        differ(
                "names of keys",
                m -> column(m.getImportedKeys(null, null, "keys"), "FK_NAME"),
                "['fk ab', 'fk ab', 'fk \"u', '', 'fk_k', '']",
                "['', '', '', '', '', '']");
        differ(
                "columns of keys",
                m -> column(m.getImportedKeys(null, null, "keys"), "PKCOLUMN_NAME"),
                "['Ab', 'c,d', 'u', 'Id', 'Id', null]",
                "['aB DESC', 'aB DESC', 'u', 'Id', 'Id', 'null']");
        differ(
                "columns of exported keys",
                m -> column(m.getExportedKeys(null, null, "cased"), "PKCOLUMN_NAME"),
                "['Ab', 'c,d']",
                "['', '']");
        differ(
                "column that is not named",
                m -> column(m.getExportedKeys(null, null, "twigs"), "PKCOLUMN_NAME"),
                "['id']",
                "['']");
        same("imported", m -> m.getImportedKeys(null, null, "twigs"));
    }

    @Test
    void shouldCloseItsStatementWhenResultsAreClosed() throws SQLException {
        final ResultSet tables = sides.ours().getMetaData().getTables(null, null, "%", null);
        final ResultSet types = sides.ours().getMetaData().getTypeInfo();
        final Statement statement = tables.getStatement();
        assertThat(statement.getConnection()).isSameAs(sides.ours());
        assertThat(statement).isNotSameAs(types.getStatement());
        tables.close();
        assertThat(statement.isClosed()).isTrue();
        assertThat(types.next()).isTrue();
    }

    private void differ(String what, Question question, String ours, String theirs) {
        sides.differ(what, connection -> question.ask(connection.getMetaData()), ours, theirs);
    }

    /** What sqlite-jdbc has no answer to. */
    @Test
    void shouldAnswerWhenSqliteJdbcDoesNot() throws SQLException {
        createTables();
        final DatabaseMetaData metaData = sides.ours().getMetaData();
        assertThat(column(metaData.getCrossReference("c", null, "PAIR", null, "s", "child"), "FKCOLUMN_NAME"))
                .containsExactly("a", "b");
        assertThat(column(metaData.getCrossReference(null, null, "child", null, null, "pair"), "FK_NAME"))
                .isEmpty();
        differ(
                "between",
                m -> column(m.getCrossReference(null, null, "pair", null, null, "child"), "FK_NAME"),
                "['fk_pair', 'fk_pair']",
                "[]");
        assertThat(column(metaData.getPseudoColumns(null, null, "%", "%"), "TABLE_NAME"))
                .contains("artist", "a\"b", "%", "keyless")
                .doesNotContain("lookup", "albums");
        assertThat(column(metaData.getPseudoColumns(null, null, "artist", "ROW%"), "COLUMN_NAME"))
                .containsExactly("rowid");
        assertThat(column(metaData.getPseudoColumns(null, null, "artist", "id"), "COLUMN_NAME"))
                .isEmpty();
        final Map<String, Question> refused = new LinkedHashMap<>();
        refused.put("FUNCTION_NAME", m -> m.getFunctions(null, null, "%"));
        refused.put("COLUMN_NAME", m -> m.getFunctionColumns(null, null, "%", "%"));
        refused.put("TABLE_SCHEM", m -> m.getSchemas(null, "%"));
        for (final Map.Entry<String, Question> question : refused.entrySet()) {
            final ResultSet none =
                    (ResultSet) Objects.requireNonNull(question.getValue().ask(metaData));
            assertThat(column(none, question.getKey())).isEmpty();
            assertThatThrownBy(() -> question.getValue().ask(sides.theirs().getMetaData()))
                    .isInstanceOf(java.sql.SQLFeatureNotSupportedException.class);
        }
    }

    @Test
    void shouldSeeTablesOfItsTransactionWhenOthersDoNot() throws SQLException {
        final Connection connection = sides.ours();
        try (Connection other =
                        DriverManager.getConnection(connection.getMetaData().getURL());
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("CREATE TABLE fresh(id INTEGER PRIMARY KEY, up INT REFERENCES fresh(id))");
            statement.execute("CREATE INDEX fresh_up ON fresh(up)");
            assertThat(indexesAndKeys(connection)).containsExactly("fresh", "id", "up", "id", "up", "fresh_up");
            assertThat(column(other.getMetaData().getTables(null, null, "fresh", null), "TABLE_NAME"))
                    .isEmpty();
            connection.rollback();
            assertThat(column(connection.getMetaData().getTables(null, null, "fresh", null), "TABLE_NAME"))
                    .isEmpty();
        }
    }

    private static List<@Nullable String> indexesAndKeys(Connection connection) throws SQLException {
        final DatabaseMetaData metaData = connection.getMetaData();
        final List<@Nullable String> found = new ArrayList<>();
        found.addAll(column(metaData.getTables(null, null, "fresh", null), "TABLE_NAME"));
        found.addAll(column(metaData.getColumns(null, null, "fresh", null), "COLUMN_NAME"));
        found.addAll(column(metaData.getPrimaryKeys(null, null, "fresh"), "COLUMN_NAME"));
        found.addAll(column(metaData.getImportedKeys(null, null, "fresh"), "FKCOLUMN_NAME"));
        found.addAll(column(metaData.getIndexInfo(null, null, "fresh", false, false), "INDEX_NAME"));
        return found;
    }

    @Test
    void shouldNotWaitForWriterWhenItOnlyAsks() throws SQLException {
        createTables();
        final Connection connection = sides.ours();
        try (Connection writer =
                        DriverManager.getConnection(connection.getMetaData().getURL());
                Statement write = writer.createStatement()) {
            connection.setAutoCommit(false);
            // Nobody else may write while it is asked; and that this one does not write is known to the one that does.
            assertThat(column(connection.getMetaData().getTables(null, null, "artist", null), "TABLE_NAME"))
                    .containsExactly("artist");
            writer.setAutoCommit(false);
            write.execute("CREATE TABLE written(a)");
            for (final String table : List.of("artist", "child", "pair")) {
                final DatabaseMetaData metaData = connection.getMetaData();
                metaData.getColumns(null, null, table, null).close();
                metaData.getPrimaryKeys(null, null, table).close();
                metaData.getImportedKeys(null, null, table).close();
                metaData.getExportedKeys(null, null, table).close();
                metaData.getIndexInfo(null, null, table, false, false).close();
                metaData.getPseudoColumns(null, null, table, null).close();
            }
            writer.commit();
            // Its snapshot is older.
            assertThat(column(connection.getMetaData().getTables(null, null, "written", null), "TABLE_NAME"))
                    .isEmpty();
            connection.commit();
            assertThat(column(connection.getMetaData().getTables(null, null, "written", null), "TABLE_NAME"))
                    .containsExactly("written");
        }
    }

    @Test
    void shouldReadNumbersFromTextsAsSqliteWhenAskedFor() throws SQLException {
        sides.execute("CREATE TABLE numbers(a DEFAULT 12.75, b DEFAULT ' -7x', c DEFAULT 99999999999999999999, d)");
        for (final String column : List.of("a", "b", "c", "d")) {
            same("default of " + column, m -> {
                try (ResultSet row = m.getColumns(null, null, "numbers", column)) {
                    assertThat(row.next()).isTrue();
                    return Arrays.asList(
                            row.getLong("COLUMN_DEF"),
                            row.wasNull(),
                            row.getDouble("column_def"),
                            row.getInt("NULLABLE"),
                            row.getShort("DATA_TYPE"),
                            row.getBoolean("SQL_DATA_TYPE"),
                            row.getString("COLUMN_SIZE"),
                            row.getBytes("TABLE_NAME"),
                            row.getDouble("ORDINAL_POSITION"));
                }
            });
        }
    }

    @Test
    void shouldCallOutcomesSystemTableWhenTheyAreInTheFile() throws SQLException {
        final Path directory = folder.resolve("shared");
        try (Coordinator coordinator = Coordinator.launch(new CoordinatorContext("rows")
                        .directory(directory)
                        .databaseFile(folder.resolve("rows.db"))
                        .exclusiveFile(false));
                Connection connection = DriverManager.getConnection("jdbc:cleat:rows?directory=" + directory);
                Statement statement = connection.createStatement()) {
            assertThat(coordinator.isClosed()).isFalse();
            statement.executeUpdate("CREATE TABLE mine(a)");
            final DatabaseMetaData metaData = connection.getMetaData();
            assertThat(column(metaData.getTables(null, null, "%", new String[] {"TABLE"}), "TABLE_NAME"))
                    .containsExactly("mine");
            assertThat(column(metaData.getTables(null, null, "cleat%", null), "TABLE_TYPE"))
                    .containsExactly("SYSTEM TABLE");
        }
    }

    @Test
    void shouldThrowWhenItsConnectionWasClosed() throws SQLException {
        final Connection connection =
                DriverManager.getConnection(sides.ours().getMetaData().getURL());
        final DatabaseMetaData metaData = connection.getMetaData();
        final ResultSet open = metaData.getTables(null, null, "%", null);
        connection.close();
        assertThat(open.isClosed()).isTrue();
        final List<Question> questions = List.of(
                m -> m.getTables(null, null, "%", null),
                m -> m.getColumns(null, null, "%", null),
                m -> m.getPrimaryKeys(null, null, "x"),
                m -> m.getImportedKeys(null, null, "x"),
                m -> m.getExportedKeys(null, null, "x"),
                m -> m.getIndexInfo(null, null, "x", false, false),
                DatabaseMetaData::getTypeInfo,
                DatabaseMetaData::getTableTypes,
                DatabaseMetaData::getCatalogs,
                DatabaseMetaData::getURL,
                DatabaseMetaData::getDatabaseProductVersion,
                DatabaseMetaData::isReadOnly);
        for (final Question question : questions) {
            assertThatThrownBy(() -> question.ask(metaData))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08003"));
        }
        assertThatThrownBy(connection::getMetaData).isInstanceOf(SQLException.class);
    }
}
