// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.protocol.Columns;
import io.cleat.protocol.codec.ResultDecoder;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One request that waits for its reply; reused for the next one of the same owner.
 *
 * <p>Between its owner, who begins it and takes rows away, and the leader, who brings chunks. All fields but {@code progress} and
 * {@code waiter} are guarded by this. The sequence tells a late chunk of a former request from one of this.
 */
final class Call {
    private static final int INITIAL_CAPACITY_BYTES = 256;
    private static final int RETAINED_CAPACITY_BYTES = 1 << 20;

    /** Grows with everything that arrives; written under the monitor, read by anybody. */
    private volatile int progress;

    /** Who may be parked until something arrives. */
    private volatile @Nullable Thread waiter;

    private long sequence;
    private int sessionId;
    private @Nullable Request request;
    private boolean cancelAsked;
    private long deadlineNs;
    private @Nullable Runnable listener;
    private @Nullable CallWatch watch;
    private ExpandableArrayBuffer incoming = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
    private int incomingLengthBytes;
    private int nextChunk;
    private boolean done;
    private boolean hasRows;
    private @Nullable Columns columns;
    private @Nullable Failed failed;
    private long changeCount;
    private long lastRowId;
    private long commitSequence;

    // By the owner.

    /** Begins a request. The listener, if any, is called after each arrival, by a thread that does not lead. */
    synchronized void begin(long newSequence, Request newRequest, long newDeadlineNs, @Nullable Runnable newListener) {
        sequence = newSequence;
        request = newRequest;
        sessionId = newRequest.sessionId();
        cancelAsked = false;
        deadlineNs = newDeadlineNs;
        listener = newListener;
        if (incoming.capacity() > RETAINED_CAPACITY_BYTES) {
            incoming = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
        }
        incomingLengthBytes = 0;
        nextChunk = 0;
        done = false;
        hasRows = false;
        failed = null;
        changeCount = 0;
        lastRowId = 0;
        commitSequence = 0;
        if (watch != null) {
            watch.onNumbered(newSequence, sessionId);
        }
    }

    /** Who is told of the end of the next request; null for nobody. */
    synchronized void watch(@Nullable CallWatch next) {
        watch = next;
    }

    /** As {@link #abandon}, for one that waits for its reply. */
    void giveUp() {
        final @Nullable CallWatch watching;
        synchronized (this) {
            watching = done ? null : takeWatch();
            abandon();
        }
        if (watching != null) {
            watching.onEnd(null, true);
        }
    }

    private @Nullable CallWatch takeWatch() {
        final @Nullable CallWatch taken = watch;
        watch = null;
        return taken;
    }

    /** Ends it for the owner: whatever arrives for it later is dropped. */
    synchronized void abandon() {
        sequence = 0;
        done = true;
    }

    int progress() {
        return progress;
    }

    void waiter(@Nullable Thread thread) {
        waiter = thread;
    }

    /** The sequence while there is something to come; 0 once ended. */
    synchronized long pendingSequence() {
        return done ? 0 : sequence;
    }

    synchronized long sequence() {
        return sequence;
    }

    synchronized boolean isDone() {
        return done;
    }

    synchronized boolean hasStarted() {
        return done || nextChunk > 0;
    }

    synchronized boolean hasRows() {
        return hasRows;
    }

    synchronized @Nullable Columns columns() {
        return hasRows ? columns : null;
    }

    synchronized @Nullable Failed failed() {
        return failed;
    }

    synchronized long changeCount() {
        return changeCount;
    }

    synchronized long lastRowId() {
        return lastRowId;
    }

    synchronized long commitSequence() {
        return commitSequence;
    }

    /** How many bytes of rows {@link #take} would give. */
    synchronized int availableBytes() {
        return incomingLengthBytes;
    }

    /** Takes the rows that have arrived, and leaves an empty buffer in exchange. Ask {@link #availableBytes} under this monitor. */
    synchronized ExpandableArrayBuffer take(ExpandableArrayBuffer empty) {
        final ExpandableArrayBuffer taken = incoming;
        incoming = empty;
        incomingLengthBytes = 0;
        return taken;
    }

    /** Adds the rows that have arrived behind others. */
    synchronized int appendTo(ExpandableArrayBuffer target, int offset) {
        final int length = incomingLengthBytes;
        target.putBytes(offset, incoming, 0, length);
        incomingLengthBytes = 0;
        return length;
    }

    // By the leader.

