// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** What a call does, for an {@link Interceptor}; and what it returns. */
public enum CallKind {
    /** A statement for its effect: {@link UpdateResult}; of a prepared one, {@link Long}, how many rows it changed. */
    UPDATE,
    /** A statement whose rows are read: {@link Rows} before the first one; asynchronously a list of what they were mapped to. */
    ROWS,
    /** Several statements: {@link UpdateResult}. */
    SCRIPT,
    /** A batch: {@link BatchResult}. */
    BATCH,
    /** A transaction is begun: {@link Long}, the commit sequence; as for all that follow. */
    BEGIN,
    /** A transaction is committed. */
    COMMIT,
    /** A transaction is rolled back; also a transaction that was joined is left, or a snapshot is ended. */
    ROLLBACK,
    /** A savepoint is set. */
    SAVEPOINT,
    /** A savepoint is forgotten. */
    RELEASE,
    /** What was done since a savepoint is undone. */
    ROLLBACK_TO,
    /** A snapshot to read from is taken. */
    BEGIN_READ,
    /** The transaction of another session is joined. */
    JOIN,
    /** Exclusive access is taken. */
    LOCK,
    /** Exclusive access is given back. */
    UNLOCK
}
