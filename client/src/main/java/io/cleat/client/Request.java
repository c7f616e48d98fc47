// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.AnnounceEncoder;
import io.cleat.protocol.codec.AskOutcomeEncoder;
import io.cleat.protocol.codec.BatchEncoder;
import io.cleat.protocol.codec.CloseSessionEncoder;
import io.cleat.protocol.codec.DescribeEncoder;
import io.cleat.protocol.codec.ExecuteEncoder;
import io.cleat.protocol.codec.InterestEncoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.PrepareEncoder;
import io.cleat.protocol.codec.ShutdownEncoder;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.protocol.codec.TransactionControlEncoder;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One encoded request, ready to be copied into the queue: a head, and a tail (parameters, rows of a batch) that stays where it
 * was encoded when the whole is longer than a record, so that large values are not held twice.
 *
 * <p>Not thread-safe: one owner at a time. Allocates nothing once the buffer has grown.
 */
final class Request {
    /** The longest record, docs/protocol.md. */
    static final int MAX_RECORD_BYTES = 256 << 10;

    private static final int RETAINED_CAPACITY_BYTES = 2 * MAX_RECORD_BYTES;
    private static final int INITIAL_CAPACITY_BYTES = 512;

    /** At the same place in every request that is answered. */
    private static final int SEQUENCE_OFFSET =
            MessageHeaderEncoder.ENCODED_LENGTH + ExecuteEncoder.sequenceEncodingOffset();

    private static final int EPOCH_OFFSET = MessageHeaderEncoder.ENCODED_LENGTH + ExecuteEncoder.epochEncodingOffset();

    private final long clientId;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ExecuteEncoder execute = new ExecuteEncoder();
    private final BatchEncoder batch = new BatchEncoder();
    private final TransactionControlEncoder transaction = new TransactionControlEncoder();
    private final CloseSessionEncoder closeSession = new CloseSessionEncoder();
    private final ShutdownEncoder shutdown = new ShutdownEncoder();
    private ExpandableArrayBuffer head = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
    private int sessionId;
    private int headLengthBytes;
    private @Nullable MutableDirectBuffer tail;
    private int tailLengthBytes;
    private @Nullable StatementText statement;
    private boolean textIncluded;
    private @Nullable TransactionAction action;
    private Effect effect = Effect.UNKNOWN;
    private boolean closesSession;
    private boolean repeatable;
    private boolean ownSession;

    Request(long clientId) {
        this.clientId = clientId;
    }

    void encodeExecute(
            int sessionId,
            StatementText text,
            ValueWriter parameters,
            int creditBytes,
            Execution execution,
            long deadlineNs) {
        reset(sessionId);
        effect = execution == Execution.READ
                ? Effect.NONE
                : execution == Execution.SCRIPT ? Effect.UNKNOWN : text.effect();
        statement = text;
        textIncluded = text.id() == 0 || !text.isSent();
        execute.wrapAndApplyHeader(head, 0, header)
                .clientId(clientId)
                .deadlineNs(deadlineNs)
                .sessionId(sessionId)
                .statementId(text.id())
                .creditBytes(creditBytes)
                .parameterCount(parameters.count());
        execute.flags()
                .clear()
                .sCRIPT(execution == Execution.SCRIPT)
                .lAST_ROW_ID(execution == Execution.UPDATE_WITH_ROW_ID)
                .rEAD_ONLY(execution == Execution.READ)
                .oWN_SESSION(ownSession);
        if (textIncluded) {
            execute.putSql(text.utf8(), 0, text.utf8().length);
        } else {
            execute.putSql(text.utf8(), 0, 0);
        }
        finish(execute.limit(), parameters.buffer(), parameters.lengthBytes());
    }

    void encodeBatch(
            int sessionId,
            int statementCount,
            ValueWriter statements,
            byte[] announced,
            int rowCount,
            ValueWriter rows,
            boolean rowCounts,
            long deadlineNs) {
        reset(sessionId);
        effect = Effect.WRITES;
        batch.wrapAndApplyHeader(head, 0, header)
                .clientId(clientId)
                .deadlineNs(deadlineNs)
                .sessionId(sessionId)
                .statementCount(statementCount)
                .rowCount(rowCount);
        batch.flags().clear().rOW_COUNTS(rowCounts);
        batch.putStatements(statements.buffer(), 0, statements.lengthBytes())
                .putAnnounced(announced, 0, announced.length);
        finish(batch.limit(), rows.buffer(), rows.lengthBytes());
    }

