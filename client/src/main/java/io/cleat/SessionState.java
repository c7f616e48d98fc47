// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.protocol.codec.TransactionAction;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a session has begun at the coordinator and not ended: a transaction of its own or another's, a snapshot, exclusive access.
 *
 * <p>Used by one thread at a time, but for {@link #lost} and {@link #holdsTurn}.
 */
final class SessionState {
    private enum Mode {
        NONE,
        TRANSACTION,
        /** In the transaction of another session. */
        JOINED,
        SNAPSHOT
    }

    private final SessionCore session;
    private final ThreadScopes scopes;
    private volatile Mode mode = Mode.NONE;
    private volatile boolean locked;

    /** Something was begun, whose outcome is not known: how to end what nobody has asked for. */
    private @Nullable TransactionAction uncertainEnd;

    /** Whether the request that begins something may have done so, whatever interceptors make of its outcome. */
    private boolean mayHaveBegun;

    /** How it ended without us; until it is rolled back. */
    private volatile @Nullable TransactionEnd lost;

    /** Its COMMIT failed, and may have been applied all the same: then nothing is open at the coordinator. */
    private boolean commitUncertain;

    /** The schema that the snapshot sees, if it is known; null: it may be any. */
    private @Nullable SchemaMark snapshotSchema;

    private long token;
    private int lastSavepoint;

    SessionState(SessionCore session, ThreadScopes scopes) {
        this.session = session;
        this.scopes = scopes;
    }

    boolean isInTransaction() {
        return mode == Mode.TRANSACTION || mode == Mode.JOINED;
    }

    boolean isInSnapshot() {
        return mode == Mode.SNAPSHOT;
    }

    private SchemaMark schema() {
        return SchemaMark.of(session.connection().header());
    }

    /**
     * Whether the session sees the schema that everybody sees: a snapshot may be older. In a transaction that has changed it, it is not
     * settled, for nobody.
     */
    boolean sees(long epoch, long schemaEpoch) {
        final @Nullable SchemaMark seen = snapshotSchema;
        return mode != Mode.SNAPSHOT || (seen != null && seen.is(epoch, schemaEpoch));
    }

    boolean isLocked() {
        return locked;
    }

    /** Whether others that write wait for this session. */
    boolean holdsTurn() {
        return locked || isInTransaction();
    }

    /** Whether nothing is open, nor may be. */
    boolean isClean() {
        return mode == Mode.NONE && !locked && uncertainEnd == null;
    }

    /** Whether it runs in the transaction of another session, which alone decides what becomes of it. */
    boolean hasJoined() {
        return mode == Mode.JOINED;
    }

    @Nullable
    TransactionEnd lost() {
        return lost;
    }

    /** By which other sessions join the open transaction; 0 when there is none. */
    long token() {
        return isInTransaction() ? token : 0;
    }

    static long newToken() {
        // No secret: who may attach may write anyway. Never 0.
        return ThreadLocalRandom.current().nextLong() | 1;
    }

    /** Returns the last commit before it. */
    long begin(CallOptions options, long newToken) {
        ensureNothingOpen("a transaction cannot be begun");
        ensureTurnReachable("BEGIN");
        final long commitSequence = open(TransactionAction.BEGIN, newToken, options, TransactionAction.ROLLBACK);
        began(Mode.TRANSACTION, newToken);
        return commitSequence;
    }

    /** Until {@link #leave}, runs in the transaction that another session began with the token. */
    void join(CallOptions options, long otherToken) {
        ensureNothingOpen("a transaction cannot be joined");
        open(TransactionAction.JOIN, otherToken, options, TransactionAction.ROLLBACK);
        began(Mode.JOINED, otherToken);
    }

    /** Until {@link #leave}, sees one commit, which it returns. */
    long beginRead(CallOptions options) {
        ensureNothingOpen("a snapshot cannot be begun");
        final SchemaMark before = schema();
        final long commitSequence = open(TransactionAction.BEGIN_READ, 0, options, TransactionAction.ROLLBACK);
        final boolean same = before.isSettled() && before.equals(schema());
        snapshotSchema = same ? before : null;
        began(Mode.SNAPSHOT, 0);
        return commitSequence;
    }

    /** As {@link #leave}, of a snapshot. */
    void endRead(long timeoutNs) {
        if (mode != Mode.SNAPSHOT) {
            throw Failures.misuse("no snapshot is open in this session");
        }
        leave(timeoutNs);
    }

    void lock(CallOptions options) {
        ensureNothingOpen("exclusive access cannot be taken");
        ensureTurnReachable("LOCK");
        open(TransactionAction.LOCK, 0, options, TransactionAction.UNLOCK);
        lost = null;
        locked = true;
    }

    /** Gives exclusive access back; rolls back what is left open in it. */
    void unlock(long timeoutNs) {
        if (mode == Mode.TRANSACTION) {
            rollback(timeoutNs);
        }
        if (!endLost()) {
            session.control(TransactionAction.UNLOCK, 0, 0, CallOptions.of(timeoutNs));
        }
        locked = false;
        lost = null;
        session.connection().endedAll(session.sessionId());
    }

    long commit(long timeoutNs) {
        ensureInTransaction();
        final @Nullable TransactionEnd end = lost;
        if (end != null) {
            throw end.exception();
        }
        final long commitSequence;
        try {
            commitSequence = session.control(TransactionAction.COMMIT, 0, 0, CallOptions.of(timeoutNs));
        } catch (Throwable t) {
            commitUncertain |= !(t instanceof RequestException request && request.outcome() == Outcome.NOT_APPLIED);
            throw t;
        }
        ended();
        return commitSequence;
    }

    private void ended() {
        mode = Mode.NONE;
        commitUncertain = false;
        session.connection().endedBlock(session.sessionId());
        if (!locked || !isLostWithCoordinator()) {
            // Exclusive access that was lost stays so until it is given back.
            lost = null;
        }
    }

    void rollback(long timeoutNs) {
        ensureInTransaction();
        leave(timeoutNs);
    }

    /** Ends whatever is open but exclusive access, without effect: also what was lost. */
    void leave(long timeoutNs) {
        // Exclusive access around it is lost too, and has to be ended by itself.
        if (locked || !endLost()) {
            rollbackAtCoordinator(timeoutNs);
        }
        ended();
    }

    private void rollbackAtCoordinator(long timeoutNs) {
        try {
            session.control(TransactionAction.ROLLBACK, 0, 0, CallOptions.of(timeoutNs));
        } catch (RequestException e) {
            if (e.code() != ErrorCode.MISUSE || !(commitUncertain || isLostWithCoordinator())) {
                throw e;
            }
            // Its COMMIT, or the answer to that, has ended it there already.
        }
    }

    /** While there is no coordinator what was open is gone, and nobody need be told. */
    private boolean endLost() {
        return session.connection().endLostSession(session.sessionId());
    }

    private boolean isLostWithCoordinator() {
        final @Nullable TransactionEnd end = lost;
        return end != null && end.cause() instanceof TransactionLostException;
    }

    int savepoint(long timeoutNs) {
        ensureInTransaction();
        final int savepoint = lastSavepoint + 1;
        session.control(TransactionAction.SAVEPOINT, savepoint, 0, CallOptions.of(timeoutNs));
        lastSavepoint = savepoint;
        return savepoint;
    }

    void releaseSavepoint(int savepoint, long timeoutNs) {
        ensureInTransaction();
        session.control(TransactionAction.RELEASE, savepoint, 0, CallOptions.of(timeoutNs));
    }

    void rollbackTo(int savepoint, long timeoutNs) {
        ensureInTransaction();
        session.control(TransactionAction.ROLLBACK_TO, savepoint, 0, CallOptions.of(timeoutNs));
    }

    /** The session's request to begin or end something returned (null), or failed; before interceptors hear of it. */
    void onControlled(@Nullable Throwable failure) {
        mayHaveBegun |= !(failure instanceof RequestException request && request.outcome() == Outcome.NOT_APPLIED);
    }

    /** A request of the session failed: it may say that what is open has ended. */
    void onFailed(CleatException failure) {
        final boolean ended = failure.code() == ErrorCode.TRANSACTION_ENDED
                || (failure instanceof TransactionLostException gone && gone.outcome() != Outcome.APPLIED);
        if (ended && lost == null && (mode != Mode.NONE || locked)) {
            lost = TransactionEnd.byCoordinator(failure);
        }
    }

    /** What is open must not be committed any more. The first reason stays. */
    void lose(TransactionEnd end) {
        if (lost == null && mode != Mode.NONE) {
            lost = end;
        }
    }

    /**
     * Before every request but those that end what is open: what was lost with its coordinator, or perhaps committed, is not there any more, and
     * the request would be run by itself.
     */
    void ensureThere() {
        final @Nullable TransactionEnd end = lost;
        if (end != null && isLostWithCoordinator() && (mode != Mode.NONE || locked)) {
            throw end.refusal();
        }
        if (commitUncertain) {
            throw new RequestException(
                    ErrorCode.TRANSACTION_ENDED,
                    "the COMMIT of this transaction failed, and may have been applied: roll it back before anything else",
                    Outcome.NOT_APPLIED,
                    null,
                    null,
                    null);
        }
    }

    /** Before what may wait for the write turn. */
    void ensureTurnReachable(String what) {
        if (mode == Mode.NONE && !locked) {
            scopes.ensureTurnReachable(session, what);
        }
    }

    /** Before every request: makes sure that nothing is open that nobody knows of. */
    void settle(long timeoutNs) {
        final @Nullable TransactionAction end = uncertainEnd;
        if (end == null) {
            return;
        }
        uncertainEnd = null;
        if (!locked && endLost()) {
            return;
        }
        try {
            session.controlNow(end, 0, 0, CallOptions.of(timeoutNs));
        } catch (CallTimeoutException e) {
            uncertainEnd = end;
            throw e;
        } catch (CoordinatorLostException e) {
            if (session.connection().ended() == null) {
                // Its deadline passed, or nobody knows what became of it: it may be open still.
                uncertainEnd = end;
                throw e;
            }
        } catch (RequestException e) {
            // Refused because nothing was open, which is as good, or the connection has ended, as the caller will see.
        }
        if (mode == Mode.NONE && !locked) {
            session.connection().endedAll(session.sessionId());
        }
    }

    private long open(TransactionAction action, long newToken, CallOptions options, TransactionAction end) {
        mayHaveBegun = false;
        try {
            return session.control(action, 0, newToken, options);
        } catch (Throwable t) {
            // The coordinator's word, or an interceptor's: then the request may have been answered before.
            uncertainEnd = mayHaveBegun ? end : null;
            throw t;
        }
    }

    private void began(Mode newMode, long newToken) {
        token = newToken;
        lastSavepoint = 0;
        commitUncertain = false;
        lost = null;
        mode = newMode;
    }

    private void ensureNothingOpen(String what) {
        if (mode != Mode.NONE) {
            throw Failures.misuse(what + ": a " + (mode == Mode.SNAPSHOT ? "snapshot" : "transaction")
                    + " is open in this session already");
        }
    }

    private void ensureInTransaction() {
        if (!isInTransaction()) {
            throw Failures.misuse("no transaction is open in this session");
        }
    }
}
