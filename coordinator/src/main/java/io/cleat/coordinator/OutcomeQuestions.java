// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.nameserver.FileLocks;
import io.cleat.nameserver.StableIdentity;
import io.cleat.protocol.Columns;
import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.AskOutcomeDecoder;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Answers what became of a request, of whatever client, living or dead.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class OutcomeQuestions {
    static final int NOT_APPLIED = 0;
    static final int APPLIED = 1;
    static final int UNDECIDED = 2;
    static final int FORGOTTEN = 3;

    private static final byte[] COLUMNS = Columns.of(
                    List.of("state", "change_count", "last_row_id", "commit_sequence", "columns", "rows"),
                    List.of("INTEGER", "INTEGER", "INTEGER", "INTEGER", "BLOB", "BLOB"))
            .encoded();

    private final DatabaseFolder folder;
    private final OutcomeStore store;
    private final LongFunction<@Nullable AttachedClient> clients;
    private final Withdrawals waiting;
    private final ReplyProxy replies;
    private final AskOutcomeDecoder question = new AskOutcomeDecoder();
    private final ValueWriter values = new ValueWriter();

    OutcomeQuestions(
            DatabaseFolder folder,
            OutcomeStore store,
            LongFunction<@Nullable AttachedClient> clients,
            Withdrawals waiting,
            ReplyProxy replies) {
        this.folder = folder;
        this.store = store;
        this.clients = clients;
        this.waiting = waiting;
        this.replies = replies;
    }

    /**
     * Answers.
     *
     * @param request AskOutcome.
     */
    void answer(Request request) {
        question.wrap(request.message, 0, request.blockLength, request.version);
        final long clientId = question.ofClientId();
        final long sequence = question.ofSequence();
        final AttachedClient client = clients.apply(clientId);
        final KnownOutcomes outcomes = client != null ? client.outcomes : store.find(clientId);
        // What SQLite does not run in a transaction is noted before it runs.
        final boolean runs = client != null && waiting.isRunning(client, sequence);
        final KnownOutcome known = outcomes == null || runs ? null : outcomes.find(sequence);
        values.clear();
        if (known != null && !known.isUnknown()) {
            applied(known);
        } else {
            values.writeLong(known != null ? FORGOTTEN : state(client, clientId, outcomes, sequence));
            values.writeLong(0);
            values.writeLong(0);
            values.writeLong(0);
            values.writeNull();
            values.writeNull();
        }
        replies.row(request, COLUMNS, values);
    }

    private void applied(KnownOutcome known) {
        values.writeLong(APPLIED);
        values.writeLong(known.changeCount());
        values.writeLong(known.lastRowId());
        values.writeLong(known.commitSequence());
        if (known.returnsRows() && !known.rowsAreLost()) {
            values.writeBlob(known.columns());
            values.writeBlob(known.rows());
        } else {
            values.writeNull();
            values.writeNull();
        }
    }

    private int state(@Nullable AttachedClient client, long clientId, @Nullable KnownOutcomes outcomes, long sequence) {
        if (client == null) {
            // It lives, and can send the request again.
            if (FileLocks.isHeld(folder.clientLock(clientId)) || waiting.holdsJoined(clientId, sequence)) {
                return UNDECIDED;
            }
        } else if (sequence >= StableIdentity.firstOfLife(client.resumedBelow)
                && (sequence > client.lastSequence || waiting.isPending(client, sequence))) {
            return UNDECIDED;
        }
        // What a statement did in a transaction is known for its COMMIT only.
        return outcomes == null || outcomes.isForgotten(sequence) || outcomes.mayBeInTransaction(sequence)
                ? FORGOTTEN
                : NOT_APPLIED;
    }
}
