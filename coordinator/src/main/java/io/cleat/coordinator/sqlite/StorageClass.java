// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/**
 * SQLite's five <a href="https://www.sqlite.org/datatype3.html">storage classes</a>, as {@link
 * SqliteStatement#columnType(int)} gives them. The numbers are SQLite's own and never change. Constants only.
 */
public final class StorageClass {
    /** A signed 64-bit integer. */
    public static final int INTEGER = 1;

    /** An IEEE 754 double; never NaN, which SQLite turns into NULL. */
    public static final int REAL = 2;

    /** Text; carried as UTF-8 bytes here, whatever the file's encoding. */
    public static final int TEXT = 3;

    /** Bytes. */
    public static final int BLOB = 4;

    /** No value. */
    public static final int NULL = 5;

    private StorageClass() {}
}
