// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

/**
 * What SQLite refused, with its <a href="https://www.sqlite.org/rescode.html">extended result code</a>.
 *
 * <p>The message starts with the code's name in brackets, as sqlite-jdbc's does, because tools look for it:
 * {@code [SQLITE_CONSTRAINT_UNIQUE] UNIQUE constraint failed: t.a}. Immutable; any thread.
 */
public final class SqliteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;
    private final @Nullable String sql;

    /**
     * @param code extended result code, e.g. 2067; its low byte is the primary code.
     * @param detail what went wrong, without the code's name.
     * @param sql the statement, or null where none is concerned.
     */
    public SqliteException(int code, String detail, @Nullable String sql) {
        this(code, detail, sql, null);
    }

    SqliteException(int code, String detail, @Nullable String sql, @Nullable Throwable cause) {
        super("[" + nameOf(code) + "] " + detail, cause);
        this.code = code;
        this.sql = sql;
    }

    /** The extended result code: {@code SQLITE_CONSTRAINT_UNIQUE} is 2067. */
    public int code() {
        return code;
    }

    /** The primary result code, 0 to 255: {@code SQLITE_CONSTRAINT} is 19. */
    public int primaryCode() {
        return code & 0xff;
    }

    /** The statement that failed, or null where the failure belongs to no statement. */
    public @Nullable String sql() {
        return sql;
    }

    /** The symbolic name of a result code, by extended code, else by primary code with the number appended. */
    static String nameOf(int code) {
        SQLiteErrorCode extended = SQLiteErrorCode.getErrorCode(code);
        if (extended != SQLiteErrorCode.UNKNOWN_ERROR) {
            return extended.name();
        }
        SQLiteErrorCode primary = SQLiteErrorCode.getErrorCode(code & 0xff);
        return primary != SQLiteErrorCode.UNKNOWN_ERROR ? primary.name() + "(" + code + ")" : "SQLITE_" + code;
    }
}
