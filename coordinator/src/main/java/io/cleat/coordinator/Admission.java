// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.coordinator.sqlite.StatementKind;
import org.jspecify.annotations.Nullable;

/**
 * Which statements may run where. What is refused, and why, is said in the exception.
 *
 * <p>Thread-safe: pure functions.
 */
final class Admission {
    private static final int SQLITE_READONLY = 8;

    private Admission() {}

    /**
     * Checks a statement that comes outside a transaction.
     *
     * @param request that holds it.
     * @param info what SQLite says of it.
     * @throws CleatException when it may not run.
     */
    static void checkAutocommit(Request request, StatementInfo info) {
        check(request, info);
        if (info.asksItself() && !request.ownSession) {
            throw new CleatException(
                    ErrorCode.REFUSED,
                    "last_insert_rowid(), changes() and total_changes() belong to a session, and this one is shared: ask in a session of "
                            + "its own (Database.openSession()) or inside a transaction, or use the counts of the update's result or RETURNING");
        }
        if (info.asksItself()
                && request.kind == Request.Kind.EXECUTE
                && request.sequence < request.session.client.resumedBelow) {
            throw new CleatException(
                    ErrorCode.REFUSED,
                    "last_insert_rowid(), changes() and total_changes() went with the former coordinator, to which this request was sent: "
                            + request);
        }
    }

    /**
     * Checks what comes in a session that writes nothing.
     *
     * @param info what SQLite says of it; null for a batch or script.
     * @throws SqliteException SQLITE_READONLY when it may write.
     */
    static void checkQueryOnly(@Nullable StatementInfo info) {
        if (info == null || info.writes()) {
            throw new SqliteException(SQLITE_READONLY, "attempt to write a readonly database", null);
        }
    }

    /**
     * Checks a statement that comes inside a transaction.
     *
     * @param request that holds it.
     * @param info what SQLite says of it.
     * @throws CleatException when it may not run.
     */
    static void checkInTransaction(Request request, StatementInfo info) {
        check(request, info);
        if (info.kind() == StatementKind.ALONE) {
            throw new CleatException(ErrorCode.MISUSE, "this statement cannot run inside a transaction");
        }
    }

    /**
     * Checks a statement of a batch or script.
     *
     * @param info what SQLite says of it.
     * @param sql its text.
     * @throws CleatException when it may not run.
     */
    static void checkInBatch(StatementInfo info, String sql) {
        if (info.kind() == StatementKind.REFUSED) {
            throw new CleatException(ErrorCode.REFUSED, String.valueOf(info.refusal()));
        }
        if (info.kind() == StatementKind.TRANSACTION || info.kind() == StatementKind.ALONE) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "a batch or script runs in one transaction, in which this cannot run: " + Texts.shortened(sql));
        }
    }

    /**
     * Checks whether a client may stop the coordinator.
     *
     * @param context the coordinator's options.
     * @throws CleatException when it may not.
     */
    static void checkShutdown(CoordinatorContext context) {
        if (!context.allowsRemoteShutdown()) {
            throw new CleatException(
                    ErrorCode.REFUSED,
                    "this coordinator is not stopped by clients (allowRemoteShutdown=false): name=" + context.name()
                            + " pid=" + ProcessHandle.current().pid());
        }
    }

    private static void check(Request request, StatementInfo info) {
        if (info.kind() == StatementKind.REFUSED) {
            throw new CleatException(ErrorCode.REFUSED, String.valueOf(info.refusal()));
        }
        if (info.kind() == StatementKind.TRANSACTION) {
            throw new CleatException(
                    ErrorCode.REFUSED,
                    "transactions are begun and ended through the API, not by SQL text: the write turn is shared with other clients");
        }
        if (request.readOnly && info.writes()) {
            throw new CleatException(ErrorCode.REFUSED, "the statement may write, and was sent as read only");
        }
    }
}
