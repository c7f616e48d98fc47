// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * A request failed. Says what became of it, what it was, and holds the coordinator's failure as cause where there is one.
 * Thrown on the caller's thread with the caller's frames. Immutable but for the stack trace and {@link #of}.
 */
public class RequestException extends CleatException {
    private static final long serialVersionUID = 1L;

    private static final int SHOWN_SQL_LENGTH = 500;

    private final String reason;
    private final Outcome outcome;
    private final @Nullable String sql;
    private final @Nullable String parameters;
    private volatile @Nullable RequestId requestId;

    /**
     * Describes a failed request.
     *
     * @param code what kind of failure.
     * @param message what went wrong, with the values; {@link #getMessage()} adds the SQL and the parameters.
     * @param outcome what became of the request.
     * @param sql its text, or null for one without.
     * @param parameters readable, or null when they are redacted (the default) or there are none.
     * @param cause the failure behind it, or null.
     */
    public RequestException(
            ErrorCode code,
            String message,
            Outcome outcome,
            @Nullable String sql,
            @Nullable String parameters,
            @Nullable Throwable cause) {
        super(code, message(message, sql, parameters), cause);
        this.reason = message;
        this.outcome = outcome;
        this.sql = sql;
        this.parameters = parameters;
    }

    /** {@return what became of the request} */
    public final Outcome outcome() {
        return outcome;
    }

    /** {@return the SQL of the request, or null for one without} */
    public final @Nullable String sql() {
        return sql;
    }

    /**
     * The parameters, readable, when {@link ClientContext#logParameters(boolean)} allows it.
     *
     * @return such as {@code [1, 'a', x'00ff']}, or null.
     */
    public final @Nullable String parameters() {
        return parameters;
    }

    /** {@return what went wrong, without the SQL; for SQLite's errors {@code [SQLITE_…] } and its own message} */
    public final String reason() {
        return reason;
    }

    /**
     * Names the request, for {@link Database#outcome}, when its outcome is not known.
     *
     * @return null when it was not sent.
     */
    public final @Nullable RequestId requestId() {
        return requestId;
    }

    /**
     * Says which request it was; by the machinery, before it is thrown.
     *
     * @param id of the request.
     * @return this.
     */
    public final RequestException of(RequestId id) {
        requestId = id;
        return this;
    }

    private static String message(String reason, @Nullable String sql, @Nullable String parameters) {
        if (sql == null) {
            return reason;
        }
        final String text = sql.length() > SHOWN_SQL_LENGTH ? sql.substring(0, SHOWN_SQL_LENGTH) + "…" : sql;
        return reason + " [sql=" + text + (parameters == null ? "]" : " parameters=" + parameters + "]");
    }
}
