// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the lines of EXPLAIN add up to. One thread. */
final class StatementProgram {
    private static final int TEMPORARY = 1;

    /** OPFLAG_LASTROWID and OPFLAG_ISUPDATE of the Insert opcode, and OE_Fail of Halt: sqliteInt.h. */
    private static final int SETS_LAST_ROW_ID = 0x20;

    private static final int IS_UPDATE = 0x04;
    private static final int ON_ERROR_FAIL = 3;

    private final ProgramTables tables = new ProgramTables();
    private boolean writes;
    private boolean writesTemporary;
    private boolean readsTemporary;
    private boolean usesConnectionState;
    private boolean asksItself;
    private boolean loadsExtension;
    private boolean insertsRowId;
    private boolean updatesRows;
    private boolean writesVirtual;
    private int programs;
    private boolean keepsPartialEffect;

    void add(ExplainLine line) {
        String opcode = line.opcode();
        tables.add(opcode, line);
        switch (opcode) {
            case "Init" -> programs++;
            case "Transaction" -> {
                boolean toWrite = line.p2() != 0;
                writes |= toWrite;
                writesTemporary |= toWrite && line.p1() == TEMPORARY;
            }
            case "OpenWrite" -> {
                writes = true;
                writesTemporary |= line.p3() == TEMPORARY;
            }
            case "OpenRead", "ReopenIdx" -> readsTemporary |= line.p3() == TEMPORARY;
            case "Insert" -> {
                long flags = line.p5();
                insertsRowId |= isOwn() && (flags & SETS_LAST_ROW_ID) != 0;
                updatesRows |= isOwn() && (flags & IS_UPDATE) != 0;
            }
            case "Halt" -> keepsPartialEffect |= line.p1() != 0 && line.p2() == ON_ERROR_FAIL;
            case "VUpdate", "VBegin", "Vacuum" -> {
                writes = true;
                writesVirtual |= isOwn();
            }
            case "Function", "PureFunc" -> function(line.p4().toLowerCase(Locale.ROOT));
            default -> {}
        }
    }

    /** To be called after the last line. */
    void close() {
        tables.close();
    }

    /** Whether the line is of the statement itself, which comes first, and not of a trigger or a foreign key's action. */
    private boolean isOwn() {
        return programs <= 1;
    }

    private void function(String name) {
        boolean asks = name.startsWith("last_insert_rowid(")
                || name.startsWith("changes(")
                || name.startsWith("total_changes(");
        usesConnectionState |= asks;
        asksItself |= asks && isOwn();
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

    /** Root pages and cursors. */
    ProgramTables tables() {
        return tables;
    }

    boolean writes() {
        return writes;
    }

    boolean readsTemporary() {
        return readsTemporary;
    }

    boolean usesConnectionState() {
        return usesConnectionState;
    }

    boolean asksItself() {
        return asksItself;
    }

    /** Whether it inserts into a table with row ids and updates none; its triggers do not matter. */
    boolean insertsRowIdOnly() {
        return insertsRowId && !updatesRows && !writesVirtual;
    }

    /** Whether it can set the last row id, for certain or not. */
    boolean mayInsertRowId() {
        return insertsRowId || writesVirtual;
    }

    boolean keepsPartialEffect() {
        return keepsPartialEffect;
    }
}
