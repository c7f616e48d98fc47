// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * The transaction, snapshot or exclusive access that the session had was lost with the coordinator that died. With outcome NOT_APPLIED nothing
 * of it is left: repeat it. With APPLIED the transaction was committed, and only the result of this statement is gone: do not repeat it.
 * In a block that had {@linkplain Database#join joined} the transaction of another session, NOT_APPLIED says that of the refused statement alone: what the
 * block did before shares the fate of that transaction, which may have been committed. {@link Database#outcome} tells it for each write of the block, and the end of
 * the block says UNKNOWN. After it, until rollback or the end of the block, whatever else the session is asked is refused with it too, NOT_APPLIED.
 * Immutable but for the stack trace.
 */
public final class TransactionLostException extends RequestException {
    private static final long serialVersionUID = 1L;

    /**
     * Describes the failure.
     *
     * @param message with the values.
     * @param outcome what became of the request.
     * @param sql its text, or null.
     * @param parameters readable, or null when redacted.
     * @param cause the failure behind it, or null.
     */
    public TransactionLostException(
            String message,
            Outcome outcome,
            @Nullable String sql,
            @Nullable String parameters,
            @Nullable Throwable cause) {
        super(ErrorCode.TRANSACTION_LOST, message, outcome, sql, parameters, cause);
    }
}
