// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.Stage;
import io.cleat.protocol.codec.ClosingDecoder;
import io.cleat.protocol.codec.FailureDecoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.ResultDecoder;
import io.cleat.protocol.codec.TableUpdatesDecoder;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.queue.RecordHandler;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Sorts replies to the calls that wait for them, and knows whether the connection has ended.
 *
 * <p>Calls are added and removed by any thread, under the monitor of the map. Records come from the leader only.
 */
final class Replies implements RecordHandler {
    private static final Failed UNREADABLE =
            Failed.local(ErrorCode.DAMAGED, Outcome.UNKNOWN, "the failure that came as the reply cannot be read");

    /** In Closing, as the other. */
    private static final int SUCCESSOR = 1;

    private static final int NO_SUCCESSOR_AND_REPLIES_LOST = 2;

    private final Long2ObjectHashMap<Call> calls = new Long2ObjectHashMap<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final ResultDecoder result = new ResultDecoder();
    private final FailureDecoder failure = new FailureDecoder();
    private final ClosingDecoder closing = new ClosingDecoder();
    private final TableUpdatesDecoder tableUpdates = new TableUpdatesDecoder();
    private final Queue<Cancelled> cancelled;
    private final OpenSessions sessions;
    private final SessionSettings settings;
    private final ObjLongConsumer<String> onHandover;
    private final Queue<Runnable> due = new ConcurrentLinkedQueue<>();
    private final ErrorHandler errorHandler;
    private long consumedBytes; // of the leader
    private long epoch; // of the leader

    /** Whether a reply of this coordinator may have been lost. Written by the leader. */
    private volatile boolean mayHaveLost;

    /** Below are requests that a former coordinator was sent first. Written by the leader. */
    private volatile long resumeSequence;

    /** The coordinator that said it goes for another one; 0 for none. Written by the leader. */
    private volatile long handoverEpoch;

    /** Set at most once. */
    private volatile @Nullable ChangeHandler changeHandler;

    /** Why the connection has ended; null while it lives. Written under the monitor of the map. */
    private volatile @Nullable Failed ended;

    /**
     * Puts into {@code cancelled} what ended without the coordinator's word, and has {@code onHandover} called, by a thread that does not
     * lead, with the reason and the epoch of a coordinator that goes for another one.
     */
    Replies(
            Queue<Cancelled> cancelled,
            OpenSessions sessions,
            SessionSettings settings,
            ObjLongConsumer<String> onHandover,
            ErrorHandler errorHandler) {
        this.cancelled = cancelled;
        this.sessions = sessions;
        this.settings = settings;
        this.onHandover = onHandover;
        this.errorHandler = errorHandler;
    }

    /** From now on a coordinator's replies count, which begin anew. The leader only. */
    void follow(Attachment attachment) {
        epoch = attachment.entry.epoch();
        resumeSequence = attachment.resumeSequence;
        consumedBytes = 0;
        mayHaveLost = false;
    }

    /** Whether a coordinator has said that it goes for another one, though that may not have been acted upon yet. */
    boolean isHandingOver(long ofEpoch) {
        return handoverEpoch == ofEpoch;
    }

    /** Adds a call before its request is written; the reason when the connection has ended. */
    @Nullable
    Failed add(long sequence, Call call) {
        synchronized (calls) {
            if (ended == null) {
                calls.put(sequence, call);
            }
            return ended;
        }
    }

    /** Removes a call; true when it was still waiting. */
    boolean remove(long sequence) {
        synchronized (calls) {
            return calls.remove(sequence) != null;
        }
    }

    /** The sequences of the calls that wait, in their order. */
    long[] waiting() {
        synchronized (calls) {
            return calls.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
        }
    }

    /** Gives what was sent under a sequence, which nobody changes meanwhile; false when nobody waits for that any more. */
    boolean whileWaiting(long sequence, Consumer<Request> use) {
        synchronized (calls) {
            final @Nullable Call call = calls.get(sequence);
            final @Nullable Request request = call == null ? null : call.requestOf(sequence);
            if (request == null) {
                return false;
            }
            use.accept(request);
            return true;
        }
    }

