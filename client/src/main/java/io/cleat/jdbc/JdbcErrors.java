// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CallTimeoutException;
import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.SqlException;
import io.cleat.Stage;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLRecoverableException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;
import org.jspecify.annotations.Nullable;

/**
 * What Cleat throws, as what JDBC throws. Message and {@code getErrorCode()} are those of sqlite-jdbc: the primary result code, and the
 * extended one's name in the message. SQLStates are ours; sqlite-jdbc sets none. {@code getCause()} is the {@link CleatException}, of which
 * {@link RequestException#requestId()} and {@link RequestException#outcome()} tell more.
 *
 * <table>
 * <caption>SQLite's errors ({@link ErrorCode#SQL}), by primary code</caption>
 * <tr><th>code</th><th>SQLState</th><th>class</th></tr>
 * <tr><td>CONSTRAINT</td><td>23000</td><td>SQLIntegrityConstraintViolationException</td></tr>
 * <tr><td>ERROR</td><td>42000; savepoints 3B001; BEGIN, COMMIT, ROLLBACK 25000; values 22000</td>
 *   <td>SQLSyntaxErrorException; SQLException; SQLException; SQLDataException</td></tr>
 * <tr><td>AUTH</td><td>42501</td><td>SQLSyntaxErrorException</td></tr>
 * <tr><td>BUSY, LOCKED, ABORT</td><td>40001</td><td>SQLTransactionRollbackException</td></tr>
 * <tr><td>INTERRUPT</td><td>57014</td><td>SQLNonTransientException</td></tr>
 * <tr><td>MISMATCH, TOOBIG, RANGE</td><td>22000, 22001, 22023</td><td>SQLDataException</td></tr>
 * <tr><td>READONLY</td><td>25006</td><td>SQLNonTransientException</td></tr>
 * <tr><td>FULL</td><td>53100</td><td>SQLNonTransientException</td></tr>
 * <tr><td>NOMEM</td><td>HY001</td><td>SQLTransientException</td></tr>
 * <tr><td>CANTOPEN</td><td>08001</td><td>SQLNonTransientConnectionException</td></tr>
 * <tr><td>others</td><td>HY000</td><td>SQLException</td></tr>
 * </table>
 *
 * <table>
 * <caption>Cleat's own errors</caption>
 * <tr><th>{@link ErrorCode}</th><th>as result code</th><th>SQLState</th><th>class</th></tr>
 * <tr><td>TIMEOUT, DEADLINE_EXCEEDED</td><td>INTERRUPT; BUSY when it had not begun to run</td><td>HYT00</td><td>SQLTimeoutException</td></tr>
 * <tr><td>TIMEOUT while opening</td><td>CANTOPEN</td><td>08001</td><td>SQLTransientConnectionException</td></tr>
 * <tr><td>CANCELLED</td><td>INTERRUPT</td><td>57014</td><td>SQLNonTransientException</td></tr>
 * <tr><td>TRANSACTION_ENDED, TRANSACTION_LOST</td><td>ABORT_ROLLBACK</td><td>40001; 08007 unless NOT_APPLIED</td>
 *   <td>SQLTransactionRollbackException; SQLRecoverableException</td></tr>
 * <tr><td>COORDINATOR_LOST, SHUTDOWN</td><td>IOERR</td><td>08006; 08007 when UNKNOWN</td><td>SQLRecoverableException</td></tr>
 * <tr><td>CLOSED</td><td>MISUSE</td><td>08003</td><td>SQLNonTransientConnectionException</td></tr>
 * <tr><td>NOT_REGISTERED, NAME_IN_USE</td><td>CANTOPEN</td><td>08001</td><td>SQLNonTransientConnectionException</td></tr>
 * <tr><td>INCOMPATIBLE, SCHEMA_VERSION, PERMISSION</td><td>PROTOCOL, SCHEMA, PERM</td><td>08004</td><td>SQLNonTransientConnectionException</td></tr>
 * <tr><td>REFUSED</td><td>AUTH</td><td>0A000</td><td>SQLFeatureNotSupportedException</td></tr>
 * <tr><td>LIMIT</td><td>NOMEM</td><td>54000</td><td>SQLTransientException</td></tr>
 * <tr><td>STORAGE_FULL</td><td>FULL</td><td>53100</td><td>SQLNonTransientException</td></tr>
 * <tr><td>MISUSE</td><td>MISUSE</td><td>HY000</td><td>SQLException</td></tr>
 * <tr><td>PROTOCOL, DAMAGED, IO</td><td>PROTOCOL, CORRUPT, IOERR</td><td>HY000</td><td>SQLNonTransientException</td></tr>
 * </table>
 *
 * <p>Thread-safe: pure functions.
 */
