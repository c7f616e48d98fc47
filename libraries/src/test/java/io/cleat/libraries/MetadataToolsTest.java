// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What tools such as DBeaver and SQuirreL SQL ask a driver when they connect, fill their tree of objects and open a table: the calls of
 * the generic JDBC provider, and what DBeaver's SQLite one reads from sqlite_schema and PRAGMAs.
 */
@Timeout(60)
class MetadataToolsTest {
    private static final @Nullable String NOTHING = null;

    @TempDir
    Path folder;

    private ServedDatabase shop;
    private Connection connection;
    private DatabaseMetaData metadata;

    @BeforeEach
    void serve() throws SQLException {
        shop = new ServedDatabase(folder);
        shop.execute(
                "CREATE TABLE maker(id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(40) NOT NULL UNIQUE)",
                "CREATE TABLE item(id INTEGER PRIMARY KEY, maker INTEGER NOT NULL REFERENCES maker(id) ON DELETE CASCADE,"
                        + " name TEXT NOT NULL, price DECIMAL(10,2) DEFAULT 1.5, picture BLOB)",
                "CREATE INDEX by_name ON item(name, price)",
                "CREATE VIEW cheap AS SELECT * FROM item WHERE price < 10",
                "CREATE TRIGGER named AFTER INSERT ON item BEGIN UPDATE item SET name = trim(name) WHERE id = new.id; END",
                "INSERT INTO maker(name) VALUES('steelworks')",
                "INSERT INTO item(maker, name) VALUES(1, 'cleat')");
        connection = DriverManager.getConnection(shop.url());
        metadata = connection.getMetaData();
    }

    @AfterEach
    void stop() throws SQLException {
        connection.close();
        shop.close();
    }

    /** A column of all rows. */
    private static List<String> column(ResultSet results, String name) throws SQLException {
        final List<String> values = new ArrayList<>();
        try (results) {
            while (results.next()) {
                final @Nullable String value = results.getString(name);
                values.add(String.valueOf(value));
            }
        }
        return values;
    }

    @Test
    void shouldTellTheConnectionDialogWhatItIs() throws SQLException {
        final Driver driver = DriverManager.getDriver(shop.url());
        assertThat(driver.acceptsURL(shop.sqliteUrl())).isTrue();
        assertThat(driver.getPropertyInfo(shop.url(), new Properties()))
                .extracting((DriverPropertyInfo info) -> info.name)
                .contains("directory", "readOnly", "foreign_keys");
        assertThat(metadata.getDatabaseProductName()).isEqualTo("SQLite");
        assertThat(metadata.getDatabaseProductVersion()).startsWith("3.");
        assertThat(metadata.getDriverName()).isNotBlank();
        assertThat(metadata.getDriverVersion()).isNotBlank();
        assertThat(metadata.getURL()).isEqualTo(shop.url());
        assertThat(metadata.getIdentifierQuoteString()).isEqualTo("\"");
        assertThat(metadata.getSQLKeywords()).isNotNull();
        assertThat(metadata.supportsTransactions()).isTrue();
        assertThat(metadata.supportsBatchUpdates()).isTrue();
        assertThat(metadata.supportsResultSetType(ResultSet.TYPE_FORWARD_ONLY)).isTrue();
        assertThat(column(metadata.getTableTypes(), "TABLE_TYPE")).contains("TABLE", "VIEW");
        assertThat(column(metadata.getTypeInfo(), "TYPE_NAME")).contains("INTEGER", "TEXT", "REAL", "BLOB");
        assertThat(column(metadata.getCatalogs(), "TABLE_CAT")).isEmpty();
    }

