// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.coordinator.sqlite.StatementKind;
import io.cleat.protocol.codec.TransactionAction;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A request that is answered: who sent it, until when it counts, and its decoded fixed fields. While it is dispatched its message
 * lies in the request queue's memory; a request that has to wait is {@linkplain #owned() copied} first.
 *
 * <p>Not thread-safe: the conductor's; the copy of a read goes to the reader thread that runs it.
 */
final class Request {
    /** What the client wants. */
    enum Kind {
        EXECUTE,
        BATCH,
        TRANSACTION,
        CLOSE_SESSION,
        SHUTDOWN,
        DESCRIBE,
        PREPARE,
        INTEREST,
        ANNOUNCE,
        OUTCOME
    }

    /** Described on the connection that runs it, just before. */
    static final long DESCRIBED_NOW = -1;

    /** The message, without the message header. */
    final UnsafeBuffer message = new UnsafeBuffer(new byte[0]);

    ClientSession session;
    Kind kind = Kind.EXECUTE;
    long sequence;
    long deadlineNs;
    int blockLength;
    int version;

    /** Of a TransactionControl. */
    TransactionAction action = TransactionAction.NULL_VAL;

    /** Of an Execute: the statement, the values and the credit. */
    @Nullable
    KnownStatement statement;

    /** What kind of statement it is, found before it is queued. */
    StatementKind kindOfStatement = StatementKind.READ;

    /** It can fail after it has changed something, so that it needs an undo of its own. */
    boolean needsUndo;

    /** last_insert_rowid() is its own. */
    boolean insertsRowId;

    /** last_insert_rowid() may be its own. */
    boolean mayInsertRowId;

    /** It, or a trigger of it, asks for counts of its session. */
    boolean asksCounts;

    /** Its session is its user's alone, so that it may have settings and counts of its own. */
    boolean ownSession;

    /** A read that asks: what it is answered; else null. */
    @Nullable
    SessionCounts counts;

    /** What it changes, if it changes anything. */
    TableUpdates updates = TableUpdates.NONE;

    /** The generation of the schema under which it was described; {@link #DESCRIBED_NOW} when that was just before it runs. */
    long describedAt = DESCRIBED_NOW;

    boolean script;
    boolean readOnly;
    boolean wantsLastRowId;
    int parameterCount;
    int parametersOffset;
    int parametersLengthBytes;
    int creditBytes;
    /** Its client cancelled it while it ran in a group: it does not run again. */
    boolean cancelled;

    /** It is one of its session's queued writes. */
    boolean countsAsQueued;

    private boolean owned;

    /** How many places keep it; counted for its client while there is one. */
    private int keepers;

    Request(ClientSession session) {
        this.session = session;
    }

    /**
     * Points at a message.
     *
     * @param buffer holds it.
     * @param offset of the message, behind its header.
     * @param lengthBytes of the message.
     */
    void wrap(DirectBuffer buffer, int offset, int lengthBytes) {
        message.wrap(buffer, offset, lengthBytes);
        statement = null;
        action = TransactionAction.NULL_VAL;
        needsUndo = false;
        insertsRowId = false;
        mayInsertRowId = false;
        asksCounts = false;
        ownSession = false;
        counts = null;
        updates = TableUpdates.NONE;
        describedAt = DESCRIBED_NOW;
        script = false;
        readOnly = false;
        wantsLastRowId = false;
        owned = false;
    }

    /** {@return this when its message is private already, else the same request over a private copy} */
    Request owned() {
        if (owned) {
            return this;
        }
        final Request copy = new Request(session);
        final byte[] bytes = new byte[message.capacity()];
        message.getBytes(0, bytes);
        copy.message.wrap(bytes);
        copy.kind = kind;
        copy.sequence = sequence;
        copy.deadlineNs = deadlineNs;
        copy.blockLength = blockLength;
        copy.version = version;
        copy.action = action;
        copy.statement = statement;
        copy.script = script;
        copy.kindOfStatement = kindOfStatement;
        copy.needsUndo = needsUndo;
        copy.insertsRowId = insertsRowId;
        copy.mayInsertRowId = mayInsertRowId;
        copy.asksCounts = asksCounts;
        copy.ownSession = ownSession;
        copy.counts = counts;
        copy.updates = updates;
        copy.describedAt = describedAt;
        copy.readOnly = readOnly;
        copy.wantsLastRowId = wantsLastRowId;
        copy.parameterCount = parameterCount;
        copy.parametersOffset = parametersOffset;
        copy.parametersLengthBytes = parametersLengthBytes;
        copy.creditBytes = creditBytes;
        copy.owned = true;
        return copy;
    }

    /**
     * Keeps it beyond this call; whoever does lets it go again.
     *
     * @return the same request over a private copy of its message.
     * @throws io.cleat.CleatException LIMIT when too much is kept for its client; then nothing has changed.
     */
    Request keep() {
        if (keepers == 0) {
            // Before the copy, which is what the limit is about.
            session.client.load.add(this);
        }
        final Request kept;
        try {
            kept = owned();
        } catch (Throwable e) {
            if (keepers == 0) {
                session.client.load.remove(this);
            }
            throw e;
        }
        kept.keepers++;
        return kept;
    }

    /** Ends one {@link #keep}. */
    void letGo() {
        keepers--;
        if (keepers == 0) {
            session.client.load.remove(this);
        }
    }

    /** {@return whether it gives something back, so that refusing it would help nobody} */
    boolean endsSomething() {
        return kind == Kind.CLOSE_SESSION
                || (kind == Kind.TRANSACTION
                        && (action == TransactionAction.COMMIT
                                || action == TransactionAction.ROLLBACK
                                || action == TransactionAction.ROLLBACK_TO
                                || action == TransactionAction.RELEASE
                                || action == TransactionAction.UNLOCK));
    }

    /**
     * Takes what SQLite says of the statement.
     *
     * @param known the statement.
     * @param info of the statement.
     * @param generation of the committed schema under which that holds, or {@link #DESCRIBED_NOW}.
     */
    void describe(KnownStatement known, StatementInfo info, long generation) {
        describedAt = generation;
        updates = known.updates(info);
        kindOfStatement = info.kind();
        needsUndo = info.kind() == StatementKind.WRITE && (info.returnsRows() || info.keepsPartialEffect());
        insertsRowId = info.insertsRowId();
        mayInsertRowId = info.mayInsertRowId();
        asksCounts = info.usesConnectionState();
    }

    boolean isPast(long nowNs) {
        return deadlineNs - nowNs < 0;
    }

    @Override
    public String toString() {
        return session + " sequence=" + sequence + " " + kind;
    }
}