final class JdbcErrors {
    private static final String CLOSED_CONNECTION = "database connection closed";

    private JdbcErrors() {}

    /** As the class says. */
    static SQLException of(CleatException e) {
        return e instanceof SqlException sql ? sqlite(sql.sqliteCode(), text(sql), e) : own(e);
    }

    /** What opening a database failed with: nobody was there in time, where another one would have been too slow. */
    static SQLException opening(CleatException e) {
        return e.code() == ErrorCode.TIMEOUT
                ? because(
                        new SQLTransientConnectionException(
                                message(ResultCodes.CANTOPEN, e), "08001", ResultCodes.CANTOPEN),
                        e)
                : of(e);
    }

    /**
     * An error with a result code of SQLite's, also where SQLite was not asked.
     *
     * @param code extended.
     * @param text SQLite's message.
     * @param cause what led to it, or null.
     */
    static SQLException sqlite(int code, String text, @Nullable Throwable cause) {
        final String message = ResultCodes.message(code, text);
        final int primary = code & 0xFF;
        final SQLException result =
                switch (primary) {
                    case ResultCodes.CONSTRAINT ->
                        new SQLIntegrityConstraintViolationException(message, "23000", primary);
                    case ResultCodes.ERROR -> error(message, text);
                    case ResultCodes.AUTH -> new SQLSyntaxErrorException(message, "42501", primary);
                    case ResultCodes.BUSY, ResultCodes.LOCKED, ResultCodes.ABORT ->
                        new SQLTransactionRollbackException(message, "40001", primary);
                    case ResultCodes.INTERRUPT -> new SQLNonTransientException(message, "57014", primary);
                    case ResultCodes.MISMATCH -> new SQLDataException(message, "22000", primary);
                    case ResultCodes.TOOBIG -> new SQLDataException(message, "22001", primary);
                    case ResultCodes.RANGE -> new SQLDataException(message, "22023", primary);
                    case ResultCodes.READONLY -> new SQLNonTransientException(message, "25006", primary);
                    case ResultCodes.FULL -> new SQLNonTransientException(message, "53100", primary);
                    case ResultCodes.NOMEM -> new SQLTransientException(message, "HY001", primary);
                    case ResultCodes.CANTOPEN -> new SQLNonTransientConnectionException(message, "08001", primary);
                    default -> new SQLException(message, "HY000", primary);
                };
        return because(result, cause);
    }

    /** An error that sqlite-jdbc itself has, without a code. */
    static SQLException plain(String message) {
        return new SQLException(message, "HY000");
    }

    /** Of a method that this driver does not have. */
    static SQLException unsupported(String what) {
        return new SQLFeatureNotSupportedException(what + " is not supported by SQLite", "0A000");
    }

    static SQLException closedConnection() {
        return new SQLNonTransientConnectionException(CLOSED_CONNECTION, "08003");
    }

    /** The URL or an option is wrong. */
    static SQLException badUrl(String message) {
        return new SQLNonTransientConnectionException(message, "08001");
    }

    /** Others have the write turn. */
    static SQLException busy(@Nullable Throwable cause) {
        return sqlite(ResultCodes.BUSY, "database is locked", cause);
    }

    /** What the transaction has read is not the newest any more, so that it must not write. */
    static SQLException snapshotTooOld() {
        return sqlite(ResultCodes.BUSY_SNAPSHOT, "database is locked", null);
    }

    static SQLException readOnly() {
        return sqlite(ResultCodes.READONLY, "attempt to write a readonly database", null);
    }

    /** The code that SQLite has only one of, for nearly everything that can be wrong with a statement. */
    private static SQLException error(String message, String text) {
        if (text.startsWith("no such savepoint")) {
            return new SQLException(message, "3B001", ResultCodes.ERROR);
        }
        if (text.startsWith("cannot commit")
                || text.startsWith("cannot rollback")
                || text.startsWith("cannot start a transaction")) {
            return new SQLException(message, "25000", ResultCodes.ERROR);
        }
        if (text.equals("integer overflow") || text.startsWith("malformed JSON") || text.startsWith("bad JSON path")) {
            return new SQLDataException(message, "22000", ResultCodes.ERROR);
        }
        return new SQLSyntaxErrorException(message, "42000", ResultCodes.ERROR);
    }

