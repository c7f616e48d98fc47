// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a statement is by asking SQLite: EXPLAIN lists the program, with the programs of triggers and cascades. About 15
 * µs once for a text and schema. The connection's thread only.
 */
final class StatementInspector {
    private static final int ATTEMPTS = 5;

    /** Longer texts are scripts' or literals: they are seldom asked for twice, and would hold much memory. */
    private static final int MAX_KEPT_LENGTH = 16 << 10;

    private record Known(StatementInfo info, long epoch) {}

    /** Of a statement under settings of a session; under the database's own the text alone is the key. */
    private record SettingsKey(String sql, int settings) {}

    private record Shape(int columnCount, int parameterCount) {}

    private final SqliteConnection connection;
    private final Map<Object, Known> known;

    StatementInspector(SqliteConnection connection, int capacity) {
        this.connection = connection;
        this.known = new LinkedHashMap<>(64, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, Known> eldest) {
                return size() > capacity;
            }
        };
    }

    StatementInfo describe(String sql) {
        long epoch = connection.schemaEpoch();
        int settings = connection.settings();
        Object key = settings == 0 ? sql : new SettingsKey(sql, settings);
        Known before = known.get(key);
        if (before != null && before.epoch == epoch) {
            return before.info;
        }
        StatementInfo info = inspect(sql);
        if (SchemaEpoch.isSettled(epoch) && sql.length() <= MAX_KEPT_LENGTH) {
            known.put(key, new Known(info, epoch));
        }
        return info;
    }

    private StatementInfo inspect(String sql) {
        SqlHead head = SqlHead.of(sql);
        @Nullable
        String refusal =
                SqlGuard.refusal(sql, head, name -> connection.queryText("PRAGMA " + name.toLowerCase(Locale.ROOT)));
        if (refusal != null) {
            return StatementInfo.refused(refusal);
        }
        for (int attempt = 1; ; attempt++) {
            // Neither compiling nor EXPLAIN notices that another connection changed the schema: only running a
            // statement
            // does.
            connection.exec("SELECT 1 FROM sqlite_schema LIMIT 1");
            Shape shape = shape(sql);
            StatementProgram program = head.explained() ? new StatementProgram() : program(sql);
            refusal = program.refusal(head);
            if (refusal != null) {
                return StatementInfo.refused(refusal);
            }
            StatementKind kind = kindOf(sql, head, program);
            refusal = ReservedTables.refusal(kind, sql, List.of());
            if (refusal != null) {
                return StatementInfo.refused(refusal);
            }
            if (!concernsTables(kind, head, program)) {
                return info(head, kind, program, shape, List.of(), Set.of());
            }
            Catalog catalog = connection.catalog();
            // Another connection may have changed the schema in between. After some attempts every table is named.
            if (program.tables().isOf(catalog.schemaVersion()) || attempt == ATTEMPTS) {
                StatementTables tables = new StatementTables(catalog, program.tables(), sql, head);
                boolean reads = kind == StatementKind.READ || kind == StatementKind.WRITE;
                List<TableChange> changes = changes(kind, tables);
                refusal = ReservedTables.refusal(kind, sql, changes);
                return refusal != null
                        ? StatementInfo.refused(refusal)
                        : info(head, kind, program, shape, changes, reads ? tables.read() : Set.of());
            }
        }
    }

    private Shape shape(String sql) {
        try (SqliteStatement statement = connection.prepareAnew(sql)) {
            return new Shape(statement.columnCount(), statement.parameterCount());
        }
    }

    /** Whether the catalog is worth reading: not for each CREATE of a long script. */
    private static boolean concernsTables(StatementKind kind, SqlHead head, StatementProgram program) {
        return switch (kind) {
            case READ, WRITE -> program.tables().usesFile();
            case SCHEMA -> !head.keyword().equals("CREATE") && !head.keyword().equals("REINDEX");
            case ALONE -> true;
            case TRANSACTION, REFUSED -> false;
        };
    }

    private static List<TableChange> changes(StatementKind kind, StatementTables tables) {
        return switch (kind) {
            case WRITE -> tables.written();
            case SCHEMA -> tables.rewritten();
            case ALONE -> tables.renumbered();
            case READ, TRANSACTION, REFUSED -> List.of();
        };
    }

    private static StatementInfo info(
            SqlHead head,
            StatementKind kind,
            StatementProgram program,
            Shape shape,
            List<TableChange> changes,
            Set<String> reads) {
        return new StatementInfo(
                kind,
                head.effect(),
                kind == StatementKind.TRANSACTION ? program.writes() : kind != StatementKind.READ,
                shape.columnCount,
                shape.parameterCount,
                program.usesConnectionState(),
                program.asksItself(),
                program.readsTemporary(),
                program.insertsRowIdOnly(),
                program.mayInsertRowId(),
                program.keepsPartialEffect(),
                changes,
                reads,
                null);
    }

    private static StatementKind kindOf(String sql, SqlHead head, StatementProgram program) {
        if (head.explained()) {
            return StatementKind.READ;
        }
        return switch (head.keyword()) {
            case "CREATE", "DROP", "ALTER", "REINDEX", "ANALYZE" -> StatementKind.SCHEMA;
            case "VACUUM" -> StatementKind.ALONE;
            // One that is refused by its words and came here sets what is so already.
            case "PRAGMA" ->
                SqlGuard.pragmaKind(sql) == StatementKind.REFUSED ? StatementKind.READ : SqlGuard.pragmaKind(sql);
            default -> {
                if (head.effect() != TransactionEffect.NONE) {
                    yield StatementKind.TRANSACTION;
                }
                yield program.writes() ? StatementKind.WRITE : StatementKind.READ;
            }
        };
    }

    private StatementProgram program(String sql) {
        StatementProgram program = new StatementProgram();
        connection.keepChanges();
        try (SqliteStatement explain = connection.prepareAnew("EXPLAIN " + withoutLeadingSemicolons(sql))) {
            ExplainLine line = new ExplainLine(explain);
            while (explain.step()) {
                program.add(line);
            }
        }
        program.close();
        return program;
    }

    private static String withoutLeadingSemicolons(String sql) {
        SqlTokenizer tokens = new SqlTokenizer(sql);
        while (tokens.next() == SqlTokenizer.Token.SEMICOLON) {
            // Each turn passes one.
        }
        return sql.substring(tokens.start());
    }
}
