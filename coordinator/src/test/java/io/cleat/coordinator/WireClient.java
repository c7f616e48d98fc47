// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.TableChange;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.FileLocks;
import io.cleat.nameserver.HeldLock;
import io.cleat.protocol.ProtocolVersion;
import io.cleat.protocol.StorageClass;
import io.cleat.protocol.ValueReader;
import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.AnnounceEncoder;
import io.cleat.protocol.codec.CancelEncoder;
import io.cleat.protocol.codec.CloseSessionEncoder;
import io.cleat.protocol.codec.ClosingDecoder;
import io.cleat.protocol.codec.CreditEncoder;
import io.cleat.protocol.codec.DescribeEncoder;
import io.cleat.protocol.codec.ExecuteEncoder;
import io.cleat.protocol.codec.FailureDecoder;
import io.cleat.protocol.codec.InterestEncoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.ResultDecoder;
import io.cleat.protocol.codec.Stage;
import io.cleat.protocol.codec.TableUpdatesDecoder;
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
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A client made of bytes, for what the real one never sends: it speaks the protocol as docs/protocol.md says, and the coordinator is
 * stepped while it waits.
 *
 * <p>One thread only.
 */
final class WireClient implements AutoCloseable {
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(20);

    /** A reply, decoded. */
    record Reply(
            long sequence,
            boolean last,
            int chunkIndex,
            long commitSequence,
            long changeCount,
            long lastRowId,
            List<List<Object>> rows,
            int rowBytes,
            int errorCode,
            int sqliteCode,
            boolean started,
            String message) {
        boolean isFailure() {
            return errorCode != 0;
        }
    }

    /** A TableUpdates, decoded, and how many results had come before it. */
    record Update(
            long commitSequence,
            boolean anything,
            boolean schema,
            boolean manual,
            boolean outside,
            Map<String, Integer> tables,
            int repliesBefore) {}

    /** What was told so far. */
    final List<Update> updates = new ArrayList<>();

    private int repliesSeen;

    private final Coordinator coordinator;
    private final HeldLock lock;
    private final ClientSlot slot;
    private final RecordQueue requests;
    private final RecordWriter writer;
    private final RecordQueue replies;
    private final RecordReader reader;
    private final StatusFile status;
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final List<Reply> received = new ArrayList<>();
    final long id;
    long epoch;
    long sequence;

    @Nullable
    String closing;

    private byte[] pendingRow = new byte[0];
    private long consumedBytes;

    WireClient(Coordinator coordinator) {
        this(coordinator, ProtocolVersion.MIN, ProtocolVersion.MAX);
    }

    WireClient(Coordinator coordinator, int protocolMin, int protocolMax) {
        this.coordinator = coordinator;
        final CleatDirectory directory = coordinator.directory();
        final String name = coordinator.name();
        status = StatusFile.open(directory.statusFile(name));
        epoch = status.header().epoch();
        id = status.header().takeClientId();
        lock = FileLocks.tryAcquire(directory.clientLock(name, id)).orElseThrow();
        slot = status.clients().claim(id).orElseThrow();
        slot.identify(protocolMin, protocolMax, "wire", System.currentTimeMillis());
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
        replies = RecordQueue.open(directory.replies(name, id), QueueSettings.of(() -> 1));
        reader = replies.readerFromStart();
    }

