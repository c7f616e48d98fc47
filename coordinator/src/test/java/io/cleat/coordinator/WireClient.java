// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.coordinator.sqlite.TableChange;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.FileLocks;
import io.cleat.nameserver.HeldLock;
import io.cleat.protocol.ProtocolVersion;
import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.AnnounceEncoder;
import io.cleat.protocol.codec.AskOutcomeEncoder;
import io.cleat.protocol.codec.BatchEncoder;
import io.cleat.protocol.codec.CancelEncoder;
import io.cleat.protocol.codec.CloseSessionEncoder;
import io.cleat.protocol.codec.CreditEncoder;
import io.cleat.protocol.codec.DescribeEncoder;
import io.cleat.protocol.codec.ExecuteEncoder;
import io.cleat.protocol.codec.ForgetStatementEncoder;
import io.cleat.protocol.codec.FragmentEncoder;
import io.cleat.protocol.codec.InterestEncoder;
import io.cleat.protocol.codec.KeepStatementEncoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.PrepareEncoder;
import io.cleat.protocol.codec.SessionLostEncoder;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.protocol.codec.TransactionControlEncoder;
import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordHandler;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordReader;
import io.cleat.queue.RecordWriter;
import io.cleat.status.ClientSlot;
import io.cleat.status.ClientSlotState;
import io.cleat.status.StatusFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A client made of bytes, for what the real one never sends: it speaks the protocol as docs/protocol.md says, and the coordinator is
 * stepped while it waits.
 *
 * <p>One thread only.
 */
final class WireClient implements AutoCloseable {
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(20);

    private final CleatDirectory directory;
    private final String name;
    private final Runnable step;
    private final HeldLock lock;
    private final ClientSlot slot;
    private final RecordQueue requests;
    private final RecordWriter writer;
    private final RecordQueue replyQueue;
    private final RecordReader reader;
    private final StatusFile status;
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    final long id;
    long epoch;
    long sequence;

    final WireReplies replies = new WireReplies();
    private long consumedBytes;

    /** Requests that can be sent again, by their sequence. */
    final Map<Long, byte[]> sent = new TreeMap<>();

    WireClient(Coordinator coordinator) {
        this(coordinator, ProtocolVersion.MIN, ProtocolVersion.MAX);
    }

    WireClient(Coordinator coordinator, int protocolMin, int protocolMax) {
        this(coordinator.directory(), coordinator.name(), coordinator::doWork, protocolMin, protocolMax, null);
    }

    /** Of a coordinator that is stepped, or of another process, where stepping is waiting. */
    WireClient(CleatDirectory directory, String name, Runnable step) {
        this(directory, name, step, ProtocolVersion.MIN, ProtocolVersion.MAX, null);
    }

    /** The same client, attached to the successor; what was sent is kept, to be sent again. */
    WireClient resume(Runnable step) {
        requests.close();
        replyQueue.close();
        return new WireClient(directory, name, step, ProtocolVersion.MIN, ProtocolVersion.MAX, this);
    }

    private WireClient(
            CleatDirectory directory,
            String name,
            Runnable step,
            int protocolMin,
            int protocolMax,
            @Nullable WireClient former) {
        this.directory = directory;
        this.name = name;
        this.step = step;
        status = StatusFile.open(directory.statusFile(name));
        epoch = status.header().epoch();
        id = former == null ? status.header().takeClientId() : former.id;
        lock = former == null
                ? FileLocks.tryAcquire(directory.clientLock(name, id)).orElseThrow()
                : former.lock;
        slot = status.clients().claim(id).orElseThrow();
        slot.identify(protocolMin, protocolMax, "wire", System.currentTimeMillis());
        if (former != null) {
            sequence = former.sequence;
            sent.putAll(former.sent);
            slot.resume(sequence + 1);
        }
        slot.request(id);
        status.header().ringAttachDoorbell();
        await("attachment", () -> slot.stateAcquire() != ClientSlotState.REQUESTED);
        if (slot.stateAcquire() != ClientSlotState.ATTACHED) {
            final String text = slot.refusalText();
            slot.withdraw(id);
            lock.close();
            throw new IllegalStateException(text);
        }
        requests =
                RecordQueue.open(directory.requests(name, id), QueueSettings.of(status.header()::requestCycleAcquire));
        writer = requests.writer();
        replyQueue = RecordQueue.open(directory.replies(name, id), QueueSettings.of(() -> 1));
        reader = replyQueue.readerFromStart();
    }

