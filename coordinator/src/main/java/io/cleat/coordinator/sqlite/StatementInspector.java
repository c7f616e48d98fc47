// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.charset.StandardCharsets;
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
    private static final int TEMPORARY = 1;

    private record Known(StatementInfo info, long epoch) {}

    private final SqliteConnection connection;
    private final Map<String, Known> known;

    StatementInspector(SqliteConnection connection, int capacity) {
        this.connection = connection;
        this.known = new LinkedHashMap<>(64, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
                return size() > capacity;
            }
        };
    }

    StatementInfo describe(String sql) {
        long epoch = connection.schemaEpoch();
        Known before = known.get(sql);
        if (before != null && before.epoch == epoch) {
            return before.info;
        }
        StatementInfo info = inspect(sql);
        if (SchemaEpoch.isSettled(epoch)) {
            known.put(sql, new Known(info, epoch));
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
        // Neither compiling nor EXPLAIN notices that another connection changed the schema: only running a statement
        // does.
        connection.exec("SELECT 1 FROM sqlite_schema LIMIT 1");
        int columnCount;
        int parameterCount;
        try (SqliteStatement statement = connection.prepareAnew(sql)) {
            columnCount = statement.columnCount();
            parameterCount = statement.parameterCount();
        }
        Program program = head.explained() ? new Program() : program(sql);
        refusal = program.refusal(head);
        if (refusal != null) {
            return StatementInfo.refused(refusal);
        }
        StatementKind kind = kindOf(sql, head, program);
        return new StatementInfo(
                kind,
                head.effect(),
                kind == StatementKind.TRANSACTION ? program.writes : kind != StatementKind.READ,
                columnCount,
                parameterCount,
                program.usesConnectionState,
                program.readsTemporary,
                program.insertsRowId && !program.updatesRows,
                program.keepsPartialEffect,
                List.of(),
                Set.of(),
                null);
    }

    private static StatementKind kindOf(String sql, SqlHead head, Program program) {
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
                yield program.writes ? StatementKind.WRITE : StatementKind.READ;
            }
        };
    }

    private Program program(String sql) {
        Program program = new Program();
        try (SqliteStatement explain = connection.prepareAnew("EXPLAIN " + withoutLeadingSemicolons(sql))) {
            while (explain.step()) {
                program.add(explain);
            }
        }
        return program;
    }

    private static String withoutLeadingSemicolons(String sql) {
        SqlTokenizer tokens = new SqlTokenizer(sql);
        while (tokens.next() == SqlTokenizer.Token.SEMICOLON) {
            // Each turn passes one.
        }
        return sql.substring(tokens.start());
    }

    /** OPFLAG_LASTROWID and OPFLAG_ISUPDATE of the Insert opcode, and OE_Fail of Halt: sqliteInt.h. */
    private static final int SETS_LAST_ROW_ID = 0x20;

    private static final int IS_UPDATE = 0x04;
    private static final int ON_ERROR_FAIL = 3;

    /** What the lines of EXPLAIN add up to: address, opcode, p1, p2, p3, p4, p5, comment. */
    private static final class Program {
        boolean writes;
        boolean writesTemporary;
        boolean readsTemporary;
        boolean usesConnectionState;
        boolean loadsExtension;
        boolean insertsRowId;
        boolean updatesRows;
        boolean keepsPartialEffect;

        void add(SqliteStatement line) {
            String opcode = text(line, 1);
            long p1 = line.columnLong(2);
            long p2 = line.columnLong(3);
            long p3 = line.columnLong(4);
            switch (opcode) {
                case "Transaction" -> {
                    writes |= p2 != 0;
                    writesTemporary |= p2 != 0 && p1 == TEMPORARY;
                }
                case "OpenWrite" -> {
                    writes = true;
                    writesTemporary |= p3 == TEMPORARY;
                }
                case "OpenRead", "ReopenIdx" -> readsTemporary |= p3 == TEMPORARY;
                case "Insert" -> {
                    long flags = flags(line);
                    insertsRowId |= (flags & SETS_LAST_ROW_ID) != 0;
                    updatesRows |= (flags & IS_UPDATE) != 0;
                }
                case "Halt" -> keepsPartialEffect |= p1 != 0 && p2 == ON_ERROR_FAIL;
                case "VUpdate", "VBegin", "Vacuum" -> writes = true;
                case "Function", "PureFunc" -> function(text(line, 5).toLowerCase(Locale.ROOT));
                default -> {}
            }
        }

        private void function(String name) {
            usesConnectionState |= name.startsWith("last_insert_rowid(")
                    || name.startsWith("changes(")
                    || name.startsWith("total_changes(");
            loadsExtension |= name.startsWith("load_extension(");
        }

        @Nullable
        String refusal(SqlHead head) {
            // ALTER and DROP mend the temporary schema whether there is one or not; there is none to harm.
            boolean mends = head.keyword().equals("ALTER") || head.keyword().equals("DROP");
            // BEGIN IMMEDIATE locks every database of the connection, the temporary one among them.
            if (writesTemporary && !mends && head.effect() == TransactionEffect.NONE) {
                return "temporary tables are not shared between sessions and not supported: use a table of the database, or WITH";
            }
            return loadsExtension ? "load_extension() is not available to clients" : null;
        }

        /** p5: a number, printed in decimal or in hexadecimal by the version. */
        private static long flags(SqliteStatement line) {
            return line.columnType(6) == StorageClass.INTEGER ? line.columnLong(6) : Long.parseLong(text(line, 6), 16);
        }

        private static String text(SqliteStatement line, int column) {
            return new String(line.columnText(column), StandardCharsets.UTF_8);
        }
    }
}