    void encodeTransaction(
            int sessionId, TransactionAction newAction, int savepoint, long token, long leaseNs, long deadlineNs) {
        reset(sessionId);
        action = newAction;
        transaction
                .wrapAndApplyHeader(head, 0, header)
                .clientId(clientId)
                .deadlineNs(deadlineNs)
                .sessionId(sessionId)
                .savepoint(savepoint)
                .action(newAction)
                .token(token)
                .leaseNs(leaseNs);
        headLengthBytes = transaction.limit();
    }

    void encodeCloseSession(int sessionId) {
        reset(sessionId);
        closesSession = true;
        closeSession.wrapAndApplyHeader(head, 0, header).clientId(clientId).sessionId(sessionId);
        headLengthBytes = closeSession.limit();
    }

    void encodeShutdown(int sessionId, long deadlineNs) {
        reset(sessionId);
        // The next coordinator is not meant.
        repeatable = false;
        shutdown.wrapAndApplyHeader(head, 0, header)
                .clientId(clientId)
                .deadlineNs(deadlineNs)
                .sessionId(sessionId);
        headLengthBytes = shutdown.limit();
    }

    void encodeDescribe(int sessionId, String sql, long deadlineNs) {
        reset(sessionId);
        effect = Effect.NONE;
        final byte[] utf8 = sql.getBytes(StandardCharsets.UTF_8);
        final DescribeEncoder describe = new DescribeEncoder()
                .wrapAndApplyHeader(head, 0, header)
                .clientId(clientId)
                .deadlineNs(deadlineNs)
                .sessionId(sessionId)
                .putSql(utf8, 0, utf8.length);
        headLengthBytes = describe.limit();
    }

    void encodePrepare(int sessionId, String sql, long deadlineNs) {
        reset(sessionId);
        effect = Effect.NONE;
        final byte[] utf8 = sql.getBytes(StandardCharsets.UTF_8);
        final PrepareEncoder prepare = new PrepareEncoder()
                .wrapAndApplyHeader(head, 0, header)
                .clientId(clientId)
                .deadlineNs(deadlineNs)
                .sessionId(sessionId);
        prepare.flags().clear().oWN_SESSION(ownSession);
        prepare.putSql(utf8, 0, utf8.length);
        headLengthBytes = prepare.limit();
    }

    void encodeInterest(int sessionId, boolean everything, byte[] tables, long deadlineNs) {
        reset(sessionId);
        effect = Effect.NONE;
        final InterestEncoder interest = new InterestEncoder()
                .wrapAndApplyHeader(head, 0, header)
                .clientId(clientId)
                .deadlineNs(deadlineNs)
                .sessionId(sessionId)
                .everything((short) (everything ? 1 : 0))
                .putTables(tables, 0, tables.length);
        headLengthBytes = interest.limit();
    }

    void encodeAnnounce(int sessionId, byte[] tables, long deadlineNs) {
        reset(sessionId);
        final AnnounceEncoder announce = new AnnounceEncoder()
                .wrapAndApplyHeader(head, 0, header)
                .clientId(clientId)
                .deadlineNs(deadlineNs)
                .sessionId(sessionId)
                .putTables(tables, 0, tables.length);
        headLengthBytes = announce.limit();
    }

    void encodeAskOutcome(int sessionId, long ofClientId, long ofSequence, long deadlineNs) {
        reset(sessionId);
        effect = Effect.NONE;
        final AskOutcomeEncoder ask = new AskOutcomeEncoder()
                .wrapAndApplyHeader(head, 0, header)
                .clientId(clientId)
                .deadlineNs(deadlineNs)
                .sessionId(sessionId)
                .ofClientId(ofClientId)
                .ofSequence(ofSequence);
        headLengthBytes = ask.limit();
    }

