// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.protocol.ValueWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A statement with its arguments, encoded. Equal when both are. Immutable. */
public final class QueryKey {
    private final String sql;
    private final byte[] parameters;
    private final int parameterCount;
    private final int hash;

    private QueryKey(String sql, byte[] parameters, int parameterCount) {
        this.sql = sql;
        this.parameters = parameters;
        this.parameterCount = parameterCount;
        this.hash = 31 * sql.hashCode() + Arrays.hashCode(parameters);
    }

    /**
     * Encodes the arguments.
     *
     * @param sql one statement.
     * @param args its parameters.
     * @return the key.
     * @throws IllegalArgumentException for a value without a storage class.
     */
    public static QueryKey of(String sql, @Nullable Object[] args) {
        final ValueWriter writer = new ValueWriter();
        for (Object arg : args) {
            writer.writeObject(arg);
        }
        final byte[] bytes = new byte[writer.lengthBytes()];
        writer.buffer().getBytes(0, bytes);
        return new QueryKey(sql, bytes, args.length);
    }

    /** {@return the SQL} */
    public String sql() {
        return sql;
    }

    void writeTo(ValueWriter target) {
        target.clear();
        target.writeEncoded(parameters, parameterCount);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof QueryKey that
                && hash == that.hash
                && sql.equals(that.sql)
                && Arrays.equals(parameters, that.parameters);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return sql + (parameterCount == 0 ? "" : " (" + parameterCount + " arguments)");
    }
}
