// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.protocol.codec.TransactionAction;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests that were sent to a former coordinator before, as far as it is known what became of them, and those of sessions that lost with it what
 * they had open. See docs/outcome.md.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class Resumptions {
    private final ReplyProxy replies;

    Resumptions(ReplyProxy replies) {
        this.replies = replies;
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

    private static Outcome outcome(@Nullable KnownOutcomes outcomes, long sequence) {
        if (sequence == 0) {
            return Outcome.NOT_APPLIED;
        }
        final KnownOutcome known = outcomes == null ? null : outcomes.find(sequence);
        if (known != null) {
            return known.isUnknown() ? Outcome.UNKNOWN : Outcome.APPLIED;
        }
        return outcomes == null || outcomes.isForgotten(sequence) ? Outcome.UNKNOWN : Outcome.NOT_APPLIED;
    }

    /**
     * Answers a request if it need not, or must not, be executed.
     *
     * @param request just taken out of the queue.
     * @return whether it was answered.
     */
    boolean answers(Request request) {
        final LostSession lost = request.session.lost;
        if (lost != null && answersAsLost(request, lost)) {
            return true;
        }
        return request.sequence < request.session.client.resumedBelow
                && mayHaveCommitted(request)
                && answersFromOutcome(request);
    }

    private static boolean mayHaveCommitted(Request request) {
        return switch (request.kind) {
            case EXECUTE, BATCH, TRANSACTION -> true;
            default -> false;
        };
    }

    private boolean answersFromOutcome(Request request) {
        final ClientSession session = request.session;
        final KnownOutcomes outcomes = session.client.outcomes;
        if (outcomes == null) {
            request.isForgotten = true;
            return false;
        }
        final KnownOutcome known = outcomes.find(request.sequence);
        if (known != null) {
            answer(request, known);
            return true;
        }
        if (outcomes.transactionOf(session.id, request.sequence) > 0) {
            if (request.kind == Request.Kind.TRANSACTION) {
                replies.done(request, 0, 0);
            } else {
                fail(request, Outcome.APPLIED);
            }
            return true;
        }
        request.isForgotten = outcomes.isForgotten(request.sequence);
        return false;
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
    static Failed forgotten(Request request) {
        return Failed.of(
                        ErrorCode.COORDINATOR_LOST,
                        "the request was sent to a former coordinator, and it is not known any more whether that applied it: "
                                + request)
                .started()
                .with(Outcome.UNKNOWN);
    }

    private boolean answersAsLost(Request request, LostSession lost) {
        final ClientSession session = request.session;
        final long commit = lost.commitSequence();
        if (commit > 0 && request.sequence >= commit) {
            final LostSession left = lost.withoutTransaction();
            session.lost = left;
            return request.sequence == commit
                    ? answersCommit(request, lost)
                    : left != null && answersAsLost(request, left);
        }
        switch (request.kind) {
            case EXECUTE, BATCH, ANNOUNCE -> fail(request, lost.outcome());
            case TRANSACTION -> {
                if (commit == 0 && endsLost(request.action)) {
                    session.lost = request.action == TransactionAction.UNLOCK ? null : lost.withoutTransaction();
                    replies.done(request, 0, 0);
                } else if (commit == 0 && !lost.exclusive() && begins(request.action)) {
                    session.lost = null;
                    return false;
                } else {
                    fail(request, lost.outcome());
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean answersCommit(Request request, LostSession lost) {
        final KnownOutcomes outcomes = request.session.client.outcomes;
        final KnownOutcome known = outcomes == null ? null : outcomes.find(request.sequence);
        if (known != null) {
            answer(request, known);
        } else {
            fail(request, lost.outcome());
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
