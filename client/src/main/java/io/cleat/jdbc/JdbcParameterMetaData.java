// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.JDBCType;
import java.sql.ParameterMetaData;
import java.sql.SQLException;

/** What is known of parameters: how many there are, and the types of the values that they have now, as in sqlite-jdbc. Threading: that of the statement. */
final class JdbcParameterMetaData implements ParameterMetaData {
    private final JdbcPreparedStatement statement;

    JdbcParameterMetaData(JdbcPreparedStatement statement) {
        this.statement = statement;
    }

    @Override
    public int getParameterCount() throws SQLException {
        return statement.values().count();
    }

    @Override
    public int getParameterType(int parameter) throws SQLException {
        final BoundValues values = statement.values();
        if (!values.wasSet()) {
            throw Misuse.of("No parameter has been set yet");
        }
        if (parameter < 1 || parameter > values.count()) {
            throw Misuse.index("Parameter index is invalid");
        }
        return values.typeOf(parameter);
    }

    @Override
    public String getParameterTypeName(int parameter) throws SQLException {
        return JDBCType.valueOf(getParameterType(parameter)).getName();
    }

    @Override
    public String getParameterClassName(int parameter) throws SQLException {
        statement.values();
        return "java.lang.String";
    }

    @Override
    public int getParameterMode(int parameter) {
        return parameterModeIn;
    }

    @Override
    public int getPrecision(int parameter) {
        return 0;
    }

    @Override
    public int getScale(int parameter) {
        return 0;
    }

    @Override
    public int isNullable(int parameter) {
        return parameterNullable;
    }

    @Override
    public boolean isSigned(int parameter) {
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
}
