// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CleatException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What a database is and has, told as sqlite-jdbc tells it; {@code docs/jdbc.md} lists the differences. Tables are asked for by SQL on the
 * connection, in its transaction. Catalogs and schemas that a caller names are not looked at: SQLite has one of each, without a name.
 *
 * <p>Thread-safe, as the connection is.
 */
final class JdbcDatabaseMetaData extends EmptyAnswers {
    private final JdbcConnection connection;
    private final Catalog catalog;

    JdbcDatabaseMetaData(JdbcConnection connection) {
        this.connection = connection;
        this.catalog = new Catalog(connection);
    }

    // Tables ------------------------------------------------------------------------------------------------------

    @Override
    public ResultSet getTables(
            @Nullable String inCatalog, @Nullable String schema, @Nullable String pattern, String @Nullable [] types)
            throws SQLException {
        return new TablesQuery(catalog).ask(pattern, types);
    }

    @Override
    public ResultSet getTableTypes() throws SQLException {
        return catalog.open(FixedRows.of("TABLE_TYPE")
                .add("GLOBAL TEMPORARY")
                .add("SYSTEM TABLE")
                .add("TABLE")
                .add("VIEW"));
    }

    @Override
    public ResultSet getColumns(
            @Nullable String inCatalog, @Nullable String schema, @Nullable String table, @Nullable String column)
            throws SQLException {
        return new ColumnsQuery(catalog).ask(table, column);
    }

    /** As in sqlite-jdbc, all indexes, also when only the unique ones are asked for. */
    @Override
    public ResultSet getIndexInfo(
            @Nullable String inCatalog,
            @Nullable String schema,
            @Nullable String table,
            boolean unique,
            boolean approximate)
            throws SQLException {
        return new IndexQuery(catalog).ask(table);
    }

    @Override
    public ResultSet getPseudoColumns(
            @Nullable String inCatalog, @Nullable String schema, @Nullable String table, @Nullable String column)
            throws SQLException {
        return new PseudoColumnsQuery(catalog).ask(table, column);
    }

    @Override
    public ResultSet getTypeInfo() throws SQLException {
        return catalog.open(TypeInfo.rows());
    }

    // Keys --------------------------------------------------------------------------------------------------------

    @Override
    public ResultSet getPrimaryKeys(@Nullable String inCatalog, @Nullable String schema, @Nullable String table)
            throws SQLException {
        return new PrimaryKeyQuery(catalog).ask(table);
    }

    @Override
    public ResultSet getImportedKeys(@Nullable String inCatalog, @Nullable String schema, @Nullable String table)
            throws SQLException {
        return new ForeignKeysQuery(catalog).imported(new ForeignKeysQuery.Place(inCatalog, schema, table));
    }

    @Override
    public ResultSet getExportedKeys(@Nullable String inCatalog, @Nullable String schema, @Nullable String table)
            throws SQLException {
        return new ForeignKeysQuery(catalog).exported(new ForeignKeysQuery.Place(inCatalog, schema, table));
    }

    /** Without a parent what the other one exports, without a child what the other one imports, as in sqlite-jdbc. */
    @Override
    public ResultSet getCrossReference(
            @Nullable String parentCatalog,
            @Nullable String parentSchema,
            @Nullable String parentTable,
            @Nullable String childCatalog,
            @Nullable String childSchema,
            @Nullable String childTable)
            throws SQLException {
        if (parentTable == null) {
            return getExportedKeys(childCatalog, childSchema, childTable);
        }
        if (childTable == null) {
            return getImportedKeys(parentCatalog, parentSchema, parentTable);
        }
        return new ForeignKeysQuery(catalog)
                .between(
                        new ForeignKeysQuery.Place(parentCatalog, parentSchema, parentTable),
                        new ForeignKeysQuery.Place(childCatalog, childSchema, childTable));
    }

    @Override
    ResultSet none(String... columns) throws SQLException {
        return catalog.open(FixedRows.of(columns));
    }

    // Who it is ---------------------------------------------------------------------------------------------------

    @Override
    public String getDatabaseProductName() {
        return "SQLite";
    }

    /** SQLite's, as {@code select sqlite_version()} says it. */
    @Override
    public String getDatabaseProductVersion() throws SQLException {
        connection.ensureOpen();
        try {
            return connection.database().sqliteVersion();
        } catch (CleatException e) {
            throw connection.failed(e);
        }
    }

    @Override
    public int getDatabaseMajorVersion() throws SQLException {
        return versionPart(0);
    }

    @Override
    public int getDatabaseMinorVersion() throws SQLException {
        return versionPart(1);
    }

    private int versionPart(int index) throws SQLException {
        return Integer.parseInt(getDatabaseProductVersion().split("\\.", -1)[index]);
    }

    @Override
    public String getDriverName() {
        return "Cleat JDBC";
    }

    @Override
    public String getDriverVersion() {
        return CleatDriver.MAJOR_VERSION + "." + CleatDriver.MINOR_VERSION;
    }

    @Override
    public int getDriverMajorVersion() {
        return CleatDriver.MAJOR_VERSION;
    }

    @Override
    public int getDriverMinorVersion() {
        return CleatDriver.MINOR_VERSION;
    }

    @Override
    public String getURL() throws SQLException {
        connection.ensureOpen();
        return connection.url();
    }

    @Override
    public @Nullable String getUserName() {
        return null;
    }

    @Override
    public boolean isReadOnly() throws SQLException {
        return connection.isReadOnly();
    }

    @Override
    public Connection getConnection() {
        return connection;
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (!type.isInstance(this)) {
            throw Misuse.of("not a wrapper for " + type.getName());
        }
        return type.cast(this);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    @Override
    public String toString() {
        return "metadata of " + connection;
    }
}
