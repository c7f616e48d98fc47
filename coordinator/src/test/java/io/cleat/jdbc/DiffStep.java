// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * One step of a random program: what is done with one of its connections, on both sides. Immutable.
 *
 * @param connection 0 or 1.
 * @param slot of the statement that it is done with; -1: none.
 * @param needs what must be in the slot; without it the step is left out.
 * @param kind what it may do to the database.
 * @param text what a reader of the history sees.
 * @param action the step itself.
 */
record DiffStep(int connection, int slot, Needs needs, Kind kind, String text, Action action) {
    /** What is in the slot. */
    enum Needs {
        NOTHING,
        STATEMENT,
        PREPARED,
        RESULTS
    }

    /** What it may do. */
    enum Kind {
        READ,
        WRITE,
        /** Changes the schema: results are closed before, as SQLite refuses some of it while they are open. */
        SCHEMA,
        /** Begins something in the transaction, without a write. */
        BEGIN,
        /** Takes the write turn. */
        BEGIN_WRITING,
        /** Ends the transaction. */
        END
    }

    /** Does it; gives what is to be compared. */
    interface Action {
        @Nullable
        Object on(DiffConnection connection) throws Exception;
    }

    @Override
    public String toString() {
        return "connection " + connection + (slot < 0 ? ": " : " statement " + slot + ": ") + text;
    }
}
