// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.StableIdentity;
import io.cleat.protocol.Columns;
import io.cleat.protocol.StorageClass;
import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.ClosingEncoder;
import io.cleat.protocol.codec.FailureEncoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.Outcome;
import io.cleat.protocol.codec.Stage;
import io.cleat.protocol.codec.TableUpdatesEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes replies into the clients' reply queues, and rolls those when it is time.
 *
 * <p>Not thread-safe: the conductor's. Never blocks on a client: what a client is owed is bounded by its credit and its outstanding
 * requests, and one that reads nothing of {@link #MAX_UNREAD_BYTES} is sent away.
 */
final class ReplyProxy {
    /** What a client may leave unread before it counts as gone, in bytes. */
    static final long MAX_UNREAD_BYTES = 64L << 20;

    private static final int MAX_MESSAGE_BYTES = 16 * 1024;

    /** In Closing: whether another coordinator follows. */
    private static final int NONE = 0;

    private static final int SUCCESSOR = 1;
    private static final int NONE_AND_LOST = 2;

    /** Encoded tables of one update at most, in bytes; more are told as anything. */
    private static final int MAX_UPDATE_BYTES = 128 * 1024;

    private static final byte[] TABLE_COLUMNS =
            Columns.of(List.of("table", "access"), List.of("TEXT", "INTEGER")).encoded();

    private final long epoch;
    private final LongSupplier commitSequence;
    private final ConductorCounters counters;
    private final ErrorSink errors;
    private final @Nullable MessageTap tap;
    private final @Nullable Refusals refusals;
    private final ResultChunk small = new ResultChunk();
    private final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer(1024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final FailureEncoder failure = new FailureEncoder();
    private final ClosingEncoder closing = new ClosingEncoder();
    private final TableUpdatesEncoder updates = new TableUpdatesEncoder();

    /** Tells the tap, if there is one, of every message. */
    ReplyProxy(
            long epoch,
            LongSupplier commitSequence,
            ConductorCounters counters,
            ErrorSink errors,
            @Nullable MessageTap tap,
            @Nullable Refusals refusals) {
        this.tap = tap;
        this.refusals = refusals;
        this.epoch = epoch;
        this.commitSequence = commitSequence;
        this.counters = counters;
        this.errors = errors;
    }

    /** {@return the epoch that every reply carries} */
    long epoch() {
        return epoch;
    }

    /**
     * Answers a request that returns no rows.
     *
     * @param request answered.
     * @param changeCount rows changed.
     * @param lastRowId of the last row inserted, or 0.
     */
    void done(Request request, long changeCount, long lastRowId) {
        small.begin(epoch, request.sequence, request.session.id, 0, null, false);
        small.finish(true, commitSequence.getAsLong(), changeCount, lastRowId);
        send(request.session.client, small);
    }

    /**
     * Answers a request that has set something for its session.
     *
     * @param request answered.
     * @param column of the one row, a number, that tells what it is now; null for no row.
     * @param value of it.
     */
    void set(Request request, @Nullable String column, long value) {
        final byte[] columns = column == null
                ? null
                : Columns.of(List.of(column), Collections.singletonList(null)).encoded();
        small.begin(epoch, request.sequence, request.session.id, 0, columns, column != null);
        if (column != null) {
            final int at = small.limit();
            small.buffer().putInt(at, 1 + Long.BYTES, LITTLE_ENDIAN);
            small.buffer().putByte(at + Integer.BYTES, (byte) StorageClass.INTEGER);
            small.buffer().putLong(at + Integer.BYTES + 1, value, LITTLE_ENDIAN);
            small.limit(at + Integer.BYTES + 1 + Long.BYTES);
        }
        small.finish(true, commitSequence.getAsLong(), 0, 0);
        small.setSomething();
        send(request.session.client, small);
    }

    /** A session has settings of its own now: what it has sent, and is not executed yet, no successor executes under its own. */
    void noteSettings(ClientSession session) {
        if (refusals != null && !refusals.addSettings(session.client.id, session.id)) {
            throw new CleatException(
                    ErrorCode.IO,
                    "the setting could not be written down, so a successor would execute requests without it: "
                            + session);
        }
    }

    /**
     * Answers a request whose commit was made before, by whatever coordinator.
     *
     * @param request sent again.
     * @param outcome of it.
     */
    void again(Request request, KnownOutcome outcome) {
        counters.duplicates.incrementOrdered();
        final byte[] columns = outcome.returnsRows() ? outcome.columns() : null;
        small.begin(epoch, request.sequence, request.session.id, 0, columns, outcome.returnsRows());
        if (outcome.rows().length > 0) {
            final int at = small.limit();
            small.buffer().putBytes(at, outcome.rows());
            small.limit(at + outcome.rows().length);
        }
        small.finish(true, outcome.commitSequence(), outcome.changeCount(), outcome.lastRowId());
        send(request.session.client, small);
    }

    /**
     * Answers with one row.
     *
     * @param request answered.
     * @param columns encoded.
     * @param values encoded, one after the other.
     */
    void row(Request request, byte[] columns, ValueWriter values) {
        small.begin(epoch, request.sequence, request.session.id, 0, columns, true);
        final int at = small.limit();
        small.buffer().putInt(at, values.lengthBytes(), LITTLE_ENDIAN);
        small.buffer().putBytes(at + Integer.BYTES, values.buffer(), 0, values.lengthBytes());
        small.limit(at + Integer.BYTES + values.lengthBytes());
        small.finish(true, commitSequence.getAsLong(), 0, 0);
        send(request.session.client, small);
    }

    /**
     * Sends a chunk that is finished.
     *
     * @param client that gets it.
     * @param chunk free again afterwards.
     */
    void send(AttachedClient client, ResultChunk chunk) {
        write(client, chunk.message(), chunk.lengthBytes());
    }

    /**
     * Answers a request that failed.
     *
     * @param session of the request.
     * @param sequence of the request.
     * @param reason what to say.
     */
    void failed(ClientSession session, long sequence, Failed reason) {
        counters.errors.incrementOrdered();
        final boolean isSure = refusals == null || refusals.add(session.client.id, sequence);
        if (reason.code() == ErrorCode.DEADLINE_EXCEEDED) {
            counters.deadlineExceeded.incrementOrdered();
        }
        failure.wrapAndApplyHeader(scratch, 0, header)
                .epoch(epoch)
                .sequence(sequence)
                .errorCode(reason.code().number())
                .sqliteCode(reason.sqliteCode())
                .batchRow(reason.batchRow())
                .sessionId(session.id)
                .outcome(outcome(reason, isSure))
                .stage(reason.isStarted() ? Stage.STARTED : Stage.NOT_STARTED);
        final byte[] message = bounded(reason.message());
        failure.putMessage(message, 0, message.length);
        final byte[] trace = bounded(reason.trace());
        failure.putRemoteTrace(trace, 0, trace.length);
        write(session.client, scratch, MessageHeaderEncoder.ENCODED_LENGTH + failure.encodedLength());
    }

    /**
     * Answers a request that failed for a reason of ours.
     *
     * @param session of the request.
     * @param sequence of the request.
     * @param code of the reason.
     * @param message with the values.
     */
    void failed(ClientSession session, long sequence, ErrorCode code, String message) {
        failed(session, sequence, Failed.of(code, message));
    }

    /**
     * A client is let go of for good: whatever it has sent and nobody has answered is not executed by a successor either. Comes before it is told so, and before others
     * are.
     *
     * @param client attached.
     */
    void refuseAll(AttachedClient client) {
        if (refusals != null && !client.isRefused) {
            client.isRefused = true;
            // If that cannot be written down, nobody may be told that it was not applied.
            client.lostReply |= !refusals.addThrough(
                    client.id, StableIdentity.lastOfLife(Math.max(client.lastSequence, client.resumedBelow)));
        }
    }

    /**
     * A client is attached that was with a former coordinator, or here before: its goodbye was perhaps that of an attempt.
     *
     * @param client about to be attached.
     */
    void acceptAgain(AttachedClient client) {
        if (refusals != null && client.resumedBelow > 0) {
            refusals.lift(client.id);
        }
    }

    /**
     * Says goodbye. To a client for which a reply was lost without a successor it says that: what the client waits for may have been applied.
     *
     * @param client that gets it.
     * @param reason why.
     * @param hasSuccessor whether another coordinator is to follow; then {@link #refuseAll} was not called.
     */
    void closing(AttachedClient client, String reason, boolean hasSuccessor) {
        final int successor = hasSuccessor ? SUCCESSOR : client.lostReply ? NONE_AND_LOST : NONE;
        closing.wrapAndApplyHeader(scratch, 0, header).epoch(epoch).successor((short) successor);
        final byte[] bytes = bounded(reason);
        closing.putReason(bytes, 0, bytes.length);
        write(client, scratch, MessageHeaderEncoder.ENCODED_LENGTH + closing.encodedLength());
    }

    /**
     * Writes down what changed, for {@link #tellUpdates}.
     *
     * @param updated what is known of it.
     * @param sequence of the commit, or the last one.
     * @param kind why it is told.
     */
    void beginUpdates(TableUpdates updated, long sequence, UpdateKind kind) {
        updates.wrapAndApplyHeader(scratch, 0, header).epoch(epoch).commitSequence(sequence);
        final byte[] tables = updated.encoded();
        final boolean tooLong = tables.length > MAX_UPDATE_BYTES;
        updates.flags()
                .clear()
                .aNYTHING(tooLong || kind == UpdateKind.ANYTHING || kind == UpdateKind.OUTSIDE)
                .sCHEMA(kind == UpdateKind.SCHEMA)
                .mANUAL(kind == UpdateKind.MANUAL)
                .oUTSIDE(kind == UpdateKind.OUTSIDE);
        updates.putTables(tables, 0, tooLong ? 0 : tables.length);
    }

    /**
     * Tells what changed, the same to each.
     *
     * @param client that gets it.
     */
    void tellUpdates(AttachedClient client) {
        write(client, scratch, MessageHeaderEncoder.ENCODED_LENGTH + updates.encodedLength());
    }

    /**
     * Answers with tables and how they are accessed.
     *
     * @param request answered.
     * @param access by table.
     */
    void tables(Request request, Map<String, Integer> access) {
        small.begin(epoch, request.sequence, request.session.id, 0, TABLE_COLUMNS, true);
        final MutableDirectBuffer buffer = small.buffer();
        for (final Map.Entry<String, Integer> table : access.entrySet()) {
            final byte[] name = table.getKey().getBytes(StandardCharsets.UTF_8);
            final int rowBytes = 1 + Integer.BYTES + name.length + 1 + Long.BYTES;
            if (small.rowBytes() + rowBytes > ResultChunk.MAX_ROW_BYTES) {
                throw new ResultTooLargeException("too many tables in one statement: tables=" + access.size());
            }
            int at = small.limit();
            buffer.putInt(at, rowBytes, LITTLE_ENDIAN);
            at += Integer.BYTES;
            buffer.putByte(at, (byte) StorageClass.TEXT);
            buffer.putInt(at + 1, name.length, LITTLE_ENDIAN);
            buffer.putBytes(at + 1 + Integer.BYTES, name);
            at += 1 + Integer.BYTES + name.length;
            buffer.putByte(at, (byte) StorageClass.INTEGER);
            buffer.putLong(at + 1, table.getValue(), LITTLE_ENDIAN);
            small.limit(at + 1 + Long.BYTES);
        }
        small.finish(true, commitSequence.getAsLong(), 0, 0);
        send(request.session.client, small);
    }

    private void write(AttachedClient client, DirectBuffer message, int lengthBytes) {
        if (client.gone) {
            return;
        }
        try {
            client.writer.write(message, 0, lengthBytes);
            if (tap != null) {
                tap.sent(client, message, lengthBytes);
            }
            counters.replies.incrementOrdered();
            counters.bytesOut.getAndAddOrdered(lengthBytes);
            if (client.cycle.onWritten(lengthBytes)) {
                counters.cyclesRolled.incrementOrdered();
            }
        } catch (CleatException e) {
            client.lostReply = true;
            errors.onError("a reply to " + client + " could not be written", e);
        }
    }

    private static Outcome outcome(Failed reason, boolean isSure) {
        return switch (reason.outcome()) {
            case NOT_APPLIED -> isSure ? Outcome.NOT_APPLIED : Outcome.UNKNOWN;
            case APPLIED -> Outcome.APPLIED;
            case UNKNOWN -> Outcome.UNKNOWN;
        };
    }

    private static byte[] bounded(String text) {
        final byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return utf8.length <= MAX_MESSAGE_BYTES ? utf8 : Arrays.copyOf(utf8, MAX_MESSAGE_BYTES);
    }
}
