// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/** What a statement does to the transaction of its connection when it succeeds. */
public enum TransactionEffect {
    /** Nothing: it is part of the transaction, or one of its own. */
    NONE,
    /** Opens a transaction: BEGIN. */
    BEGIN,
    /** Commits the transaction: COMMIT, END. */
    COMMIT,
    /** Undoes the transaction: ROLLBACK. */
    ROLLBACK,
    /** Undoes a part, the transaction stays open: ROLLBACK TO name. */
    ROLLBACK_TO,
    /** Sets a savepoint; opens a transaction when none is open. */
    SAVEPOINT,
    /** Releases a savepoint; commits when the savepoint had opened the transaction. */
    RELEASE
}
