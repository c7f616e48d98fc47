// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the lines of EXPLAIN do to which root page. A statement's program comes first, then those of its triggers and foreign key
 * actions, each with cursors numbered anew. Lines need not come in the order of their running, so what is done through a cursor is
 * joined with what it was opened on at the end. One thread.
 */
final class ProgramTables {
    /** How a cursor writes. Bits beyond those of {@link TableChange} stand for what has another meaning in another table. */
    static final int INSERTS = TableChange.INSERT;

    static final int UPDATES = TableChange.UPDATE;
    static final int DELETES = TableChange.DELETE;

    /** Puts an entry into a tree ordered by key: a row of a table WITHOUT ROWID, new or instead of one of the same key. */
    static final int PUTS_ENTRY = 8;

    /** The whole tree goes. */
    static final int DESTROYS = 16;

    /** OPFLAG_ISUPDATE of Insert (p5) and Delete (p2), and OPFLAG_P2ISREG of OpenWrite: sqliteInt.h. */
    private static final int IS_UPDATE = 0x04;

    private static final int P2_IS_REGISTER = 0x10;
    private static final String TRIGGER_MARK = "-- TRIGGER ";

    /**
     * A root page that is written.
     *
     * @param how the bits above; 0 when it is opened for writing and nothing more is known.
     * @param nested whether in a trigger or a foreign key action.
     */
    record Write(long root, int how, boolean nested) {}

    private static final class Cursor {
        final Set<Long> writeRoots = new LinkedHashSet<>(2);
        int how;
    }

    private final Set<Long> readRoots = new LinkedHashSet<>();
    private final List<Write> writes = new ArrayList<>();
    private final Set<String> triggers = new LinkedHashSet<>();
    private Map<Long, Cursor> cursors = new HashMap<>();
    private int programs;
    private long schemaVersion;
    private boolean usesMain;
    private boolean readsVirtual;
    private boolean writesVirtual;
    private boolean analyzes;

    void add(String opcode, ExplainLine line) {
        switch (opcode) {
            case "Init" -> begin(line);
            case "Transaction" -> transaction(line);
            case "OpenRead", "ReopenIdx" -> {
                if (line.p3() == 0) {
                    readRoots.add(line.p2());
                }
            }
            case "OpenWrite" -> {
                if (line.p3() == 0 && (line.p5() & P2_IS_REGISTER) == 0) {
                    cursor(line).writeRoots.add(line.p2());
                }
            }
            case "Insert" -> cursor(line).how |= (line.p5() & IS_UPDATE) != 0 ? UPDATES : INSERTS;
            // Without a table's name it makes room for the Insert of an UPDATE, or is an index's.
            case "Delete" -> cursor(line).how |= line.p4().isEmpty() || (line.p2() & IS_UPDATE) != 0 ? 0 : DELETES;
            case "IdxInsert", "IdxDelete" -> cursor(line).how |= PUTS_ENTRY;
            case "Clear" -> write(line.p2(), line.p1(), DELETES);
            case "Destroy" -> write(line.p3(), line.p1(), DESTROYS);
            case "VOpen" -> readsVirtual = true;
            case "VUpdate", "VDestroy" -> writesVirtual = true;
            case "SqlExec" -> analyzes = true;
            default -> {}
        }
    }

    private void begin(ExplainLine line) {
        close();
        programs++;
        String comment = line.p4();
        if (comment.startsWith(TRIGGER_MARK)) {
            triggers.add(comment.substring(TRIGGER_MARK.length()));
        }
    }

    private void transaction(ExplainLine line) {
        if (line.p1() == 0) {
            usesMain = true;
            schemaVersion = line.p3();
        }
    }

    private Cursor cursor(ExplainLine line) {
        return cursors.computeIfAbsent(line.p1(), number -> new Cursor());
    }

    private void write(long database, long root, int how) {
        if (database == 0) {
            writes.add(new Write(root, how, programs > 1));
        }
    }

    /** Ends the last program; to be called after the last line. */
    void close() {
        for (Cursor cursor : cursors.values()) {
            for (long root : cursor.writeRoots) {
                write(0, root, cursor.how);
            }
        }
        cursors = new HashMap<>();
    }

    Set<Long> readRoots() {
        return readRoots;
    }

    List<Write> writes() {
        return writes;
    }

    /** Names of the triggers that it may run. */
    Set<String> triggers() {
        return triggers;
    }

    boolean readsVirtual() {
        return readsVirtual;
    }

    boolean writesVirtual() {
        return writesVirtual;
    }

    /** Whether it gathers statistics as a PRAGMA. */
    boolean analyzes() {
        return analyzes;
    }

    /** Whether it looks into the database file at all. */
    boolean usesFile() {
        return usesMain || readsVirtual || writesVirtual;
    }

    /** Whether it was compiled for the schema of this version; true also when it does not use the file. */
    boolean isOf(long version) {
        return !usesMain || schemaVersion == version;
    }
}