    /** The COMMITs that wait: sequences by session. */
    Map<Integer, Long> waitingCommits() {
        final Map<Integer, Long> commits = new HashMap<>();
        for (long sequence : waiting()) {
            whileWaiting(sequence, request -> {
                if (request.action() == TransactionAction.COMMIT) {
                    commits.put(request.sessionId(), sequence);
                }
            });
        }
        return commits;
    }

    /** How many requests of a session wait. */
    int countWaiting(int sessionId) {
        int count = 0;
        synchronized (calls) {
            for (Map.Entry<Long, Call> each : calls.entrySet()) {
                final @Nullable Request request = each.getValue().requestOf(each.getKey());
                count += request != null && request.sessionId() == sessionId ? 1 : 0;
            }
        }
        return count;
    }

    /** A request is to be given up, whichever coordinator has it. */
    void askCancel(long sequence) {
        final @Nullable Call call = get(sequence);
        if (call != null) {
            call.askCancel(sequence);
        }
    }

    boolean isCancelAsked(long sequence) {
        final @Nullable Call call = get(sequence);
        return call != null && call.isCancelAsked();
    }

    /** The coordinator is gone: ends the calls that no other can go on with. {@link #runDue} afterwards. */
    void endInterrupted(Loss loss) {
        final Map<Integer, Long> commits = waitingCommits();
        for (long sequence : waiting()) {
            final @Nullable Call call = get(sequence);
            final @Nullable Request request = call == null ? null : call.requestOf(sequence);
            if (call == null || request == null) {
                continue;
            }
            final @Nullable Failed failed = failure(call, request, loss, commits);
            if (failed != null && remove(sequence)) {
                call.onFailed(sequence, failed, this);
            } else if (failed == null && isNeedless(request) && remove(sequence)) {
                // It has ended, and the next one need not hear of it.
                sessions.forget(request.sessionId());
                call.onNeedless(sequence, this);
            }
        }
    }

    /** Whether all that a request asks for happened when the coordinator went: it ends what its session had, and nothing else of that waits. */
    private boolean isNeedless(Request request) {
        final int session = request.sessionId();
        final boolean rollsBack = request.action() == TransactionAction.ROLLBACK && !sessions.hasLock(session);
        return (rollsBack || request.closesSession()) && countWaiting(session) == 1;
    }

    private @Nullable Failed failure(Call call, Request request, Loss loss, Map<Integer, Long> commits) {
        if (!request.isRepeatable()) {
            return Failed.local(ErrorCode.COORDINATOR_LOST, Outcome.UNKNOWN, loss.describe());
        }
        if (!call.isHalfway()) {
            return null;
        }
        if (sessions.hasBlock(request.sessionId())) {
            final boolean mayBeCommitted = commits.containsKey(request.sessionId());
            return loss.interrupted(ErrorCode.TRANSACTION_LOST, mayBeCommitted ? Outcome.UNKNOWN : Outcome.NOT_APPLIED);
        }
        // The first rows of a write come after its commit.
        return loss.interrupted(
                ErrorCode.COORDINATOR_LOST,
                switch (request.effect()) {
                    case NONE -> Outcome.NOT_APPLIED;
                    case WRITES -> Outcome.APPLIED;
                    case UNKNOWN -> Outcome.UNKNOWN;
                });
    }

    /** Has the coordinator told that a request was given up. */
    void cancel(long sequence, int sessionId) {
        cancelled.add(new Cancelled(sequence, sessionId));
    }

    /** Has a listener called by {@link #runDue}: what it does may wait for a reply, which nobody would read while it leads. */
    void tell(Runnable listener) {
        due.add(listener);
    }

    boolean hasDue() {
        return !due.isEmpty();
    }

    /** Calls the listeners. Any thread that does not lead. */
    void runDue() {
        for (Runnable next = due.poll(); next != null; next = due.poll()) {
            try {
                next.run();
            } catch (RuntimeException | Error e) {
                errorHandler.onError(e);
            }
        }
    }

