// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.protocol.ProtocolException;
import io.cleat.protocol.codec.BatchDecoder;
import io.cleat.protocol.codec.FailureDecoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.ResultDecoder;
import io.cleat.protocol.codec.TransactionAction;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Calls the interceptors: knows which requests have begun, and finds their ends among the replies.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class RequestWatch {
    private static final int MAX_SQL_LENGTH = 8192;

    private static final Set<TransactionAction> GIVING_BACK = EnumSet.of(
            TransactionAction.ROLLBACK,
            TransactionAction.ROLLBACK_TO,
            TransactionAction.RELEASE,
            TransactionAction.UNLOCK);

    /** A request that was told to the first of the interceptors, until one refused it. */
    private static final class Begun {
        private final RequestDetails details;
        private final long startNs;
        private int told;

        Begun(RequestDetails details, long startNs) {
            this.details = details;
            this.startNs = startNs;
        }
    }

    private final List<RequestInterceptor> interceptors;
    private final ErrorSink errors;
    private final Map<AttachedClient, Long2ObjectHashMap<Begun>> begun = new WeakHashMap<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final ResultDecoder result = new ResultDecoder();
    private final FailureDecoder failure = new FailureDecoder();

    RequestWatch(List<RequestInterceptor> interceptors, ErrorSink errors) {
        this.interceptors = interceptors;
        this.errors = errors;
    }

    /** A request is dispatched. Throws when an interceptor refuses it. */
    void before(Request request) {
        final Long2ObjectHashMap<Begun> ofClient =
                begun.computeIfAbsent(request.session.client, client -> new Long2ObjectHashMap<>());
        if (ofClient.containsKey(request.sequence)) {
            return;
        }
        final RequestDetails details = describe(request);
        final Begun started = new Begun(details, System.nanoTime());
        ofClient.put(request.sequence, started);
        for (final RequestInterceptor interceptor : interceptors) {
            try {
                started.told++;
                interceptor.before(details);
            } catch (Throwable e) {
                refuse(request, e);
            }
        }
    }

    private void refuse(Request request, Throwable e) {
        if (givesBack(request)) {
            errors.onError("an interceptor failed: " + request, e);
        } else if (e instanceof CleatException known) {
            throw known;
        } else {
            throw new CleatException(ErrorCode.REFUSED, "an interceptor refused the request: " + e, e);
        }
    }

    /** What only gives back must not be kept from it. */
    private static boolean givesBack(Request request) {
        return request.kind == Request.Kind.CLOSE_SESSION
                || (request.kind == Request.Kind.TRANSACTION && GIVING_BACK.contains(request.action));
    }

    /** A message goes to a client: the end of a request, perhaps. */
    void onReply(AttachedClient client, DirectBuffer message) {
        final Long2ObjectHashMap<Begun> ofClient = begun.get(client);
        if (ofClient == null) {
            return;
        }
        header.wrap(message, 0);
        if (header.templateId() == ResultDecoder.TEMPLATE_ID) {
            result.wrap(message, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
            if (result.flags().lAST()) {
                after(ofClient, result.sequence(), null);
            }
        } else if (header.templateId() == FailureDecoder.TEMPLATE_ID) {
            failure.wrap(message, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
            after(ofClient, failure.sequence(), ErrorCode.of(failure.errorCode()));
        }
    }

    private void after(Long2ObjectHashMap<Begun> ofClient, long sequence, @Nullable ErrorCode code) {
        final Begun ended = ofClient.remove(sequence);
        if (ended == null) {
            return;
        }
        final RequestDetails details = ended.details;
        if (details.kind().equals(Request.Kind.CLOSE_SESSION.name())) {
            // What its session had begun is not answered any more.
            ofClient.values().removeIf(other -> other.details.sessionId() == details.sessionId());
        }
        final long durationNs = System.nanoTime() - ended.startNs;
        for (final RequestInterceptor interceptor : interceptors.subList(0, ended.told)) {
            try {
                interceptor.after(details, code, durationNs);
            } catch (Throwable e) {
                errors.onError("an interceptor failed: " + details, e);
            }
        }
    }

    private static RequestDetails describe(Request request) {
        final AttachedClient client = request.session.client;
        final KnownStatement statement = request.statement;
        final String kind = request.kind == Request.Kind.TRANSACTION
                ? request.action.name()
                : request.script ? "SCRIPT" : request.kind.name();
        final String sql =
                request.kind == Request.Kind.BATCH ? batchSql(request) : statement == null ? "" : statement.sql;
        return new RequestDetails(client.id, client.name, client.pid, request.session.id, request.sequence, kind, sql);
    }

    private static String batchSql(Request request) {
        final BatchDecoder batch = new BatchDecoder().wrap(request.message, 0, request.blockLength, request.version);
        final int count = batch.statementCount();
        final UnsafeBuffer texts = new UnsafeBuffer(0, 0);
        batch.wrapStatements(texts);
        final StringBuilder sql = new StringBuilder();
        int offset = 0;
        for (int i = 0; i < count && sql.length() < MAX_SQL_LENGTH; i++) {
            final int length = texts.getInt(offset, ByteOrder.LITTLE_ENDIAN);
            if (length < 0 || length > texts.capacity() - offset - Integer.BYTES) {
                throw new ProtocolException("batch: statement=" + i + " length=" + length);
            }
            final byte[] utf8 = new byte[Math.min(length, MAX_SQL_LENGTH)];
            texts.getBytes(offset + Integer.BYTES, utf8);
            sql.append(i == 0 ? "" : "; ").append(new String(utf8, StandardCharsets.UTF_8));
            offset += Integer.BYTES + length;
        }
        return sql.toString();
    }
}
