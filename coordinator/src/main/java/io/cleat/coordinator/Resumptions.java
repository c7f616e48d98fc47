// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.protocol.codec.TransactionAction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests that were sent to a former coordinator before, as far as it is known what became of them, and those of sessions that lost with it what
 * they had open. See docs/outcome.md.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Resumptions {
    private final ReplyProxy replies;
    private final Predicate<KnownStatement> reads;

    /**
     * Knows nothing of its own: what is known is in the outcomes of a request's client.
     *
     * @param replies take the answers.
     * @param reads whether a statement changes nothing; may throw when SQLite does not take its text.
     */
    Resumptions(ReplyProxy replies, Predicate<KnownStatement> reads) {
        this.replies = replies;
        this.reads = reads;
    }

    /**
     * A session had something open with a former coordinator.
     *
     * @param session of a client that attached anew.
     * @param commitSequence of its COMMIT, if that waits for an answer; else 0.
     * @param exclusive whether it had exclusive access.
     */
    void lost(ClientSession session, long commitSequence, boolean exclusive) {
        session.lost = new LostSession(commitSequence, outcome(session.client.outcomes, commitSequence), exclusive);
    }

    private static Outcome outcome(KnownOutcomes outcomes, long sequence) {
        if (sequence == 0) {
            return Outcome.NOT_APPLIED;
        }
        final KnownOutcome known = outcomes.find(sequence);
        if (known != null) {
            return known.isUnknown() ? Outcome.UNKNOWN : Outcome.APPLIED;
        }
        return outcomes.isForgotten(sequence) ? Outcome.UNKNOWN : Outcome.NOT_APPLIED;
    }

    /**
     * Answers a request if it need not, or must not, be executed.
     *
     * @param request just taken out of the queue.
     * @return whether it was answered.
     */
    boolean answers(Request request) {
        final LostSession lost = lost(request);
        final boolean wasSent = request.sequence < request.session.client.resumedBelow && mayHaveCommitted(request);
        if (wasSent && answersFromOutcome(request)) {
            return true;
        }
        // Said here, whatever may refuse it later: the former coordinator had perhaps no reason to.
        final boolean isForgotten = wasSent && isForgotten(request) && mayWrite(request);
        if (lost != null && answersAsLost(request, lost, isForgotten)) {
            return true;
        }
        if (isForgotten) {
            replies.failed(request.session, request.sequence, forgotten(request));
        }
        return isForgotten;
    }

    /** What its session has lost as far as this request is concerned: its COMMIT is the last one that belongs to the transaction. */
    private static @Nullable LostSession lost(Request request) {
        final LostSession lost = request.session.lost;
        if (lost == null || lost.commitSequence() == 0 || request.sequence < lost.commitSequence()) {
            return lost;
        }
        final LostSession left = lost.withoutTransaction();
        request.session.lost = left;
        return request.sequence == lost.commitSequence() ? lost : left;
    }

    private static boolean mayHaveCommitted(Request request) {
        return switch (request.kind) {
            case EXECUTE, BATCH, TRANSACTION -> true;
            default -> false;
        };
    }

    private static boolean isForgotten(Request request) {
        return request.session.client.outcomes.isForgotten(request.sequence);
    }

    private boolean mayWrite(Request request) {
        if (request.kind == Request.Kind.TRANSACTION) {
            return switch (request.action) {
                case BEGIN, COMMIT, NULL_VAL -> true;
                default -> false;
            };
        }
        final KnownStatement statement = request.statement;
        if (request.kind == Request.Kind.BATCH || request.script || statement == null) {
            return true;
        }
        if (statement.pragma() != null) {
            return false;
        }
        try {
            return !request.readOnly && !reads.test(statement);
        } catch (SqliteException | CleatException e) {
            // It may have been another schema that the former coordinator had.
            return true;
        }
    }

    private boolean answersFromOutcome(Request request) {
        final ClientSession session = request.session;
        final KnownOutcomes outcomes = session.client.outcomes;
        final KnownOutcome known = outcomes.find(request.sequence);
        if (known != null) {
            answer(request, known);
            return true;
        }
        final long commit = outcomes.transactionOf(session.id, request.sequence);
        if (commit == 0) {
            return false;
        }
        if (request.kind == Request.Kind.TRANSACTION) {
            replies.done(request, 0, 0);
        } else {
            final KnownOutcome committed = outcomes.find(commit);
            fail(request, committed == null || committed.isUnknown() ? Outcome.UNKNOWN : Outcome.APPLIED);
        }
        return true;
    }

    private void answer(Request request, KnownOutcome known) {
        if (known.isUnknown()) {
            replies.failed(request.session, request.sequence, forgotten(request));
        } else if (known.rowsAreLost()) {
            replies.failed(
                    request.session,
                    request.sequence,
                    Failed.of(
                                    ErrorCode.COORDINATOR_LOST,
                                    "the request was applied, and the rows that it returned are gone with the former coordinator: "
                                            + request)
                            .started()
                            .with(Outcome.APPLIED));
        } else {
            replies.again(request, known);
        }
    }

    /**
     * What a write is told that may have been applied by a former coordinator.
     *
     * @param request that is not executed.
     * @return the failure.
     */
    private static Failed forgotten(Request request) {
        return Failed.of(
                        ErrorCode.COORDINATOR_LOST,
                        "the request was sent to a former coordinator, and it is not known any more whether that applied it: "
                                + request)
                .started()
                .with(Outcome.UNKNOWN);
    }

    private boolean answersAsLost(Request request, LostSession lost, boolean isForgotten) {
        final ClientSession session = request.session;
        final long commit = lost.commitSequence();
        switch (request.kind) {
            // One that had been applied, with the lost transaction or before it, would have an outcome.
            case EXECUTE, BATCH -> fail(request, isForgotten ? Outcome.UNKNOWN : Outcome.NOT_APPLIED);
            case ANNOUNCE -> fail(request, lost.outcome());
            case TRANSACTION -> {
                if (commit == 0 && endsLost(request.action)) {
                    session.lost = request.action == TransactionAction.UNLOCK ? null : lost.withoutTransaction();
                    replies.done(request, 0, 0);
                } else if (commit == 0 && !lost.exclusive() && begins(request.action)) {
                    session.lost = null;
                    return false;
                } else {
                    fail(request, isForgotten ? Outcome.UNKNOWN : lost.outcome());
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean endsLost(TransactionAction action) {
        return action == TransactionAction.ROLLBACK || action == TransactionAction.UNLOCK;
    }

    private static boolean begins(TransactionAction action) {
        return switch (action) {
            case BEGIN, BEGIN_READ, JOIN, LOCK -> true;
            default -> false;
        };
    }

    private void fail(Request request, Outcome outcome) {
        replies.failed(
                request.session,
                request.sequence,
                Failed.of(
                                ErrorCode.TRANSACTION_LOST,
                                "what the session had open was lost with the former coordinator"
                                        + (outcome == Outcome.APPLIED
                                                ? ", after its transaction was committed: "
                                                : ": ")
                                        + request.session)
                        .with(outcome));
    }
}
