// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

/**
 * SQLite's five storage classes, by SQLite's own numbers; the type byte with which a value of each begins on the wire.
 *
 * <p>Source: <a href="https://sqlite.org/datatype3.html">Datatypes In SQLite</a>. Thread-safe: constants.
 */
public final class StorageClass {
    /** A signed integer; eight bytes follow. */
    public static final int INTEGER = 1;

    /** An IEEE 754 double; eight bytes follow. */
    public static final int REAL = 2;

    /** Text; a length of four bytes and that many bytes of UTF-8 follow. */
    public static final int TEXT = 3;

    /** Bytes; a length of four bytes and that many bytes follow. */
    public static final int BLOB = 4;

    /** No value; nothing follows the type byte. */
    public static final int NULL = 5;

    private StorageClass() {}

    /**
     * Names a storage class as SQLite's {@code typeof()} does.
     *
     * @param type one of the constants above.
     * @return {@code null}, {@code integer}, {@code real}, {@code text} or {@code blob}; {@code unknown(n)} for others.
     */
    public static String name(int type) {
        return switch (type) {
            case NULL -> "null";
            case INTEGER -> "integer";
            case REAL -> "real";
            case TEXT -> "text";
            case BLOB -> "blob";
            default -> "unknown(" + type + ")";
        };
    }
}
