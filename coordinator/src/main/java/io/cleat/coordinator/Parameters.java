// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteStatement;
import io.cleat.protocol.ProtocolException;
import io.cleat.protocol.StorageClass;
import io.cleat.protocol.ValueReader;

/**
 * Binds encoded values to a statement.
 *
 * <p>Not thread-safe: one owner.
 */
final class Parameters {
    private final ValueReader reader = new ValueReader();

    /**
     * Binds the values of an Execute.
     *
     * @param request that has them.
     * @param statement to bind to.
     * @throws ParameterCountException when the statement has another number of parameters.
     * @throws ProtocolException when the bytes are not that many values.
     */
    void bind(Request request, SqliteStatement statement) {
        if (request.parameterCount == 0 && statement.parameterCount() == 0) {
            return;
        }
        reader.wrap(request.message, request.parametersOffset, request.parametersLengthBytes);
        bind(reader, request.parameterCount, statement);
        if (reader.hasNext()) {
            throw new ProtocolException("parameters: count=" + request.parameterCount + " and bytes are left");
        }
    }

    /**
     * Binds values.
     *
     * @param values stands before the first.
     * @param count how many there are.
     * @param statement to bind to.
     * @throws ParameterCountException when the statement has another number of parameters.
     */
    static void bind(ValueReader values, int count, SqliteStatement statement) {
        if (count != statement.parameterCount()) {
            throw new ParameterCountException(statement.parameterCount(), count);
        }
        for (int i = 0; i < count; i++) {
            switch (values.next()) {
                case StorageClass.NULL -> statement.bindNull(i);
                case StorageClass.INTEGER -> statement.bindLong(i, values.longValue());
                case StorageClass.REAL -> statement.bindDouble(i, values.doubleValue());
                case StorageClass.TEXT -> statement.bindText(i, values.bytes());
                default -> statement.bindBlob(i, values.bytes());
            }
        }
    }
}