    /** Takes a chunk; true when the call has ended by it, cancelled unless it was the last. The last has had its effect on the session. */
    boolean onResult(ResultDecoder result, OpenSessions sessions, SessionSettings settings, Replies replies) {
        final @Nullable Runnable listening;
        final boolean ended;
        @Nullable CallWatch watching = null;
        @Nullable Failed failure = null;
        synchronized (this) {
            if (done || sequence != result.sequence()) {
                return false;
            }
            if (request != null && result.flags().lAST()) {
                sessions.onAnswered(request);
                final @Nullable String sql = request.sql();
                if (sql != null && result.flags().sETTING()) {
                    settings.set(sessionId, sql);
                }
            }
            accept(result);
            ended = done;
            if (ended && !result.flags().lAST()) {
                replies.cancel(sequence, sessionId);
            }
            if (ended) {
                watching = takeWatch();
                failure = failed;
            }
            listening = signal();
        }
        tell(watching, failure, replies);
        wake(listening, replies);
        return ended;
    }

    /** Ends without the coordinator's word, which is to be told. */
    void giveUp(long ofSequence, Failed failure, Replies replies) {
        synchronized (this) {
            if (!done && sequence == ofSequence) {
                replies.cancel(sequence, sessionId);
            }
        }
        onFailed(ofSequence, failure, replies);
    }

    /** Ends as if it had been answered: what it asks for has happened by itself. */
    void onNeedless(long ofSequence, Replies replies) {
        end(ofSequence, null, replies);
    }

    /** Ends with a failure, unless it has ended or is of another sequence. */
    boolean onFailed(long ofSequence, Failed failure, Replies replies) {
        return end(ofSequence, failure, replies);
    }

    private boolean end(long ofSequence, @Nullable Failed failure, Replies replies) {
        final @Nullable Runnable listening;
        final @Nullable CallWatch watching;
        synchronized (this) {
            if (done || sequence != ofSequence) {
                return false;
            }
            failed = failure;
            done = true;
            watching = takeWatch();
            listening = signal();
        }
        tell(watching, failure, replies);
        wake(listening, replies);
        return true;
    }

    /** What was sent under a sequence, while it waits; it stays as it is as long as the call is among those that wait. */
    synchronized @Nullable Request requestOf(long ofSequence) {
        return done || sequence != ofSequence ? null : request;
    }

    /** Whether a part of the reply has arrived, but not the end. */
    synchronized boolean isHalfway() {
        return !done && nextChunk > 0;
    }

    /** It is to be given up: whoever is sent it anew is to be told so too. */
    synchronized void askCancel(long ofSequence) {
        cancelAsked |= sequence == ofSequence;
    }

    synchronized boolean isCancelAsked() {
        return cancelAsked;
    }

    /** What a failure with an unknown outcome is for this: what changes nothing has had no effect. */
    synchronized Failed ofEffect(Failed failure) {
        final boolean harmless = failure.code() == ErrorCode.COORDINATOR_LOST
                && failure.outcome() == Outcome.UNKNOWN
                && request != null
                && request.effect() == Effect.NONE;
        return harmless ? failure.with(Outcome.NOT_APPLIED) : failure;
    }

    /** Whether this is asynchronous, and late. */
    synchronized boolean isOverdue(long nowNs) {
        return listener != null && !done && nowNs - deadlineNs > 0;
    }

    private void accept(ResultDecoder result) {
        final int chunkIndex = result.chunkIndex();
        if (chunkIndex != nextChunk) {
            failed = Failed.local(
                    ErrorCode.DAMAGED,
                    Outcome.UNKNOWN,
                    "a part of the reply was lost: sequence=" + sequence + " chunkIndex=" + chunkIndex + " expected="
                            + nextChunk);
            done = true;
            return;
        }
        nextChunk++;
        final boolean last = result.flags().lAST();
        hasRows |= result.flags().rOWS();
        final DirectBuffer buffer = result.buffer();
        final int columnsLength = result.columnsLength();
        final int columnsOffset = result.limit() + ResultDecoder.columnsHeaderLength();
        result.skipColumns();
        if (columnsLength > 0 && (columns == null || !columns.isEncodedAs(buffer, columnsOffset, columnsLength))) {
            columns = Columns.decode(buffer, columnsOffset, columnsLength);
        }
        final int rowsLength = result.rowsLength();
        incoming.putBytes(incomingLengthBytes, buffer, result.limit() + ResultDecoder.rowsHeaderLength(), rowsLength);
        incomingLengthBytes += rowsLength;
        if (last) {
            changeCount = result.changeCount();
            lastRowId = result.lastRowId();
            commitSequence = result.commitSequence();
            done = true;
        }
    }

    private @Nullable Runnable signal() {
        // Only under the monitor, so the increment loses nothing.
        final int next = progress + 1;
        progress = next;
        return listener;
    }

    /** What is done there may run user code, which the leader must not. */
    private static void tell(@Nullable CallWatch watching, @Nullable Failed failure, Replies replies) {
        if (watching != null) {
            replies.tell(() -> watching.onEnd(failure, false));
        }
    }

    private void wake(@Nullable Runnable listening, Replies replies) {
        final @Nullable Thread parked = waiter;
        if (parked != null && parked != Thread.currentThread()) {
            LockSupport.unpark(parked);
        }
        if (listening != null) {
            replies.tell(listening);
        }
    }
}