    /** Who is told of table updates, and of the end if it comes later. */
    void changeHandler(ChangeHandler handler) {
        changeHandler = handler;
    }

    @Nullable
    ChangeHandler changeHandler() {
        return changeHandler;
    }

    /** Tells the handler, if there is one, that time has passed. */
    void onTick(long nowNs) {
        final @Nullable ChangeHandler handler = changeHandler;
        if (handler != null) {
            handler.onTick(nowNs);
        }
    }

    /** Tells the handler, if there is one, that what is polled from now on comes from another coordinator. */
    void onReattaching() {
        final @Nullable ChangeHandler handler = changeHandler;
        if (handler != null) {
            handler.onReattaching();
        }
    }

    /** Tells the handler, if there is one, that there is another coordinator; {@link #runDue} afterwards. */
    void onReattached() {
        final @Nullable ChangeHandler handler = changeHandler;
        if (handler != null) {
            tell(handler::onReattached);
        }
    }

    private void report(Throwable error) {
        due.add(() -> errorHandler.onError(error));
    }

    @Nullable
    Failed ended() {
        return ended;
    }

    /** Ends the connection: what waits fails, what comes is refused. The first reason stays. {@link #runDue} afterwards. */
    void end(Failed reason) {
        final List<Call> pending;
        final List<Long> sequences;
        synchronized (calls) {
            if (ended != null) {
                return;
            }
            ended = reason;
            pending = new ArrayList<>(calls.values());
            sequences = new ArrayList<>(calls.keySet());
            calls.clear();
        }
        for (int i = 0; i < pending.size(); i++) {
            final Call call = pending.get(i);
            final long sequence = sequences.get(i);
            call.onFailed(
                    sequence,
                    call.ofEffect(mayBeApplied(call, sequence) ? reason.with(Outcome.UNKNOWN) : reason),
                    this);
        }
        final @Nullable ChangeHandler handler = changeHandler;
        if (handler != null) {
            tell(handler::onEnded);
        }
    }

    /** Whether a former coordinator may have applied it, of which this one has not told yet, or this one whose word of it was lost. */
    private boolean mayBeApplied(Call call, long sequence) {
        final @Nullable Request request = mayHaveLost || sequence < resumeSequence ? call.requestOf(sequence) : null;
        return request != null && request.mayCommit();
    }

