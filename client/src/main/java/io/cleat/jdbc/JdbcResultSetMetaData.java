// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.ColumnDescription;
import io.cleat.protocol.StorageClass;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a result. Their types go by the declared type and by the storage class of the current row's value, as in sqlite-jdbc; before a run, and
 * where there is no row, by the declared type alone.
 *
 * <p>Threading: that of the statement.
 */
final class JdbcResultSetMetaData implements ResultSetMetaData {
    private final List<ColumnDescription> columns;
    private final @Nullable JdbcResultSet results;

    /**
     * Describes columns.
     *
     * @param columns as they were before the run.
     * @param results open; null before a run. What it says of its columns is newer.
     */
    JdbcResultSetMetaData(List<ColumnDescription> columns, @Nullable JdbcResultSet results) {
        this.columns = columns;
        this.results = results;
    }

    @Override
    public int getColumnCount() {
        return results == null ? columns.size() : results.columnNames().length;
    }

    @Override
    public String getColumnName(int column) throws SQLException {
        check(column);
        return results == null ? columns.get(column - 1).name() : results.columnNames()[column - 1];
    }

    @Override
    public String getColumnLabel(int column) throws SQLException {
        return getColumnName(column);
    }

    @Override
    public int getColumnType(int column) throws SQLException {
        final String name = getColumnTypeName(column);
        return ColumnTypes.sqlType(name, type(column), results == null ? 0 : results.longOf(column));
    }

    @Override
    public String getColumnTypeName(int column) throws SQLException {
        final @Nullable String declared = declaredType(column);
        return declared == null ? ColumnTypes.nameOf(type(column)) : ColumnTypes.name(declared);
    }

    @Override
    public String getColumnClassName(int column) throws SQLException {
        check(column);
        return ColumnTypes.className(type(column), results == null ? 0 : results.longOf(column));
    }

    @Override
    public int getPrecision(int column) throws SQLException {
        return ColumnTypes.argument(declaredType(column), 0);
    }

    @Override
    public int getScale(int column) throws SQLException {
        return ColumnTypes.argument(declaredType(column), 1);
    }

    @Override
    public boolean isSigned(int column) throws SQLException {
        final String name = getColumnTypeName(column);
        return name.equals("NUMERIC") || name.equals("INTEGER") || name.equals("REAL");
    }

    @Override
    public int isNullable(int column) throws SQLException {
        final @Nullable ColumnDescription described = described(column);
        return described != null && described.notNull() ? columnNoNulls : columnNullable;
    }

    @Override
    public boolean isAutoIncrement(int column) throws SQLException {
        final @Nullable ColumnDescription described = described(column);
        return described != null && described.autoIncrement();
    }

    @Override
    public String getTableName(int column) throws SQLException {
        final @Nullable ColumnDescription described = described(column);
        final @Nullable String table = described == null ? null : described.tableName();
        return table == null ? "" : table;
    }

    @Override
    public String getSchemaName(int column) {
        return "";
    }

    @Override
    public String getCatalogName(int column) {
        return "";
    }

    @Override
    public int getColumnDisplaySize(int column) {
        return Integer.MAX_VALUE;
    }

    @Override
    public boolean isCaseSensitive(int column) {
        return true;
    }

    @Override
    public boolean isSearchable(int column) {
        return true;
    }

    @Override
    public boolean isCurrency(int column) {
        return false;
    }

    @Override
    public boolean isReadOnly(int column) {
        return false;
    }

    @Override
    public boolean isWritable(int column) {
        return true;
    }

    @Override
    public boolean isDefinitelyWritable(int column) {
        return true;
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

    private int type(int column) {
        return results == null ? StorageClass.NULL : results.typeOf(column);
    }

    private @Nullable String declaredType(int column) throws SQLException {
        final @Nullable ColumnDescription described = described(column);
        final @Nullable String declared = results != null && results.isOpen()
                ? results.declaredType(column)
                : described == null ? null : described.declaredType();
        return declared == null ? ColumnTypes.ofCast(getColumnName(column)) : declared;
    }

    /** Null when the schema has changed since the description, so that it does not fit the result. */
    private @Nullable ColumnDescription described(int column) throws SQLException {
        check(column);
        return columns.size() == getColumnCount() ? columns.get(column - 1) : null;
    }

    private void check(int column) throws SQLException {
        final int count = getColumnCount();
        if (column < 1 || column > count) {
            throw Misuse.index("column " + column + " out of bounds [1," + count + "]");
        }
    }
}