    void await(String what, java.util.function.BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("not within " + TIMEOUT_NS / 1_000_000_000 + " s: " + what);
            }
            step.run();
        }
    }

    /** Sends a request again, to this coordinator. */
    void resend(long resent) {
        final UnsafeBuffer again =
                new UnsafeBuffer(Objects.requireNonNull(sent.get(resent)).clone());
        again.putLong(MessageHeaderEncoder.ENCODED_LENGTH, epoch, java.nio.ByteOrder.LITTLE_ENDIAN);
        writer.write(again, 0, again.capacity());
    }

    Reply again(long resent) {
        resend(resent);
        return awaitLast(resent);
    }

    void keepStatement(int statementId, String sql) {
        final KeepStatementEncoder encoder = new KeepStatementEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header).epoch(epoch).clientId(id).statementId(statementId);
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        encoder.putSql(text, 0, text.length);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    void sessionLost(int session, long commitSequence) {
        sessionLost(session, commitSequence, false);
    }

    void sessionLost(int session, long commitSequence, boolean exclusive) {
        final SessionLostEncoder encoder = new SessionLostEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(id)
                .commitSequence(commitSequence)
                .sessionId(session)
                .exclusive((short) (exclusive ? 1 : 0));
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    /** What became of a request: state, counts, columns and rows. */
    List<Object> ask(long ofClientId, long ofSequence) {
        final AskOutcomeEncoder encoder = new AskOutcomeEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(77, soon());
        encoder.ofClientId(ofClientId).ofSequence(ofSequence);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return awaitLast(sequence).rows().get(0);
    }

    static long soon() {
        return System.nanoTime() + TIMEOUT_NS;
    }

    /** Sends an Execute and returns its sequence. */
    long send(int session, String sql, Object... values) {
        return send(session, soon(), 1 << 20, sql, values);
    }

    long send(int session, long deadlineNs, int creditBytes, String sql, Object... values) {
        final ValueWriter parameters = new ValueWriter();
        for (final Object value : values) {
            parameters.writeObject(value);
        }
        final ExecuteEncoder encoder = new ExecuteEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(session, deadlineNs);
        encoder.statementId(statementId).creditBytes(creditBytes).parameterCount(values.length);
        encoder.flags().clear().lAST_ROW_ID(true);
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        encoder.putSql(text, 0, text.length);
        encoder.putParameters(parameters.buffer(), 0, parameters.lengthBytes());
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return sequence;
    }

    /** Sends a script. */
    long sendScript(int session, String sql) {
        final ExecuteEncoder encoder = new ExecuteEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(session, soon());
        encoder.statementId(0).creditBytes(1 << 20).parameterCount(0);
        encoder.flags().clear().sCRIPT(true);
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        encoder.putSql(text, 0, text.length).putParameters(new byte[0], 0, 0);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return sequence;
    }

    /** Sends a batch of one statement with one parameter, a row for each value. */
    long sendBatch(int session, String sql, Object... values) {
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer statements = new UnsafeBuffer(new byte[Integer.BYTES + text.length]);
        statements.putInt(0, text.length, java.nio.ByteOrder.LITTLE_ENDIAN);
        statements.putBytes(Integer.BYTES, text);
        final ExpandableArrayBuffer rows = new ExpandableArrayBuffer();
        int at = 0;
        for (final Object value : values) {
            final ValueWriter row = new ValueWriter();
            row.writeObject(value);
            rows.putInt(at, 0);
            rows.putShort(at + Integer.BYTES, (short) 1, java.nio.ByteOrder.LITTLE_ENDIAN);
            rows.putBytes(at + Integer.BYTES + Short.BYTES, row.buffer(), 0, row.lengthBytes());
            at += Integer.BYTES + Short.BYTES + row.lengthBytes();
        }
        final BatchEncoder encoder = new BatchEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(session, soon());
        encoder.statementCount(1).rowCount(values.length);
        encoder.putStatements(statements, 0, statements.capacity())
                .putAnnounced(new byte[0], 0, 0)
                .putRows(rows, 0, at);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return sequence;
    }

    /** The text goes under this number with each Execute; 0: it is not kept. An empty text is taken from what was kept. */
    int statementId;

    /** Sends a text to be kept under a number; an empty one means the text that was. */
    long sendNamed(int statementId, String sql) {
        final ExecuteEncoder encoder = new ExecuteEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(0, soon());
        encoder.statementId(statementId).creditBytes(1 << 20).parameterCount(0);
        encoder.flags().clear();
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        encoder.putSql(text, 0, text.length);
        encoder.putParameters(new byte[0], 0, 0);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return sequence;
    }

    void forget(int statementId) {
        final ForgetStatementEncoder encoder = new ForgetStatementEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header).epoch(epoch).clientId(id).statementId(statementId);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    /** Sends pieces of a request, but not the last one when it is not to end. Returns the number of the pieces, its sequence. */
    long sendInPieces(int session, String sql, long totalBytes, long sentBytes) {
        final List<byte[]> whole = new ArrayList<>();
        capture = whole;
        send(session, sql);
        capture = null;
        final byte[] head = whole.get(0);
        long at = 0;
        while (at < sentBytes) {
            final byte[] piece = new byte[(int) Math.min(200_000, sentBytes - at)];
            if (at == 0) {
                System.arraycopy(head, 0, piece, 0, Math.min(head.length, piece.length));
            }
            final FragmentEncoder encoder = new FragmentEncoder();
            encoder.wrapAndApplyHeader(buffer, 0, header)
                    .epoch(epoch)
                    .clientId(id)
                    .fragmentedId(sequence)
                    .totalLengthBytes(totalBytes)
                    .offsetBytes(at);
            encoder.putBytes(piece, 0, piece.length);
            write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
            at += piece.length;
            step.run();
        }
        return sequence;
    }

    long control(int session, TransactionAction action) {
        return control(session, action, 0, 0, 0);
    }

    long control(int session, TransactionAction action, int savepoint, long token, long leaseNs) {
        final TransactionControlEncoder encoder = new TransactionControlEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(session, soon());
        encoder.savepoint(savepoint).action(action).token(token).leaseNs(leaseNs);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return sequence;
    }

    void credit(int session, long target, int bytes) {
        final CreditEncoder encoder = new CreditEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(id)
                .targetSequence(target)
                .creditBytes(bytes)
                .sessionId(session);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    void cancel(int session, long target) {
        final CancelEncoder encoder = new CancelEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(id)
                .targetSequence(target)
                .sessionId(session);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    /** Bytes of replies that the coordinator has written, as it says now and then. */
    long writtenBytes() {
        return slot.replyWrittenBytesAcquire();
    }

    long closeSession(int session) {
        sequence++;
        final CloseSessionEncoder encoder = new CloseSessionEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(id)
                .sequence(sequence)
                .sessionId(session);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return sequence;
    }

    /** How many results have come. */
    int repliesSeen() {
        return replies.seen();
    }

    Reply describe(int session, String sql) {
        return describe(session, sql, sql.getBytes(StandardCharsets.UTF_8).length);
    }

    /** Says another length than there is. */
    Reply describe(int session, String sql, int claimedLength) {
        final DescribeEncoder encoder = new DescribeEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(session, soon());
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        encoder.putSql(text, 0, text.length);
        buffer.putInt(
                MessageHeaderEncoder.ENCODED_LENGTH + DescribeEncoder.BLOCK_LENGTH,
                claimedLength,
                java.nio.ByteOrder.LITTLE_ENDIAN);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return awaitLast(sequence);
    }

    /** Sends a Prepare and returns its sequence. */
    long sendPrepare(int session, String sql) {
        final PrepareEncoder encoder = new PrepareEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(session, soon());
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        encoder.putSql(text, 0, text.length);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return sequence;
    }

    /** Wants to know of tables; of all when there are none. */
    Reply interest(TableChange... tables) {
        final InterestEncoder encoder = new InterestEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(99, soon());
        encoder.everything((short) (tables.length == 0 ? 1 : 0));
        final byte[] encoded = TableLists.encode(List.of(tables));
        encoder.putTables(encoded, 0, encoded.length);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return awaitLast(sequence);
    }

    Reply announce(int session, TableChange... tables) {
        final AnnounceEncoder encoder = new AnnounceEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header);
        begin(session, soon());
        final byte[] encoded = TableLists.encode(List.of(tables));
        encoder.putTables(encoded, 0, encoded.length);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return awaitLast(sequence);
    }

    /** All requests with a deadline begin with the same fields as Execute. */
    private void begin(int session, long deadlineNs) {
        sequence++;
        new ExecuteEncoder()
                .wrap(buffer, MessageHeaderEncoder.ENCODED_LENGTH)
                .epoch(epoch)
                .clientId(id)
                .sequence(sequence)
                .deadlineNs(deadlineNs)
                .sessionId(session);
    }

    /** Takes what would be sent, when it is set. */
    @Nullable
    List<byte[]> capture;

    void write(DirectBuffer message, int lengthBytes) {
        final List<byte[]> captured = capture;
        if (captured != null) {
            final byte[] bytes = new byte[lengthBytes];
            message.getBytes(0, bytes);
            captured.add(bytes);
            return;
        }
        final int template = lengthBytes < MessageHeaderDecoder.ENCODED_LENGTH
                ? 0
                : new MessageHeaderDecoder().wrap(message, 0).templateId();
        if (template == ExecuteEncoder.TEMPLATE_ID
                || template == BatchEncoder.TEMPLATE_ID
                || template == TransactionControlEncoder.TEMPLATE_ID) {
            final byte[] copy = new byte[lengthBytes];
            message.getBytes(0, copy);
            sent.put(sequence, copy);
        }
        writer.write(message, 0, lengthBytes);
    }

    MutableDirectBuffer buffer() {
        return buffer;
    }

    /** Waits for the last reply to a request. Replies to others are kept. */
    Reply awaitLast(long target) {
        await("reply to " + target, () -> {
            poll();
            return replies.isComplete(target);
        });
        return replies.take(target);
    }

    Reply execute(int session, String sql, Object... values) {
        return awaitLast(send(session, sql, values));
    }

    List<Reply> received() {
        poll();
        return replies.received();
    }

    void poll() {
        reader.poll(
                new RecordHandler() {
                    @Override
                    public void onRecord(DirectBuffer record, int offset, int length) {
                        consumedBytes += length;
                        slot.replyConsumedBytesRelease(consumedBytes);
                        replies.decode(record, offset);
                    }

                    @Override
                    public void onDamaged(long index, String reason) {
                        throw new AssertionError(reason);
                    }
                },
                100);
        slot.replyReadCycleRelease(reader.cycle());
    }

    StatusFile status() {
        return status;
    }

    ClientSlot slot() {
        return slot;
    }

    /** Lets go of the lock, as a killed process does. */
    void die() {
        requests.close();
        replyQueue.close();
        lock.close();
    }

    @Override
    public void close() {
        slot.detach(id);
        die();
    }
}
