// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/**
 * What went wrong, as a number that travels between processes and never changes its meaning.
 *
 * <p>Threading: immutable.
 */
public enum ErrorCode {
    /** The object, the client or the coordinator was closed. */
    CLOSED(1),
    /** A wait reached its deadline. */
    TIMEOUT(2),
    /** Nobody serves the name. */
    NOT_REGISTERED(3),
    /** Another live coordinator serves the name. */
    NAME_IN_USE(4),
    /** The coordinator died, or another one took its place. */
    COORDINATOR_LOST(5),
    /** SQLite reported an error. */
    SQL(6),
    /** A bound was reached: clients, slots, sessions, sizes. */
    LIMIT(7),
    /** The request was cancelled. */
    CANCELLED(8),
    /** The request was not executed because its deadline had passed. */
    DEADLINE_EXCEEDED(9),
    /** The coordinator does not do this for clients. */
    REFUSED(10),
    /** The transaction that the session was in has ended without it. */
    TRANSACTION_ENDED(11),
    /** A message could not be understood. */
    PROTOCOL(12),
    /** A file or a record is not what was written. */
    DAMAGED(13),
    /** A file or a peer is of another version. */
    INCOMPATIBLE(14),
    /** A file or folder belongs to somebody else, or is open to others. */
    PERMISSION(15),
    /** The disk or the shared memory is full. */
    STORAGE_FULL(16),
    /** The coordinator is stopping. */
    SHUTDOWN(17),
    /** The operating system reported an error on a file. */
    IO(18),
    /** The caller broke the rules of the method. */
    MISUSE(19),
    /** The database has another schema version than the client, and the client has no way from one to the other. */
    SCHEMA_VERSION(20),
    /** What the session had open ended with the coordinator that died: repeat it, unless the outcome says APPLIED. */
    TRANSACTION_LOST(21);

    private static final ErrorCode[] BY_NUMBER = byNumber();

    private final int number;

    ErrorCode(final int number) {
        this.number = number;
    }

    /**
     * The number that stands for this code in messages and files.
     *
     * @return 1 or more, the same in every version.
     */
    public int number() {
        return number;
    }

    /**
     * The code of a number that another process sent.
     *
     * @param number any number.
     * @return the code, or {@link #PROTOCOL} for a number that this version does not know (a newer peer may send one).
     */
    public static ErrorCode of(final int number) {
        return number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : PROTOCOL;
    }

    private static ErrorCode[] byNumber() {
        final ErrorCode[] codes = new ErrorCode[values().length + 1];
        for (final ErrorCode code : values()) {
            codes[code.number] = code;
        }
        return codes;
    }
}