    private static SQLException own(CleatException e) {
        return because(
                switch (e.code()) {
                    case TIMEOUT, DEADLINE_EXCEEDED ->
                        new SQLTimeoutException(
                                message(isBusy(e) ? ResultCodes.BUSY : ResultCodes.INTERRUPT, e),
                                "HYT00",
                                isBusy(e) ? ResultCodes.BUSY : ResultCodes.INTERRUPT);
                    case CANCELLED ->
                        new SQLNonTransientException(
                                ResultCodes.message(ResultCodes.INTERRUPT, "interrupted"),
                                "57014",
                                ResultCodes.INTERRUPT);
                    case TRANSACTION_ENDED, TRANSACTION_LOST -> transactionLost(e);
                    case COORDINATOR_LOST, SHUTDOWN ->
                        new SQLRecoverableException(
                                message(ResultCodes.IOERR, e),
                                outcome(e) == Outcome.UNKNOWN ? "08007" : "08006",
                                ResultCodes.IOERR);
                    case CLOSED -> connection(ResultCodes.MISUSE, "08003", e);
                    case NOT_REGISTERED, NAME_IN_USE -> connection(ResultCodes.CANTOPEN, "08001", e);
                    case INCOMPATIBLE -> connection(ResultCodes.PROTOCOL, "08004", e);
                    case SCHEMA_VERSION -> connection(ResultCodes.SCHEMA, "08004", e);
                    case PERMISSION -> connection(ResultCodes.PERM, "08004", e);
                    case REFUSED ->
                        new SQLFeatureNotSupportedException(message(ResultCodes.AUTH, e), "0A000", ResultCodes.AUTH);
                    case LIMIT -> new SQLTransientException(message(ResultCodes.NOMEM, e), "54000", ResultCodes.NOMEM);
                    case STORAGE_FULL ->
                        new SQLNonTransientException(message(ResultCodes.FULL, e), "53100", ResultCodes.FULL);
                    case PROTOCOL -> broken(ResultCodes.PROTOCOL, e);
                    case DAMAGED -> broken(ResultCodes.CORRUPT, e);
                    case IO -> broken(ResultCodes.IOERR, e);
                    case MISUSE, SQL -> new SQLException(message(ResultCodes.MISUSE, e), "HY000", ResultCodes.MISUSE);
                },
                e);
    }

    private static SQLException connection(int code, String state, CleatException e) {
        return new SQLNonTransientConnectionException(message(code, e), state, code);
    }

    private static SQLException broken(int code, CleatException e) {
        return new SQLNonTransientException(message(code, e), "HY000", code);
    }

    /** Whoever repeats the transaction must know that nothing of it was applied. */
    private static SQLException transactionLost(CleatException e) {
        final String message = message(ResultCodes.ABORT_ROLLBACK, e);
        return outcome(e) == Outcome.NOT_APPLIED
                ? new SQLTransactionRollbackException(message, "40001", ResultCodes.ABORT)
                : new SQLRecoverableException(message, "08007", ResultCodes.ABORT);
    }

    /** It waited for others until its deadline. */
    private static boolean isBusy(CleatException e) {
        return e instanceof CallTimeoutException timeout && timeout.stage() == Stage.NOT_STARTED;
    }

    private static Outcome outcome(CleatException e) {
        return e instanceof RequestException request ? request.outcome() : Outcome.NOT_APPLIED;
    }

    private static String message(int code, CleatException e) {
        return ResultCodes.message(code, reason(e));
    }

    private static String reason(CleatException e) {
        return e instanceof RequestException request ? request.reason() : String.valueOf(e.getMessage());
    }

    /** SQLite's message, without the name of the code that Cleat puts before it. */
    private static String text(SqlException e) {
        final String reason = e.reason();
        final int end = reason.startsWith("[") ? reason.indexOf("] ") : -1;
        return end < 0 ? reason : reason.substring(end + 2);
    }

    private static SQLException because(SQLException e, @Nullable Throwable cause) {
        if (cause != null) {
            e.initCause(cause);
        }
        return e;
    }
}
