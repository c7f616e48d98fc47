// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.protocol.ProtocolException;
import io.cleat.protocol.codec.AnnounceDecoder;
import io.cleat.protocol.codec.AskOutcomeDecoder;
import io.cleat.protocol.codec.BatchDecoder;
import io.cleat.protocol.codec.CancelDecoder;
import io.cleat.protocol.codec.CloseSessionDecoder;
import io.cleat.protocol.codec.CreditDecoder;
import io.cleat.protocol.codec.DescribeDecoder;
import io.cleat.protocol.codec.ExecuteDecoder;
import io.cleat.protocol.codec.ForgetStatementDecoder;
import io.cleat.protocol.codec.FragmentDecoder;
import io.cleat.protocol.codec.InterestDecoder;
import io.cleat.protocol.codec.KeepStatementDecoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.PrepareDecoder;
import io.cleat.protocol.codec.SessionLostDecoder;
import io.cleat.protocol.codec.SessionSettingDecoder;
import io.cleat.protocol.codec.ShutdownDecoder;
import io.cleat.protocol.codec.TransactionControlDecoder;
import io.cleat.queue.RecordHandler;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests as bytes and tells the {@link Conductor} what they say. Whatever the bytes are, it answers, counts or ignores them,
 * and goes on.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class RequestAdapter implements RecordHandler {
    private static final int MAX_REASSEMBLIES = 64;

    private final Conductor conductor;
    private final Withdrawals withdrawals;
    private final KnownStatements known;
    private final ReplyProxy replies;
    private final ConductorCounters counters;
    private final ErrorSink errors;
    private final int maxRequestBytes;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final ExecuteDecoder execute = new ExecuteDecoder();
    private final TransactionControlDecoder control = new TransactionControlDecoder();
    private final DescribeDecoder describe = new DescribeDecoder();
    private final PrepareDecoder prepare = new PrepareDecoder();
    private final CreditDecoder credit = new CreditDecoder();
    private final CancelDecoder cancel = new CancelDecoder();
    private final CloseSessionDecoder closeSession = new CloseSessionDecoder();
    private final ForgetStatementDecoder forget = new ForgetStatementDecoder();
    private final FragmentDecoder fragment = new FragmentDecoder();
    private final KeepStatementDecoder keep = new KeepStatementDecoder();
    private final SessionLostDecoder lost = new SessionLostDecoder();
    private final UnsafeBuffer record = new UnsafeBuffer(new byte[0]);
    private @Nullable AttachedClient from;
    private @Nullable Request current;

    RequestAdapter(
            Conductor conductor,
            Withdrawals withdrawals,
            KnownStatements known,
            ReplyProxy replies,
            ConductorCounters counters,
            ErrorSink errors,
            int maxRequestBytes) {
        this.conductor = conductor;
        this.withdrawals = withdrawals;
        this.known = known;
        this.replies = replies;
        this.counters = counters;
        this.errors = errors;
        this.maxRequestBytes = maxRequestBytes;
    }

    /**
     * Says whose queue is read next.
     *
     * @param client attached.
     * @return this.
     */
    RequestAdapter from(AttachedClient client) {
        from = client;
        return this;
    }

    @Override
    public void onRecord(DirectBuffer buffer, int offset, int length) {
        current = null;
        try {
            record.wrap(buffer, offset, length);
            onMessage(record, length, length);
        } catch (Throwable e) {
            // Whatever it is, the next request is served.
            onFailure(e);
        }
    }

    @Override
    public void onDamaged(long index, String reason) {
        counters.malformed.incrementOrdered();
        errors.onError("a damaged record in the request queue was skipped", new ProtocolException(reason));
    }

    /** Something that a request's own error handling did not expect: the request is answered if it is known, and it is logged. */
    private void onFailure(Throwable e) {
        counters.malformed.incrementOrdered();
        errors.onError("a request could not be handled", e);
        final Request request = current;
        if (request != null) {
            refuse(
                    request,
                    e instanceof IndexOutOfBoundsException
                            ? Failed.of(ErrorCode.PROTOCOL, "the request is malformed: " + e.getMessage())
                            : Failed.of(e));
        }
    }

    /** Before anything was looked up; one that was sent again may have been applied all the same. */
    private void refuse(Request request, Failed failed) {
        Failed answer = failed;
        try {
            if (conductor.answersAgain(request)) {
                return;
            }
        } catch (Throwable e) {
            errors.onError("what became of a request could not be looked up: " + request, e);
            answer = failed.with(Outcome.UNKNOWN);
        }
        replies.failed(request.session, request.sequence, answer);
    }

    /**
     * One message.
     *
     * @param message from offset 0.
     * @param lengthBytes of the message.
     * @param recordBytes that it took in the queue, for flow control; 0 when that was counted before.
     */
    private void onMessage(DirectBuffer message, int lengthBytes, int recordBytes) {
        if (lengthBytes < MessageHeaderDecoder.ENCODED_LENGTH) {
            throw new ProtocolException("request: lengthBytes=" + lengthBytes);
        }
        header.wrap(message, 0);
        if (header.schemaId() != ExecuteDecoder.SCHEMA_ID) {
            throw new ProtocolException("request: schemaId=" + header.schemaId());
        }
        final int blockLength = header.blockLength();
        final int version = header.version();
        final int at = MessageHeaderDecoder.ENCODED_LENGTH;
        // Every message begins with epoch and clientId.
        execute.wrap(message, at, blockLength, version);
        final AttachedClient client = from;
        if (client == null || execute.epoch() != replies.epoch() || execute.clientId() != client.id) {
            // Of another epoch, or in another's name.
            counters.malformed.incrementOrdered();
            return;
        }
        if (recordBytes > 0) {
            counters.requests.incrementOrdered();
            counters.bytesIn.getAndAddOrdered(recordBytes);
            client.requestCount++;
            client.onRequestBytes(recordBytes);
        }
        switch (header.templateId()) {
            case ExecuteDecoder.TEMPLATE_ID -> onExecute(client, message, lengthBytes, blockLength, version);
            case BatchDecoder.TEMPLATE_ID ->
                conductor.onRequest(answered(client, Request.Kind.BATCH, message, lengthBytes));
            case TransactionControlDecoder.TEMPLATE_ID -> {
                control.wrap(message, at, blockLength, version);
                final Request request = answered(client, Request.Kind.TRANSACTION, message, lengthBytes);
                request.action = control.action();
                conductor.onRequest(request);
            }
            case DescribeDecoder.TEMPLATE_ID -> {
                describe.wrap(message, at, blockLength, version);
                final Request request = answered(client, Request.Kind.DESCRIBE, message, lengthBytes);
                final int sqlLength = describe.sqlLength();
                request.statement = known.of(
                        text(message, describe.limit() + DescribeDecoder.sqlHeaderLength(), sqlLength, lengthBytes));
                conductor.onRequest(request);
            }
            case PrepareDecoder.TEMPLATE_ID -> {
                prepare.wrap(message, at, blockLength, version);
                final Request request = answered(client, Request.Kind.PREPARE, message, lengthBytes);
                request.ownSession = prepare.flags().oWN_SESSION();
                final int sqlLength = prepare.sqlLength();
                request.statement = known.of(
                        text(message, prepare.limit() + PrepareDecoder.sqlHeaderLength(), sqlLength, lengthBytes));
                conductor.onRequest(request);
            }
            case InterestDecoder.TEMPLATE_ID ->
                conductor.onRequest(answered(client, Request.Kind.INTEREST, message, lengthBytes));
            case AnnounceDecoder.TEMPLATE_ID ->
                conductor.onRequest(answered(client, Request.Kind.ANNOUNCE, message, lengthBytes));
            case ShutdownDecoder.TEMPLATE_ID ->
                conductor.onRequest(answered(client, Request.Kind.SHUTDOWN, message, lengthBytes));
            case CloseSessionDecoder.TEMPLATE_ID -> {
                closeSession.wrap(message, at, blockLength, version);
                final Request request = request(
                        client,
                        closeSession.sessionId(),
                        closeSession.sequence(),
                        System.nanoTime() + Long.MAX_VALUE / 4,
                        Request.Kind.CLOSE_SESSION);
                wrap(request, message, lengthBytes, blockLength, version);
                conductor.onRequest(request);
            }
            case CreditDecoder.TEMPLATE_ID -> {
                credit.wrap(message, at, blockLength, version);
                conductor.onCredit(client, credit.sessionId(), credit.targetSequence(), credit.creditBytes());
            }
            case CancelDecoder.TEMPLATE_ID -> {
                cancel.wrap(message, at, blockLength, version);
                withdrawals.cancel(client, cancel.sessionId(), cancel.targetSequence());
            }
            case ForgetStatementDecoder.TEMPLATE_ID -> {
                forget.wrap(message, at, blockLength, version);
                client.forgetStatement(forget.statementId());
            }
            case KeepStatementDecoder.TEMPLATE_ID -> {
                keep.wrap(message, at, blockLength, version);
                final int sqlLength = keep.sqlLength();
                final KnownStatement statement = known.of(
                        text(message, keep.limit() + KeepStatementDecoder.sqlHeaderLength(), sqlLength, lengthBytes));
                if (keep.statementId() > 0) {
                    client.keepStatement(keep.statementId(), statement, sqlLength);
                }
            }
            case SessionLostDecoder.TEMPLATE_ID -> {
                lost.wrap(message, at, blockLength, version);
                conductor.onSessionLost(client.session(lost.sessionId()), lost.commitSequence(), lost.exclusive() == 1);
            }
            case SessionSettingDecoder.TEMPLATE_ID -> {
                final SessionSettingDecoder setting =
                        new SessionSettingDecoder().wrap(message, at, blockLength, version);
                final int sqlLength = setting.sqlLength();
                conductor.onSessionSetting(
                        client.session(setting.sessionId()),
                        text(
                                message,
                                setting.limit() + SessionSettingDecoder.sqlHeaderLength(),
                                sqlLength,
                                lengthBytes));
            }
            case AskOutcomeDecoder.TEMPLATE_ID ->
                conductor.onRequest(answered(client, Request.Kind.OUTCOME, message, lengthBytes));
            case FragmentDecoder.TEMPLATE_ID -> onFragment(client, message, blockLength, version, recordBytes > 0);
            default -> throw new ProtocolException("request: templateId=" + header.templateId());
        }
    }

    private void onExecute(AttachedClient client, DirectBuffer message, int lengthBytes, int blockLength, int version) {
        final Request request =
                request(client, execute.sessionId(), execute.sequence(), execute.deadlineNs(), Request.Kind.EXECUTE);
        wrap(request, message, lengthBytes, blockLength, version);
        request.script = execute.flags().sCRIPT();
        request.readOnly = execute.flags().rEAD_ONLY();
        request.wantsLastRowId = execute.flags().lAST_ROW_ID();
        request.ownSession = execute.flags().oWN_SESSION();
        request.parameterCount = execute.parameterCount();
        request.creditBytes = Math.max(1, execute.creditBytes());
        final int statementId = execute.statementId();
        final int sqlLength = execute.sqlLength();
        KnownStatement statement;
        if (sqlLength > 0) {
            statement =
                    known.of(text(message, execute.limit() + ExecuteDecoder.sqlHeaderLength(), sqlLength, lengthBytes));
            execute.skipSql();
            if (statementId > 0) {
                try {
                    client.keepStatement(statementId, statement, sqlLength);
                } catch (CleatException e) {
                    request.statement = statement;
                    refuse(request, Failed.of(e));
                    return;
                }
            }
        } else {
            execute.skipSql();
            statement = client.statements.get(statementId);
            if (statement == null && conductor.answersAgain(request)) {
                return;
            }
            if (statement == null) {
                replies.failed(
                        request.session,
                        request.sequence,
                        ErrorCode.PROTOCOL,
                        statementId == 0 ? "the SQL text is empty" : "unknown statementId=" + statementId);
                return;
            }
        }
        request.statement = statement;
        request.parametersLengthBytes = execute.parametersLength();
        request.parametersOffset =
                execute.limit() + ExecuteDecoder.parametersHeaderLength() - MessageHeaderDecoder.ENCODED_LENGTH;
        if (request.parametersOffset + request.parametersLengthBytes > request.message.capacity()) {
            throw new ProtocolException("execute: parametersLength=" + request.parametersLengthBytes);
        }
        conductor.onRequest(request);
    }

    private void onFragment(
            AttachedClient client, DirectBuffer message, int blockLength, int version, boolean fromQueue) {
        if (!fromQueue) {
            throw new ProtocolException("a fragment inside a fragment");
        }
        fragment.wrap(message, MessageHeaderDecoder.ENCODED_LENGTH, blockLength, version);
        final long id = fragment.fragmentedId();
        final long totalBytes = fragment.totalLengthBytes();
        final long offsetBytes = fragment.offsetBytes();
        Reassembly reassembly = client.reassemblies.get(id);
        if (reassembly == null) {
            if (offsetBytes != 0) {
                // The rest of a request that was refused at its first piece.
                return;
            }
            if (totalBytes <= 0 || totalBytes > maxRequestBytes || client.reassemblies.size() >= MAX_REASSEMBLIES) {
                refuseFragmented(
                        client,
                        message,
                        totalBytes > 0 && totalBytes <= maxRequestBytes
                                ? "too many requests of this client come in pieces at once: limit=" + MAX_REASSEMBLIES
                                : "the request is too long: lengthBytes=" + totalBytes + " limitBytes="
                                        + maxRequestBytes);
                return;
            }
            try {
                reassembly = new Reassembly((int) totalBytes, client.load);
            } catch (CleatException e) {
                refuseFragmented(client, message, String.valueOf(e.getMessage()));
                return;
            }
            client.reassemblies.put(id, reassembly);
        }
        final int length = fragment.bytesLength();
        final int at = fragment.limit() + FragmentDecoder.bytesHeaderLength();
        final boolean added;
        try {
            added = length >= 0
                    && length <= message.capacity() - at
                    && add(reassembly, offsetBytes, message, at, length);
        } catch (CleatException e) {
            client.dropPieces(id);
            refusePieces(client, reassembly, String.valueOf(e.getMessage()));
            return;
        }
        if (!added) {
            client.dropPieces(id);
            throw new ProtocolException("fragment: id=" + id + " offset=" + offsetBytes + " length=" + length);
        }
        if (reassembly.isComplete()) {
            client.dropPieces(id);
            onMessage(reassembly.message(), reassembly.totalBytes(), 0);
        }
    }

    private static boolean add(Reassembly reassembly, long offsetBytes, DirectBuffer message, int at, int length) {
        try {
            return reassembly.add(offsetBytes, message, at, length);
        } catch (OutOfMemoryError e) {
            throw new ProtocolException("fragment: no memory for a request of totalBytes=" + reassembly.totalBytes()
                    + " maxHeapBytes=" + Runtime.getRuntime().maxMemory());
        }
    }

    /** The first piece holds the head of the message, so that its sequence is known. */
    private void refuseFragmented(AttachedClient client, DirectBuffer message, String why) {
        final int length = fragment.bytesLength();
        final int at = fragment.limit() + FragmentDecoder.bytesHeaderLength();
        if (length < MessageHeaderDecoder.ENCODED_LENGTH + ExecuteDecoder.BLOCK_LENGTH
                || length > message.capacity() - at) {
            throw new ProtocolException("fragment: length=" + length + ": " + why);
        }
        refuseHead(client, new UnsafeBuffer(message, at, length), why);
    }

    /** What has come of it holds its head, too. */
    private void refusePieces(AttachedClient client, Reassembly reassembly, String why) {
        final DirectBuffer pieces = reassembly.message();
        if (pieces.capacity() >= MessageHeaderDecoder.ENCODED_LENGTH + ExecuteDecoder.BLOCK_LENGTH) {
            refuseHead(client, pieces, why);
        }
    }

    private void refuseHead(AttachedClient client, DirectBuffer head, String why) {
        header.wrap(head, 0);
        // Execute and Batch, the only ones that can be long, have the same fields up to the session.
        execute.wrap(head, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
        final Request request = request(
                client, execute.sessionId(), execute.sequence(), execute.deadlineNs(), kind(header.templateId()));
        // Without its statement, which has perhaps not come.
        request.wrap(record, 0, 0);
        refuse(request, Failed.of(ErrorCode.LIMIT, why));
    }

    private static Request.Kind kind(int templateId) {
        return switch (templateId) {
            case ExecuteDecoder.TEMPLATE_ID -> Request.Kind.EXECUTE;
            case BatchDecoder.TEMPLATE_ID -> Request.Kind.BATCH;
            default -> Request.Kind.ANNOUNCE;
        };
    }

    /** The length is what the client wrote: nothing is allocated for it before it is known to fit. */
    private static String text(DirectBuffer message, int offset, int textLength, int lengthBytes) {
        if (textLength < 0 || textLength > lengthBytes - offset) {
            throw new ProtocolException("sql: length=" + textLength + " bytesLeft=" + (lengthBytes - offset));
        }
        final byte[] utf8 = new byte[textLength];
        message.getBytes(offset, utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** All requests with a deadline begin with the same fields as Execute, up to the session. */
    private Request answered(AttachedClient client, Request.Kind kind, DirectBuffer message, int lengthBytes) {
        final Request request = request(client, execute.sessionId(), execute.sequence(), execute.deadlineNs(), kind);
        wrap(request, message, lengthBytes, header.blockLength(), header.version());
        return request;
    }

    private Request request(AttachedClient client, int sessionId, long sequence, long deadlineNs, Request.Kind kind) {
        Request request;
        try {
            request = conductor.requestView(client.session(sessionId));
        } catch (CleatException e) {
            request = conductor.requestView(new ClientSession(client, sessionId));
            request.sequence = sequence;
            request.kind = kind;
            request.wrap(record, 0, 0);
            current = request;
            throw e;
        }
        if (sequence > client.lastSequence) {
            client.lastSequence = sequence;
        }
        request.sequence = sequence;
        request.deadlineNs = deadlineNs;
        request.kind = kind;
        current = request;
        return request;
    }

    private static void wrap(Request request, DirectBuffer message, int lengthBytes, int blockLength, int version) {
        final int at = MessageHeaderDecoder.ENCODED_LENGTH;
        request.wrap(message, at, lengthBytes - at);
        request.blockLength = blockLength;
        request.version = version;
    }
}
