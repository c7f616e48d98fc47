// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.protocol.PreparedRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Descriptions of statements by their text, for all sessions of a client, those used least recently forgotten first. One holds for the
 * schema under which it was asked for, so that a change of the schema makes all of them worthless at once.
 *
 * <p>Thread-safe.
 */
final class Descriptions {
    private static final int MAX_STATEMENTS = 1_000;

    /** Of a text and the names in its description; longer ones are asked for each time. */
    private static final int MAX_LENGTH = 16 << 10;

    /** All of them together, in characters. */
    private static final int MAX_TOTAL_LENGTH = 1 << 20;

    private record Known(StatementDescription description, SchemaMark schema, int length) {}

    private int totalLength;

    private final Map<String, Known> byText = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > MAX_STATEMENTS && forget(eldest.getValue());
        }
    };

    private boolean forget(Known known) {
        totalLength -= known.length;
        return true;
    }

    /** The description that was asked for under a schema; null when it has to be asked for now. */
    @Nullable
    StatementDescription find(String sql, long epoch, long schemaEpoch) {
        if (!SchemaMark.isSettled(schemaEpoch)) {
            return null;
        }
        synchronized (byText) {
            final @Nullable Known known = byText.get(sql);
            return known != null && known.schema.is(epoch, schemaEpoch) ? known.description : null;
        }
    }

    /** Keeps what was asked for after the schema was seen to be this one. */
    void keep(String sql, SchemaMark schema, StatementDescription description) {
        final int length = length(sql, description);
        if (!schema.isSettled() || length > MAX_LENGTH) {
            return;
        }
        synchronized (byText) {
            final @Nullable Known before = byText.put(sql, new Known(description, schema, length));
            totalLength += length - (before == null ? 0 : before.length);
            final var eldest = byText.values().iterator();
            while (totalLength > MAX_TOTAL_LENGTH && eldest.hasNext()) {
                forget(eldest.next());
                eldest.remove();
            }
        }
    }

    int size() {
        synchronized (byText) {
            return byText.size();
        }
    }

    private static int length(String sql, StatementDescription description) {
        int length = sql.length() + description.parameterCount();
        for (final String name : description.parameterNames()) {
            length += name.length();
        }
        for (final ColumnDescription column : description.columns()) {
            length += column.name().length() + length(column.declaredType()) + length(column.tableName());
        }
        return length;
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    /** Reads the answer of the coordinator. */
    static StatementDescription read(Rows rows) {
        rows.next();
        final int parameterCount = rows.getInt(PreparedRows.NUMBER);
        final boolean readOnly = (rows.getInt(PreparedRows.FLAGS) & PreparedRows.READ_ONLY) != 0;
        final String[] names = new String[parameterCount];
        Arrays.fill(names, "");
        final List<ColumnDescription> columns = new ArrayList<>();
        while (rows.next()) {
            final String name = String.valueOf(rows.getText(PreparedRows.NAME));
            if (rows.getInt(PreparedRows.WHAT) == PreparedRows.PARAMETER) {
                names[rows.getInt(PreparedRows.NUMBER)] = name;
            } else {
                final int flags = rows.getInt(PreparedRows.FLAGS);
                columns.add(new ColumnDescription(
                        name,
                        rows.getText(PreparedRows.DECLARED_TYPE),
                        rows.getText(PreparedRows.TABLE_NAME),
                        (flags & PreparedRows.NOT_NULL) != 0,
                        (flags & PreparedRows.PRIMARY_KEY) != 0,
                        (flags & PreparedRows.AUTO_INCREMENT) != 0));
            }
        }
        return new StatementDescription(parameterCount, List.of(names), readOnly, columns);
    }
}
