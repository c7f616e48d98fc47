// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.protocol.ProtocolVersion;
import io.cleat.protocol.codec.FailureDecoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.ResultDecoder;
import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordHandler;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordReader;
import io.cleat.status.ClientSlot;
import io.cleat.status.StatusFile;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Stands for a dead client: sends what it had sent, one request after the other, to a conductor that nobody else drives yet.
 *
 * <p>Not thread-safe: of the thread that makes the coordinator.
 */
final class RecoveryCaller implements RecordHandler, AutoCloseable {
    private static final long GRACE_NS = TimeUnit.SECONDS.toNanos(30);

    /** For a request whose own deadline says nothing any more. */
    private static final long PATIENCE_NS = TimeUnit.MINUTES.toNanos(5);

    private static final int CREDIT_BYTES = 1 << 30;

    private final Conductor conductor;
    private final DatabaseFolder folder;
    private final ClientSlot slot;
    private final AttachedClient client;
    private final RecordReader reader;
    private final KnownStatements known = new KnownStatements();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final ResultDecoder result = new ResultDecoder();
    private final FailureDecoder failure = new FailureDecoder();
    private final boolean isSameBoot;
    private long awaited;
    private boolean isAnswered;
    private @Nullable String failed;

    RecoveryCaller(
            long clientId,
            Conductor conductor,
            DatabaseFolder folder,
            StatusFile status,
            CoordinatorContext context,
            KnownOutcomes outcomes,
            boolean isSameBoot) {
        this.conductor = conductor;
        this.folder = folder;
        this.isSameBoot = isSameBoot;
        this.slot = status.clients()
                .claim(clientId)
                .orElseThrow(() -> new CleatException(ErrorCode.LIMIT, "no slot is free for client=" + clientId));
        slot.identify(ProtocolVersion.MIN, ProtocolVersion.MAX, "recovery", System.currentTimeMillis());
        slot.resume(Long.MAX_VALUE);
        folder.createQueues(clientId);
        final ReplyCycle cycle = new ReplyCycle(context.replyCycleBytes());
        final QueueSettings settings = QueueSettings.of(cycle).withStorageReserveBytes(context.storageReserveBytes());
        client = new AttachedClient(
                slot,
                RecordQueue.create(folder.requests(clientId), settings),
                RecordQueue.create(folder.replies(clientId), settings),
                cycle,
                outcomes,
                context.clientLimits());
        reader = client.replies.readerFromStart();
        slot.request(clientId);
        slot.attach(ProtocolVersion.MAX);
        conductor.attach(client);
    }

    /**
     * Sends a request, and waits for its end.
     *
     * @param request as it was sent.
     * @param epoch of this coordinator.
     * @return what it failed with; null when it succeeded.
     */
    @Nullable
    String call(RecoveredRequest request, long epoch) {
        if (request.statementId() > 0 && !request.sql().isEmpty()) {
            client.keepStatement(
                    request.statementId(),
                    known.of(request.sql()),
                    request.sql().length());
        }
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        try {
            return send(request.again(epoch, isSameBoot ? 0 : deadlineNs, CREDIT_BYTES), request.sequence());
        } finally {
            // The next one comes with its text too: more texts may have been sent than are kept at a time.
            client.forgetStatement(request.statementId());
        }
    }

    @Nullable
    String send(UnsafeBuffer message, long sequence) {
        awaited = sequence;
        isAnswered = false;
        failed = null;
        conductor.recover(client, message);
        final long giveUpNs = System.nanoTime() + PATIENCE_NS + GRACE_NS;
        while (!isAnswered) {
            conductor.doWork();
            reader.poll(this, 100);
            if (System.nanoTime() - giveUpNs > 0) {
                return "no answer came";
            }
        }
        return failed;
    }

    @Override
    public void onDamaged(long index, String reason) {
        // Of our own writing: the answer does not come, and the wait for it ends.
    }

    @Override
    public void onRecord(DirectBuffer buffer, int offset, int length) {
        header.wrap(buffer, offset);
        final int at = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        if (header.templateId() == ResultDecoder.TEMPLATE_ID) {
            result.wrap(buffer, at, header.blockLength(), header.version());
            isAnswered |= result.sequence() == awaited && result.flags().lAST();
        } else if (header.templateId() == FailureDecoder.TEMPLATE_ID) {
            failure.wrap(buffer, at, header.blockLength(), header.version());
            if (failure.sequence() == awaited) {
                isAnswered = true;
                final byte[] text = new byte[failure.messageLength()];
                failure.getMessage(text, 0, text.length);
                failed = "error=" + failure.errorCode() + " " + new String(text, StandardCharsets.UTF_8);
            }
        }
    }

    /** Lets go: what it had open is rolled back. */
    @Override
    public void close() {
        conductor.detach(client);
        client.requests.close();
        client.replies.close();
        folder.deleteQueues(client.id);
        slot.dead();
        slot.free();
    }
}