    /** Whether there is an asynchronous call whose deadline is past. */
    boolean hasOverdue(long nowNs) {
        synchronized (calls) {
            for (Call call : calls.values()) {
                if (call.isOverdue(nowNs)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Ends asynchronous calls whose deadline is past, and has them cancelled; {@link #runDue} afterwards. Rare, so it may allocate. */
    void endOverdue(long nowNs, Failed reason) {
        final Map<Long, Call> overdue = new HashMap<>();
        synchronized (calls) {
            calls.forEachLong((sequence, call) -> {
                if (call.isOverdue(nowNs)) {
                    overdue.put(sequence, call);
                }
            });
            overdue.keySet().forEach(calls::remove);
        }
        overdue.forEach((sequence, call) -> call.giveUp(sequence, call.ofEffect(reason), this));
    }

    /** Bytes of records read so far. The leader only. */
    long consumedBytes() {
        return consumedBytes;
    }

    @Override
    public void onRecord(DirectBuffer buffer, int offset, int length) {
        consumedBytes += length;
        try {
            header.wrap(buffer, offset);
            switch (header.templateId()) {
                case ResultDecoder.TEMPLATE_ID -> onResult(buffer, offset);
                case FailureDecoder.TEMPLATE_ID -> onFailure(buffer, offset);
                case ClosingDecoder.TEMPLATE_ID -> onClosing(buffer, offset);
                case TableUpdatesDecoder.TEMPLATE_ID -> onTableUpdates(buffer, offset);
                default -> {
                    // A newer coordinator may say more than we know.
                }
            }
        } catch (RuntimeException | Error e) {
            // An Error too: a reply too large for the memory is the matter of one call.
            mayHaveLost = true;
            report(new IllegalStateException("a reply cannot be read: lengthBytes=" + length, e));
        }
    }

    @Override
    public void onDamaged(long index, String reason) {
        mayHaveLost = true;
        report(new IllegalStateException("a damaged reply was skipped: index=" + index + " " + reason));
    }

    private void onResult(DirectBuffer buffer, int offset) {
        result.wrap(buffer, offset + MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
        if (result.epoch() != epoch) {
            return;
        }
        final long sequence = result.sequence();
        final boolean last = result.flags().lAST();
        // The last one leaves before its owner is woken, who may begin the next with the same call.
        final @Nullable Call call = last ? take(sequence) : get(sequence);
        if (call == null) {
            return;
        }
        try {
            if (call.onResult(result, sessions, settings, this) && !last) {
                remove(sequence);
            }
        } catch (RuntimeException | Error e) {
            remove(sequence);
            call.giveUp(
                    sequence, Failed.local(ErrorCode.DAMAGED, Outcome.UNKNOWN, "the reply cannot be read: " + e), this);
            throw e;
        }
    }

    private void onFailure(DirectBuffer buffer, int offset) {
        failure.wrap(buffer, offset + MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
        final long sequence = failure.sequence();
        final @Nullable Call call = failure.epoch() == epoch ? take(sequence) : null;
        if (call == null) {
            return;
        }
        Failed failed = UNREADABLE;
        try {
            failed = decodeFailure(buffer);
        } finally {
            call.onFailed(sequence, failed, this);
        }
    }

    private Failed decodeFailure(DirectBuffer buffer) {
        final Outcome outcome =
                switch (failure.outcome()) {
                    case NOT_APPLIED -> Outcome.NOT_APPLIED;
                    case APPLIED -> Outcome.APPLIED;
                    default -> Outcome.UNKNOWN;
                };
        final Stage stage =
                failure.stage() == io.cleat.protocol.codec.Stage.STARTED ? Stage.STARTED : Stage.NOT_STARTED;
        final String message = text(failure.messageLength(), buffer, failure.limit());
        failure.skipMessage();
        final String trace = text(failure.remoteTraceLength(), buffer, failure.limit());
        return new Failed(
                ErrorCode.of(failure.errorCode()),
                failure.sqliteCode(),
                failure.batchRow(),
                outcome,
                stage,
                message,
                trace);
    }

    private void onClosing(DirectBuffer buffer, int offset) {
        closing.wrap(buffer, offset + MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
        if (closing.epoch() != epoch) {
            return;
        }
        if (closing.successor() == SUCCESSOR) {
            final String reason = text(closing.reasonLength(), buffer, closing.limit());
            final long of = epoch;
            handoverEpoch = of;
            tell(() -> onHandover.accept(reason, of));
        } else {
            mayHaveLost |= closing.successor() == NO_SUCCESSOR_AND_REPLIES_LOST;
            end(Failed.local(
                    ErrorCode.SHUTDOWN,
                    Outcome.NOT_APPLIED,
                    "the coordinator stopped: " + text(closing.reasonLength(), buffer, closing.limit()) + " at="
                            + Instant.now()));
        }
    }

    private void onTableUpdates(DirectBuffer buffer, int offset) {
        tableUpdates.wrap(buffer, offset + MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
        final @Nullable ChangeHandler handler = changeHandler;
        if (handler != null && tableUpdates.epoch() == epoch) {
            handler.onTableChanges(TableChanges.of(tableUpdates));
        }
    }

    private @Nullable Call take(long sequence) {
        synchronized (calls) {
            return calls.remove(sequence);
        }
    }

    private @Nullable Call get(long sequence) {
        synchronized (calls) {
            return calls.get(sequence);
        }
    }

    /** Text of a variable field whose four bytes of length begin at an offset. */
    private static String text(int lengthBytes, DirectBuffer buffer, int offset) {
        return buffer.getStringWithoutLengthUtf8(offset + Integer.BYTES, lengthBytes);
    }
}
