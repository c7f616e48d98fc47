// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.nameserver.NameRequest;
import io.cleat.nameserver.NameServer;
import io.cleat.nameserver.Registration;
import io.cleat.protocol.Columns;
import io.cleat.protocol.RecordText;
import io.cleat.protocol.TableKinds;
import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.CancelDecoder;
import io.cleat.protocol.codec.ClosingEncoder;
import io.cleat.protocol.codec.CreditDecoder;
import io.cleat.protocol.codec.DescribeDecoder;
import io.cleat.protocol.codec.ExecuteDecoder;
import io.cleat.protocol.codec.FailureEncoder;
import io.cleat.protocol.codec.ForgetStatementDecoder;
import io.cleat.protocol.codec.FragmentDecoder;
import io.cleat.protocol.codec.InterestDecoder;
import io.cleat.protocol.codec.KeepStatementDecoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.ResultEncoder;
import io.cleat.protocol.codec.SessionLostDecoder;
import io.cleat.protocol.codec.TableUpdatesEncoder;
import io.cleat.protocol.codec.TransactionControlDecoder;
import io.cleat.protocol.codec.UpdateFlagsEncoder;
import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordHandler;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordReader;
import io.cleat.queue.RecordWriter;
import io.cleat.status.ClientSlot;
import io.cleat.status.ClientSlotState;
import io.cleat.status.CoordinatorState;
import io.cleat.status.StatusFile;
import io.cleat.status.StatusIdentity;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's side of the protocol, played by a test over real queues and a real status file: takes requests, and answers
 * as the script says.
 *
 * <p>One thread of its own runs it; the script runs on that thread. The lists may be read by the test under the monitor of this.
 */
final class ScriptedPeer implements AutoCloseable, RecordHandler {
    static final String NAME = "scripted";

    /** One request, copied. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Received(int templateId, long sequence, int sessionId, int statementId, String sql, byte[] parameters) {}

    final List<Received> requests = new ArrayList<>();
    final List<Long> cancelled = new ArrayList<>();
    final List<String> actions = new ArrayList<>();

    /** Each record in its order, as a line. */
    private final List<String> heard = new ArrayList<>();

    private final RecordText text = new RecordText(100, true, Integer::toString);
    final List<List<TableKinds>> interests = new ArrayList<>();
    final AtomicInteger grantedBytes = new AtomicInteger();
    final AtomicInteger cycle = new AtomicInteger(1);
    final StatusFile status;

    /** Whether requests are taken; a coordinator that is busy or suspended takes none. */
    volatile boolean taking = true;

    /** Whether the heart beats. */
    volatile boolean beating = true;

    /** The commit that results have seen; by default one of their own each. */
    volatile long commitSequence = -1;

    /** Which action is answered by the end of the transaction; null for none. */
    volatile @Nullable String failedAction;

    /** What it is answered with. */
    volatile ErrorCode failedCode = ErrorCode.TRANSACTION_ENDED;

    /** What failures say of the request. */
    volatile io.cleat.protocol.codec.Outcome failedOutcome = io.cleat.protocol.codec.Outcome.NOT_APPLIED;

    /** Called with each credit. Set by the script, on the peer's thread. */
    IntConsumer onCredit = bytes -> {};

    private final Path directory;
    private final Registration registration;
    private @Nullable RecordQueue requestQueue;
    private @Nullable RecordReader reader;
    private final Map<Long, ExpandableArrayBuffer> pieces = new HashMap<>();
    private final BiConsumer<ScriptedPeer, Received> script;
    private final Thread thread;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private volatile @Nullable ClientSlot slot;
    private @Nullable RecordQueue replyQueue;
    private @Nullable RecordWriter writer;
    private long consumedBytes;
    private volatile boolean stopped;

    /** Of the loop; written by its thread only. */
    private volatile long turns;

    ScriptedPeer(Path directory, BiConsumer<ScriptedPeer, Received> script) {
        this.directory = directory;
        this.script = script;
        final NameServer names = NameServer.open(directory);
        registration = names.register(new NameRequest(NAME, "none", 1, "3.0", NameRequest.SQLITE));
        status = StatusFile.create(
                names.directory().statusFile(NAME),
                new StatusIdentity(NAME, registration.epoch(), 1, 1, "none", "3.0", NameRequest.SQLITE));
        status.header().heartbeatNsRelease(System.nanoTime());
        status.header().stateRelease(CoordinatorState.READY);
        registration.ready();
        thread = new Thread(this::run, "scripted-peer");
        thread.start();
    }

    long epoch() {
        return registration.epoch();
    }

    /** Goes as a killed process would: the lock is let go of, nothing else. */
    void die() {
        stop();
        registration.close();
    }

    @Override
    public void close() {
        stop();
        if (replyQueue != null) {
            replyQueue.close();
        }
        if (requestQueue != null) {
            requestQueue.close();
        }
        registration.close();
    }

    private void stop() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From the return on nothing is taken. */
    void stopTaking() {
        taking = false;
        final long seen = turns;
        while (turns < seen + 2 && thread.isAlive()) {
            LockSupport.parkNanos(100_000);
        }
    }

