// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * SQLite refused or failed. The message is SQLite's own behind the name of its code, such as
 * {@code [SQLITE_CONSTRAINT_UNIQUE] UNIQUE constraint failed: t.a}.
 */
public final class SqlException extends RequestException {
    private static final long serialVersionUID = 1L;

    private final int sqliteCode;
    private final int batchRow;

    /**
     * Describes a failure of SQLite's.
     *
     * @param message SQLite's, behind the name of its code.
     * @param sqliteCode SQLite's extended result code.
     * @param batchRow the row of a batch that failed, from 0; else -1.
     * @param outcome what became of the request.
     * @param sql its text, or null.
     * @param parameters readable, or null when redacted.
     * @param cause the coordinator's failure, or null.
     */
    public SqlException(
            String message,
            int sqliteCode,
            int batchRow,
            Outcome outcome,
            @Nullable String sql,
            @Nullable String parameters,
            @Nullable Throwable cause) {
        super(ErrorCode.SQL, message, outcome, sql, parameters, cause);
        this.sqliteCode = sqliteCode;
        this.batchRow = batchRow;
    }

    /**
     * SQLite's extended result code.
     *
     * @return such as 2067 for SQLITE_CONSTRAINT_UNIQUE; see <a href="https://sqlite.org/rescode.html">Result and Error Codes</a>.
     */
    public int sqliteCode() {
        return sqliteCode;
    }

    /** {@return SQLite's primary result code, such as 19 for SQLITE_CONSTRAINT} */
    public int primaryCode() {
        return sqliteCode & 0xFF;
    }

    /** {@return the row of a batch, or the statement of a script, that failed, from 0; else -1} */
    public int batchRow() {
        return batchRow;
    }
}