    int sessionId() {
        return sessionId;
    }

    /** Its sessions are from now on sessions that one user alone has. */
    void ofOwnSession() {
        ownSession = true;
    }

    /** The statement or script of an Execute; else null. */
    @Nullable
    String sql() {
        return statement == null ? null : statement.sql();
    }

    void sequence(long sequence) {
        head.putLong(SEQUENCE_OFFSET, sequence, ByteOrder.LITTLE_ENDIAN);
    }

    /** Once it was sent. */
    long sequence() {
        return head.getLong(SEQUENCE_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /** Says which coordinator is meant. */
    void epoch(long epoch) {
        head.putLong(EPOCH_OFFSET, epoch, ByteOrder.LITTLE_ENDIAN);
    }

    /** False when the text was left out and the coordinator does not have it any more: encode again. Under the writer lock. */
    boolean isUnderstood(long epoch) {
        if (statement == null || textIncluded || statement.isSentTo(epoch)) {
            return true;
        }
        statement.unsent();
        return false;
    }

    /** What it may do to the database. */
    Effect effect() {
        return effect;
    }

    /** Whether it may have changed the database for good once it was executed. */
    boolean mayCommit() {
        return effect != Effect.NONE
                && !closesSession
                && (action == null || action == TransactionAction.COMMIT || action == TransactionAction.UNLOCK);
    }

    /** What it begins or ends; null for nothing. */
    @Nullable
    TransactionAction action() {
        return action;
    }

    boolean closesSession() {
        return closesSession;
    }

    /** Whether a successor of the coordinator that was meant may be asked the same. */
    boolean isRepeatable() {
        return repeatable;
    }

    /** Makes it independent of buffers that are not the exchange's own: they may be changed before the reply has come. */
    void own() {
        if (tail != null) {
            final byte[] copy = new byte[tailLengthBytes];
            tail.getBytes(0, copy);
            tail = new UnsafeBuffer(copy);
        }
    }

    /** The text that was sent along, to be kept by the coordinator. */
    @Nullable
    StatementText introducedStatement() {
        return textIncluded && statement != null && statement.id() != 0 ? statement : null;
    }

    /** The statement that was referred to by number alone. */
    @Nullable
    StatementText referredStatement() {
        return textIncluded ? null : statement;
    }

    long lengthBytes() {
        return (long) headLengthBytes + tailLengthBytes;
    }

    MutableDirectBuffer head() {
        return head;
    }

    /** Copies a piece of head and tail together. */
    void copyTo(MutableDirectBuffer target, int targetOffset, long fromBytes, int lengthBytes) {
        int done = 0;
        if (fromBytes < headLengthBytes) {
            done = Math.min(lengthBytes, headLengthBytes - (int) fromBytes);
            target.putBytes(targetOffset, head, (int) fromBytes, done);
        }
        if (done < lengthBytes && tail != null) {
            final int tailOffset = (int) (fromBytes + done - headLengthBytes);
            target.putBytes(targetOffset + done, tail, tailOffset, lengthBytes - done);
        }
    }

    private void reset(int newSessionId) {
        sessionId = newSessionId;
        if (head.capacity() > RETAINED_CAPACITY_BYTES) {
            head = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
        }
        headLengthBytes = 0;
        tail = null;
        tailLengthBytes = 0;
        statement = null;
        textIncluded = false;
        action = null;
        effect = Effect.UNKNOWN;
        closesSession = false;
        repeatable = true;
    }

    /** Appends the last variable field: its length, and its bytes unless the whole is longer than a record. */
    private void finish(int limit, MutableDirectBuffer bytes, int lengthBytes) {
        head.putInt(limit, lengthBytes, ByteOrder.LITTLE_ENDIAN);
        headLengthBytes = limit + Integer.BYTES;
        if ((long) headLengthBytes + lengthBytes <= MAX_RECORD_BYTES) {
            head.putBytes(headLengthBytes, bytes, 0, lengthBytes);
            headLengthBytes += lengthBytes;
        } else {
            tail = bytes;
            tailLengthBytes = lengthBytes;
        }
    }
}
