// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** What {@link SqlOperations#transaction(Nesting, TransactionBlock)} does inside an open transaction. Outside of one all begin one. */
public enum Nesting {
    /** A savepoint: when the block throws, only what it did is undone. The default. */
    SAVEPOINT,
    /** The block runs in the open transaction as if it had no transaction of its own; what it did is undone only with all the rest. */
    JOIN,
    /**
     * A transaction of its own, which there cannot be: SQLite has one writer, and it would wait for the open one. Refused with an
     * {@link UnsupportedOperationException}, and the block is not run.
     */
    REQUIRES_NEW
}