    @Test
    void shouldFillTheTree() throws SQLException {
        assertThat(column(metadata.getTables(NOTHING, NOTHING, "%", null), "TABLE_NAME"))
                .contains("maker", "item", "cheap");
        assertThat(column(metadata.getTables(NOTHING, NOTHING, "%", new String[] {"VIEW"}), "TABLE_NAME"))
                .containsExactly("cheap");
        assertThat(column(metadata.getColumns(NOTHING, NOTHING, "item", "%"), "COLUMN_NAME"))
                .containsExactly("id", "maker", "name", "price", "picture");
        assertThat(column(metadata.getColumns(NOTHING, NOTHING, "item", "price"), "COLUMN_DEF"))
                .containsExactly("1.5");
        assertThat(column(metadata.getColumns(NOTHING, NOTHING, "cheap", "%"), "COLUMN_NAME"))
                .hasSize(5);
        assertThat(column(metadata.getPrimaryKeys(NOTHING, NOTHING, "item"), "COLUMN_NAME"))
                .containsExactly("id");
        assertThat(column(metadata.getIndexInfo(NOTHING, NOTHING, "item", false, true), "INDEX_NAME"))
                .contains("by_name");
        assertThat(column(metadata.getImportedKeys(NOTHING, NOTHING, "item"), "PKTABLE_NAME"))
                .containsExactly("maker");
        assertThat(column(metadata.getExportedKeys(NOTHING, NOTHING, "maker"), "FKTABLE_NAME"))
                .containsExactly("item");
        assertThat(column(metadata.getProcedures(NOTHING, NOTHING, "%"), "PROCEDURE_NAME"))
                .isEmpty();
    }

    @Test
    void shouldReadTheCatalogOfSqlite() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            assertThat(column(statement.executeQuery("SELECT name FROM sqlite_master WHERE type = 'trigger'"), "name"))
                    .containsExactly("named");
            assertThat(column(statement.executeQuery("PRAGMA database_list"), "name"))
                    .containsExactly("main");
            assertThat(column(statement.executeQuery("PRAGMA table_info('item')"), "name"))
                    .hasSize(5);
            assertThat(column(statement.executeQuery("PRAGMA table_xinfo(item)"), "name"))
                    .hasSize(5);
            assertThat(column(statement.executeQuery("PRAGMA index_list(item)"), "name"))
                    .containsExactly("by_name");
            assertThat(column(statement.executeQuery("PRAGMA foreign_key_list(item)"), "table"))
                    .containsExactly("maker");
            assertThat(column(
                            statement.executeQuery("EXPLAIN QUERY PLAN SELECT * FROM item WHERE name = 'a'"), "detail"))
                    .singleElement()
                    .asString()
                    .contains("by_name");
        }
    }

    @Test
    void shouldShowAndEditATable() throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setMaxRows(200);
            statement.setFetchSize(200);
            assertThat(statement.execute("SELECT * FROM item")).isTrue();
            try (ResultSet results = statement.getResultSet()) {
                final var columns = results.getMetaData();
                assertThat(columns.getColumnCount()).isEqualTo(5);
                assertThat(columns.getTableName(3)).isEqualTo("item");
                assertThat(columns.getColumnTypeName(4)).isEqualTo("DECIMAL");
                assertThat(results.next()).isTrue();
                assertThat(results.getObject("name")).isEqualTo("cleat");
            }
            assertThat(statement.getMoreResults()).isFalse();
            assertThat(statement.getUpdateCount()).isEqualTo(-1);
            assertThat(statement.executeUpdate("UPDATE item SET price = 2 WHERE id = 1"))
                    .isEqualTo(1);
        }
        connection.rollback();
        assertThat(shop.value("SELECT price FROM item")).isEqualTo("1.5");
    }

    /** SQuirreL's window "metadata" calls every method that takes no argument, and shows what it says. */
    @Test
    void shouldAnswerAllThatIsAskedWithoutArguments() throws Exception {
        final List<String> failures = new ArrayList<>();
        for (final Method method : DatabaseMetaData.class.getMethods()) {
            if (method.getParameterCount() == 0 && method.getDeclaringClass() == DatabaseMetaData.class) {
                try {
                    final @Nullable Object answer = method.invoke(metadata);
                    if (answer instanceof ResultSet results) {
                        column(results, results.getMetaData().getColumnName(1));
                    }
                } catch (ReflectiveOperationException e) {
                    failures.add(method.getName() + ": " + e.getCause());
                }
            }
        }
        assertThat(failures).isEmpty();
    }
}
