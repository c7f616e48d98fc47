// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** What kind of thing went wrong; numbers travel in records and are never reused. Immutable, any thread. */
public enum ErrorCode {
    /** The object was closed. */
    CLOSED(1),
    /** A wait was over before what it waited for came. */
    TIMEOUT(2),
    /** No coordinator has registered the name. */
    NOT_REGISTERED(3),
    /** A live coordinator has the name already. */
    NAME_IN_USE(4),
    /** The coordinator died or went silent. */
    COORDINATOR_LOST(5),
    /** SQLite refused or failed. */
    SQL(6),
    /** A bound was exceeded. */
    LIMIT(7),
    /** The request was cancelled. */
    CANCELLED(8),
    /** The request's deadline passed before it was executed. */
    DEADLINE_EXCEEDED(9),
    /** The request is not allowed. */
    REFUSED(10),
    /** The transaction was ended by somebody else. */
    TRANSACTION_ENDED(11),
    /** The other side broke the protocol. */
    PROTOCOL(12),
    /** A file or record is damaged. */
    DAMAGED(13),
    /** A file or peer of another version. */
    INCOMPATIBLE(14),
    /** The operating system refuses access. */
    PERMISSION(15),
    /** Too little space is left on the device. */
    STORAGE_FULL(16),
    /** The coordinator is shutting down. */
    SHUTDOWN(17),
    /** An input or output error. */
    IO(18),
    /** The caller made a mistake. */
    MISUSE(19);

    private static final ErrorCode[] BY_NUMBER = new ErrorCode[values().length + 1];

    static {
        for (ErrorCode code : values()) {
            BY_NUMBER[code.number] = code;
        }
    }

    private final int number;

    ErrorCode(int number) {
        this.number = number;
    }

    /** The number on the wire, 1 and up. */
    public int number() {
        return number;
    }

    /**
     * The code of a number on the wire.
     *
     * @throws IllegalArgumentException when this version knows no such number
     */
    public static ErrorCode of(int number) {
        if (number < 1 || number >= BY_NUMBER.length) {
            throw new IllegalArgumentException("unknown error code number=" + number);
        }
        return BY_NUMBER[number];
    }
}