    private void run() {
        while (!stopped) {
            final long next = turns + 1;
            turns = next;
            if (beating) {
                status.header().heartbeatNsRelease(System.nanoTime());
            }
            attach();
            if (!taking || reader == null || reader.poll(this, 8) == 0) {
                LockSupport.parkNanos(100_000);
            }
        }
    }

    private void attach() {
        for (int i = 0; slot == null && i < status.clients().slotCount(); i++) {
            final ClientSlot candidate = status.clients().slot(i);
            if (candidate.stateAcquire() == ClientSlotState.REQUESTED) {
                slot = candidate;
                replyQueue = RecordQueue.create(
                        NameServer.open(directory).directory().replies(NAME, candidate.clientId()),
                        QueueSettings.of(cycle::get));
                writer = replyQueue.writer();
                requestQueue = RecordQueue.create(
                        NameServer.open(directory).directory().requests(NAME, candidate.clientId()),
                        QueueSettings.of(status.header()::requestCycleAcquire));
                reader = requestQueue.readerFromStart();
                candidate.attach(1);
            }
        }
    }

    @Override
    public void onRecord(DirectBuffer buffer, int offset, int length) {
        consumedBytes += length;
        if (slot != null) {
            slot.requestConsumedBytesRelease(consumedBytes);
        }
        synchronized (this) {
            heard.add(text.decode(buffer, offset, length));
        }
        onMessage(buffer, offset);
    }

    @Override
    public void onDamaged(long index, String reason) {
        throw new AssertionError(reason);
    }

    private void onMessage(DirectBuffer buffer, int offset) {
        header.wrap(buffer, offset);
        final int body = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        switch (header.templateId()) {
            case FragmentDecoder.TEMPLATE_ID -> onFragment(buffer, body);
            case CreditDecoder.TEMPLATE_ID -> {
                final CreditDecoder credit = new CreditDecoder().wrap(buffer, body, header.blockLength(), 1);
                grantedBytes.addAndGet(credit.creditBytes());
                onCredit.accept(credit.creditBytes());
            }
            case CancelDecoder.TEMPLATE_ID -> {
                final CancelDecoder cancel = new CancelDecoder().wrap(buffer, body, header.blockLength(), 1);
                synchronized (this) {
                    cancelled.add(cancel.targetSequence());
                }
            }
            case ExecuteDecoder.TEMPLATE_ID -> {
                final ExecuteDecoder execute = new ExecuteDecoder().wrap(buffer, body, header.blockLength(), 1);
                final long sequence = execute.sequence();
                final int session = execute.sessionId();
                final int statement = execute.statementId();
                final byte[] text = new byte[execute.sqlLength()];
                execute.getSql(text, 0, text.length);
                final String sql = new String(text, StandardCharsets.UTF_8);
                final byte[] parameters = new byte[execute.parametersLength()];
                execute.getParameters(parameters, 0, parameters.length);
                received(new Received(ExecuteDecoder.TEMPLATE_ID, sequence, session, statement, sql, parameters));
            }
            case TransactionControlDecoder.TEMPLATE_ID -> {
                final TransactionControlDecoder control =
                        new TransactionControlDecoder().wrap(buffer, body, header.blockLength(), 1);
                synchronized (this) {
                    actions.add(control.action().name());
                }
                if (control.action().name().equals(failedAction)) {
                    failure(control.sequence(), failedCode, 0, "idle for too long", "");
                } else {
                    done(control.sequence(), 0);
                }
            }
            case DescribeDecoder.TEMPLATE_ID -> {
                final DescribeDecoder describe = new DescribeDecoder().wrap(buffer, body, header.blockLength(), 1);
                final long sequence = describe.sequence();
                final int session = describe.sessionId();
                final byte[] text = new byte[describe.sqlLength()];
                describe.getSql(text, 0, text.length);
                final String sql = new String(text, StandardCharsets.UTF_8);
                received(new Received(DescribeDecoder.TEMPLATE_ID, sequence, session, 0, sql, new byte[0]));
            }
            case InterestDecoder.TEMPLATE_ID -> {
                final InterestDecoder interest = new InterestDecoder().wrap(buffer, body, header.blockLength(), 1);
                final List<TableKinds> wanted = TableKinds.decode(
                        buffer, interest.limit() + InterestDecoder.tablesHeaderLength(), interest.tablesLength());
                synchronized (this) {
                    interests.add(interest.everything() == 1 ? List.of() : wanted);
                }
                done(interest.sequence(), 0);
            }
            case KeepStatementDecoder.TEMPLATE_ID, SessionLostDecoder.TEMPLATE_ID -> {
                // Not answered.
            }
            default -> {
                final boolean answered = header.templateId() != ForgetStatementDecoder.TEMPLATE_ID;
                final long sequence = answered ? buffer.getLong(body + 16, ByteOrder.LITTLE_ENDIAN) : 0;
                final Received request = new Received(header.templateId(), sequence, 0, 0, "", new byte[0]);
                synchronized (this) {
                    requests.add(request);
                }
                if (answered) {
                    done(sequence, 0);
                }
            }
        }
    }

