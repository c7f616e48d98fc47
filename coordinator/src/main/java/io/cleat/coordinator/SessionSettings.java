// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SessionPragma;
import io.cleat.coordinator.sqlite.SessionPragmaUse;
import io.cleat.coordinator.sqlite.StatementShape;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * PRAGMAs that a session sets for itself. They are kept here, and set on a connection when the session's next statement runs on it.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class SessionSettings {
    private static final String TIMEOUT_COLUMN = "timeout";
    private static final StatementShape NOTHING = new StatementShape(0, Map.of(), List.of());
    private static final StatementShape TIMEOUT = new StatementShape(
            0, Map.of(), List.of(new StatementShape.Column(TIMEOUT_COLUMN, null, null, false, false, false)));

    private final ReplyProxy replies;
    private final Predicate<SessionPragma> defaults;

    /**
     * Knows nothing of its own: what a session has set is in the session.
     *
     * @param replies take the answers.
     * @param defaults the database's own values.
     */
    SessionSettings(ReplyProxy replies, Predicate<SessionPragma> defaults) {
        this.replies = replies;
        this.defaults = defaults;
    }

    /**
     * Answers a request that sets something for its session. One that asks for what no connection knows becomes one that tells it.
     *
     * @param request EXECUTE, of a session whose transaction has not ended without it.
     * @return whether it was answered; if not, it goes its way.
     */
    boolean answers(Request request) {
        final KnownStatement statement = request.statement;
        final SessionPragmaUse use = statement == null ? null : statement.pragma();
        if (use == null) {
            return false;
        }
        final ClientSession session = request.session;
        if (use.value() == null) {
            answerAsked(request, use.pragma());
            return false;
        }
        if (use.pragma() == SessionPragma.DEFER_FOREIGN_KEYS) {
            return session.transaction == null && defersNext(request, use);
        }
        if (!request.ownSession) {
            return false;
        }
        if (!isChangeable(session, use.pragma())) {
            // As SQLite: no effect, and no error.
            replies.done(request, 0, 0);
            return true;
        }
        set(session, use);
        final boolean tells = use.pragma() == SessionPragma.BUSY_TIMEOUT;
        replies.set(request, tells ? TIMEOUT_COLUMN : null, session.busyTimeoutMs);
        return true;
    }

    /**
     * Sets what a former coordinator had set.
     *
     * @param session of a client that attached anew.
     * @param sql the PRAGMA; without effect when it is none that a session may set.
     */
    void again(ClientSession session, String sql) {
        final SessionPragmaUse use = SessionPragmaUse.of(sql);
        if (use != null && use.value() != null) {
            set(session, use);
        }
    }

    private static boolean isChangeable(ClientSession session, SessionPragma pragma) {
        return pragma != SessionPragma.FOREIGN_KEYS || (session.transaction == null && session.snapshot == null);
    }

    private boolean defersNext(Request request, SessionPragmaUse use) {
        if (!request.ownSession) {
            return false;
        }
        request.session.defersForeignKeys = use.isOn() && request.session.snapshot == null;
        replies.done(request, 0, 0);
        return true;
    }

    private void set(ClientSession session, SessionPragmaUse use) {
        final SessionPragma pragma = use.pragma();
        if (pragma.isOfConnection()) {
            final boolean differs = use.isOn() != defaults.test(pragma);
            if (differs) {
                replies.noteSettings(session);
            }
            session.settings = differs ? session.settings | pragma.bit() : session.settings & ~pragma.bit();
        } else if (pragma == SessionPragma.QUERY_ONLY) {
            session.queryOnly = use.isOn();
        } else if (pragma == SessionPragma.BUSY_TIMEOUT) {
            session.busyTimeoutMs = Math.max(0, use.number());
        }
    }

    private static void answerAsked(Request request, SessionPragma pragma) {
        final ClientSession session = request.session;
        switch (pragma) {
            case QUERY_ONLY -> request.statement = telling(session.queryOnly ? 1 : 0, "query_only");
            case BUSY_TIMEOUT -> {
                if (session.busyTimeoutMs >= 0) {
                    request.statement = telling(session.busyTimeoutMs, TIMEOUT_COLUMN);
                }
            }
            case DEFER_FOREIGN_KEYS -> {
                if (session.transaction == null) {
                    request.statement = telling(session.defersForeignKeys ? 1 : 0, "defer_foreign_keys");
                }
            }
            default -> {
                // The connection that runs it has been set.
            }
        }
    }

    private static KnownStatement telling(int value, String column) {
        return new KnownStatement("SELECT " + value + " AS " + column);
    }

    /**
     * What a statement takes and gives that is answered here. SQLite may not be asked: it would set it.
     *
     * @param request PREPARE.
     * @return null when the statement goes its way.
     */
    static @Nullable StatementShape shape(Request request) {
        final KnownStatement statement = request.statement;
        final SessionPragmaUse use = statement == null ? null : statement.pragma();
        if (use == null || use.value() == null || !isSettable(request, use.pragma())) {
            return null;
        }
        return use.pragma() == SessionPragma.BUSY_TIMEOUT ? TIMEOUT : NOTHING;
    }

    private static boolean isSettable(Request request, SessionPragma pragma) {
        return request.ownSession
                || (pragma == SessionPragma.DEFER_FOREIGN_KEYS && request.session.transaction != null);
    }

    /** {@return whether a request sets defer_foreign_keys, for the transaction in which it runs} */
    static boolean defersForeignKeys(Request request) {
        final KnownStatement statement = request.statement;
        final SessionPragmaUse use = statement == null || request.script ? null : statement.pragma();
        return use != null && use.pragma() == SessionPragma.DEFER_FOREIGN_KEYS && use.value() != null;
    }

    /** {@return whether what it sets is yes} */
    static boolean isOn(Request request) {
        final KnownStatement statement = request.statement;
        final SessionPragmaUse use = statement == null ? null : statement.pragma();
        return use != null && use.isOn();
    }
}
