// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/** What a statement is to the coordinator: who may run it, and together with what. */
public enum StatementKind {
    /** Changes nothing: may run on a read connection. */
    READ,

    /** Changes rows: needs the write turn, and may share a commit with others. */
    WRITE,

    /**
     * Changes the schema or the file's header (CREATE, DROP, ALTER, REINDEX, ANALYZE, {@code PRAGMA user_version=N}): needs the
     * write turn, may be part of a transaction, shares its commit with nobody else's statements.
     */
    SCHEMA,

    /** Can only run outside a transaction, on the write connection, with no other statement active: VACUUM. */
    ALONE,

    /** BEGIN, COMMIT, END, ROLLBACK, SAVEPOINT, RELEASE: see {@link StatementInfo#effect()}. */
    TRANSACTION,

    /** Must not be run for a client: see {@link StatementInfo#refusal()}. */
    REFUSED
}