    private void onFragment(DirectBuffer buffer, int body) {
        final FragmentDecoder fragment = new FragmentDecoder().wrap(buffer, body, header.blockLength(), 1);
        final long id = fragment.fragmentedId();
        final ExpandableArrayBuffer whole = pieces.computeIfAbsent(id, key -> new ExpandableArrayBuffer());
        final long total = fragment.totalLengthBytes();
        final int at = (int) fragment.offsetBytes();
        final byte[] bytes = new byte[fragment.bytesLength()];
        fragment.getBytes(bytes, 0, bytes.length);
        whole.putBytes(at, bytes);
        if (at + bytes.length == total) {
            pieces.remove(id);
            onMessage(new UnsafeBuffer(whole, 0, (int) total), 0);
        }
    }

    private void received(Received request) {
        synchronized (this) {
            requests.add(request);
        }
        script.accept(this, request);
    }

    synchronized List<Received> received() {
        return List.copyOf(requests);
    }

    synchronized List<String> heard() {
        return List.copyOf(heard);
    }

    synchronized List<Long> cancels() {
        return List.copyOf(cancelled);
    }

    /** Of the client; there is one. */
    ClientSlot attachedSlot() {
        return Objects.requireNonNull(slot);
    }

    ClientSlotState attachedSlotState() {
        final ClientSlot attached = slot;
        return attached == null ? ClientSlotState.FREE : attached.stateAcquire();
    }

    /** The tables of each Interest. */
    synchronized List<List<TableKinds>> interests() {
        return List.copyOf(interests);
    }

    synchronized List<String> actions() {
        return List.copyOf(actions);
    }

    // Replies. On the peer's thread.

    /** One row of values as it stands in the stream. */
    static byte[] row(Object... values) {
        final ValueWriter writer = new ValueWriter();
        for (Object value : values) {
            writer.writeObject(value);
        }
        final byte[] row = new byte[Integer.BYTES + writer.lengthBytes()];
        writer.buffer().getBytes(0, row, Integer.BYTES, writer.lengthBytes());
        new UnsafeBuffer(row).putInt(0, writer.lengthBytes(), ByteOrder.LITTLE_ENDIAN);
        return row;
    }

    void done(long sequence, long changeCount) {
        result(sequence, 0, true, null, new byte[0], 0, 0, changeCount);
    }

    /** All rows in one chunk. */
    void rows(long sequence, Columns columns, byte[] rows) {
        result(sequence, 0, true, columns, rows, 0, rows.length, 0);
    }

    void result(
            long sequence,
            int chunkIndex,
            boolean last,
            @Nullable Columns columns,
            byte[] rows,
            int rowsOffset,
            int rowsLength,
            long changeCount) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(512 + rowsLength);
        final ResultEncoder result = new ResultEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(epoch())
                .sequence(sequence)
                .commitSequence(commitSequence < 0 ? 100 + sequence : commitSequence)
                .changeCount(changeCount)
                .lastRowId(0)
                .chunkIndex(chunkIndex)
                .sessionId(0);
        result.flags().clear().fIRST(chunkIndex == 0).lAST(last).rOWS(columns != null);
        final byte[] encoded = columns == null || chunkIndex > 0 ? new byte[0] : columns.encoded();
        result.putColumns(encoded, 0, encoded.length);
        result.putRows(rows, rowsOffset, rowsLength);
        write(buffer, result.limit());
    }

    void failure(long sequence, ErrorCode code, int sqliteCode, String message, String trace) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(512);
        final FailureEncoder failure = new FailureEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(epoch())
                .sequence(sequence)
                .errorCode(code.number())
                .sqliteCode(sqliteCode)
                .batchRow(-1)
                .sessionId(0)
                .outcome(failedOutcome)
                .putMessage(utf8(message), 0, utf8(message).length)
                .putRemoteTrace(utf8(trace), 0, utf8(trace).length);
        write(buffer, failure.limit());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What a commit changed; of this epoch, or of another. */
    void tableUpdates(long epoch, long commit, Consumer<UpdateFlagsEncoder> flags, TableKinds... tables) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(512);
        final byte[] encoded = TableKinds.encode(List.of(tables));
        final TableUpdatesEncoder updates = new TableUpdatesEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(epoch)
                .commitSequence(commit);
        flags.accept(updates.flags().clear());
        updates.putTables(encoded, 0, encoded.length);
        write(buffer, updates.limit());
    }

    void closing(String reason) {
        closing(reason, false);
    }

    void closing(String reason, boolean successor) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(512);
        final ClosingEncoder closing = new ClosingEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(epoch())
                .successor((short) (successor ? 1 : 0))
                .putReason(utf8(reason), 0, utf8(reason).length);
        write(buffer, closing.limit());
    }

    void write(DirectBuffer buffer, int length) {
        final RecordWriter to = writer;
        if (to == null) {
            throw new IllegalStateException("no client");
        }
        to.write(buffer, 0, length);
    }
}