    void await(String what, java.util.function.BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("not within " + TIMEOUT_NS / 1_000_000_000 + " s: " + what);
            }
            coordinator.doWork();
        }
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
        sequence++;
        final ExecuteEncoder encoder = new ExecuteEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(id)
                .sequence(sequence)
                .deadlineNs(deadlineNs)
                .sessionId(session)
                .statementId(0)
                .creditBytes(creditBytes)
                .parameterCount(values.length);
        encoder.flags().clear().lAST_ROW_ID(true);
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        encoder.putSql(text, 0, text.length);
        encoder.putParameters(parameters.buffer(), 0, parameters.lengthBytes());
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return sequence;
    }

    long control(int session, TransactionAction action) {
        return control(session, action, 0, 0, 0);
    }

    long control(int session, TransactionAction action, int savepoint, long token, long leaseNs) {
        sequence++;
        final TransactionControlEncoder encoder = new TransactionControlEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(id)
                .sequence(sequence)
                .deadlineNs(soon())
                .sessionId(session)
                .savepoint(savepoint)
                .action(action)
                .token(token)
                .leaseNs(leaseNs);
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
        return repliesSeen;
    }

    Reply describe(int session, String sql) {
        return describe(session, sql, sql.getBytes(StandardCharsets.UTF_8).length);
    }

    /** Says another length than there is. */
    Reply describe(int session, String sql, int claimedLength) {
        sequence++;
        final DescribeEncoder encoder = new DescribeEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(id)
                .sequence(sequence)
                .deadlineNs(soon())
                .sessionId(session);
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        encoder.putSql(text, 0, text.length);
        buffer.putInt(
                MessageHeaderEncoder.ENCODED_LENGTH + DescribeEncoder.BLOCK_LENGTH,
                claimedLength,
                java.nio.ByteOrder.LITTLE_ENDIAN);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return awaitLast(sequence);
    }

    /** Wants to know of tables; of all when there are none. */
    Reply interest(TableChange... tables) {
        sequence++;
        final InterestEncoder encoder = new InterestEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(id)
                .sequence(sequence)
                .deadlineNs(soon())
                .sessionId(99)
                .everything((short) (tables.length == 0 ? 1 : 0));
        final byte[] encoded = TableLists.encode(List.of(tables));
        encoder.putTables(encoded, 0, encoded.length);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return awaitLast(sequence);
    }

    Reply announce(int session, TableChange... tables) {
        sequence++;
        final AnnounceEncoder encoder = new AnnounceEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(epoch)
                .clientId(id)
                .sequence(sequence)
                .deadlineNs(soon())
                .sessionId(session);
        final byte[] encoded = TableLists.encode(List.of(tables));
        encoder.putTables(encoded, 0, encoded.length);
        write(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
        return awaitLast(sequence);
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
        writer.write(message, 0, lengthBytes);
    }

    MutableDirectBuffer buffer() {
        return buffer;
    }

    /** Waits for the last reply to a request. Replies to others are kept. */
    Reply awaitLast(long target) {
        await("reply to " + target, () -> {
            poll();
            return received.stream().anyMatch(r -> r.sequence() == target && (r.last() || r.isFailure()));
        });
        final Reply reply = received.stream()
                .filter(r -> r.sequence() == target && (r.last() || r.isFailure()))
                .findFirst()
                .orElseThrow();
        final List<List<Object>> rows = received.stream()
                .filter(r -> r.sequence() == target)
                .flatMap(r -> r.rows().stream())
                .toList();
        received.removeIf(r -> r.sequence() == target);
        return new Reply(
                reply.sequence(),
                reply.last(),
                reply.chunkIndex(),
                reply.commitSequence(),
                reply.changeCount(),
                reply.lastRowId(),
                rows,
                reply.rowBytes(),
                reply.errorCode(),
                reply.sqliteCode(),
                reply.started(),
                reply.message());
    }

    Reply execute(int session, String sql, Object... values) {
        return awaitLast(send(session, sql, values));
    }

    List<Reply> received() {
        poll();
        return received;
    }

    void poll() {
        reader.poll(
                new RecordHandler() {
                    @Override
                    public void onRecord(DirectBuffer record, int offset, int length) {
                        consumedBytes += length;
                        slot.replyConsumedBytesRelease(consumedBytes);
                        decode(record, offset);
                    }

                    @Override
                    public void onDamaged(long index, String reason) {
                        throw new AssertionError(reason);
                    }
                },
                100);
        slot.replyReadCycleRelease(reader.cycle());
    }

    private void decode(DirectBuffer record, int offset) {
        final MessageHeaderDecoder head = new MessageHeaderDecoder().wrap(record, offset);
        final int at = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        switch (head.templateId()) {
            case ResultDecoder.TEMPLATE_ID -> {
                final ResultDecoder result = new ResultDecoder().wrap(record, at, head.blockLength(), head.version());
                result.skipColumns();
                repliesSeen++;
                final byte[] rows = new byte[result.rowsLength()];
                result.getRows(rows, 0, rows.length);
                received.add(new Reply(
                        result.sequence(),
                        result.flags().lAST(),
                        result.chunkIndex(),
                        result.commitSequence(),
                        result.changeCount(),
                        result.lastRowId(),
                        rows(rows),
                        rows.length,
                        0,
                        0,
                        true,
                        ""));
            }
            case FailureDecoder.TEMPLATE_ID -> {
                final FailureDecoder failure =
                        new FailureDecoder().wrap(record, at, head.blockLength(), head.version());
                final int code = failure.errorCode();
                final int sqlite = failure.sqliteCode();
                final long failed = failure.sequence();
                final byte[] message = new byte[failure.messageLength()];
                failure.getMessage(message, 0, message.length);
                received.add(new Reply(
                        failed,
                        true,
                        0,
                        0,
                        0,
                        0,
                        List.of(),
                        0,
                        code,
                        sqlite,
                        failure.stage() == Stage.STARTED,
                        new String(message, StandardCharsets.UTF_8)));
            }
            case ClosingDecoder.TEMPLATE_ID -> {
                final ClosingDecoder decoder =
                        new ClosingDecoder().wrap(record, at, head.blockLength(), head.version());
                final byte[] reason = new byte[decoder.reasonLength()];
                decoder.getReason(reason, 0, reason.length);
                closing = new String(reason, StandardCharsets.UTF_8);
            }
            case TableUpdatesDecoder.TEMPLATE_ID -> {
                final TableUpdatesDecoder decoder =
                        new TableUpdatesDecoder().wrap(record, at, head.blockLength(), head.version());
                final TreeMap<String, Integer> tables = new TreeMap<>();
                final int length = decoder.tablesLength();
                TableLists.decode(record, decoder.limit() + TableUpdatesDecoder.tablesHeaderLength(), length)
                        .forEach(change -> tables.put(change.table(), change.kinds()));
                updates.add(new Update(
                        decoder.commitSequence(),
                        decoder.flags().aNYTHING(),
                        decoder.flags().sCHEMA(),
                        decoder.flags().mANUAL(),
                        decoder.flags().oUTSIDE(),
                        tables,
                        repliesSeen));
            }
            default -> throw new AssertionError("templateId=" + head.templateId());
        }
    }

    /** Rows may cross chunks; one result at a time is supposed to do so. */
    private List<List<Object>> rows(byte[] chunk) {
        final byte[] bytes = new byte[pendingRow.length + chunk.length];
        System.arraycopy(pendingRow, 0, bytes, 0, pendingRow.length);
        System.arraycopy(chunk, 0, bytes, pendingRow.length, chunk.length);
        final org.agrona.concurrent.UnsafeBuffer view = new org.agrona.concurrent.UnsafeBuffer(bytes);
        final List<List<Object>> rows = new ArrayList<>();
        int at = 0;
        while (bytes.length - at >= Integer.BYTES) {
            final int length = view.getInt(at, ByteOrder.LITTLE_ENDIAN);
            if (bytes.length - at - Integer.BYTES < length) {
                break;
            }
            final ValueReader values = new ValueReader().wrap(view, at + Integer.BYTES, length);
            final List<Object> row = new ArrayList<>();
            while (values.hasNext()) {
                row.add(
                        switch (values.next()) {
                            case StorageClass.INTEGER -> values.longValue();
                            case StorageClass.REAL -> values.doubleValue();
                            case StorageClass.TEXT -> new String(values.bytes(), StandardCharsets.UTF_8);
                            case StorageClass.BLOB -> values.bytes();
                            default -> "NULL";
                        });
            }
            rows.add(row);
            at += Integer.BYTES + length;
        }
        pendingRow = java.util.Arrays.copyOfRange(bytes, at, bytes.length);
        return rows;
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
        replies.close();
        lock.close();
    }

    @Override
    public void close() {
        slot.detach(id);
        die();
    }
}
