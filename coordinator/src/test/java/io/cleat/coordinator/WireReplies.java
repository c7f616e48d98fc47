// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.protocol.StorageClass;
import io.cleat.protocol.ValueReader;
import io.cleat.protocol.codec.ClosingDecoder;
import io.cleat.protocol.codec.FailureDecoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.Outcome;
import io.cleat.protocol.codec.ResultDecoder;
import io.cleat.protocol.codec.Stage;
import io.cleat.protocol.codec.TableUpdatesDecoder;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** What a {@link WireClient} was sent, decoded. One thread only. */
final class WireReplies {
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
            String message,
            Outcome outcome) {
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
    private final List<Update> updates = new ArrayList<>();

    private final List<Reply> received = new ArrayList<>();
    private int seen;
    private @Nullable String closing;
    private boolean successor;
    private byte[] pendingRow = new byte[0];

    List<Update> updates() {
        return updates;
    }

    /** Those that nobody has taken. */
    List<Reply> received() {
        return received;
    }

    /** How many results have come. */
    int seen() {
        return seen;
    }

    /** Why the coordinator said goodbye, or null. */
    @Nullable
    String closing() {
        return closing;
    }

    /** Whether it said that another one follows. */
    boolean hasSuccessor() {
        return successor;
    }

    boolean isComplete(long sequence) {
        return received.stream().anyMatch(r -> r.sequence() == sequence && (r.last() || r.isFailure()));
    }

    /** The last reply to a request, with the rows of all before it. */
    Reply take(long sequence) {
        final Reply reply = received.stream()
                .filter(r -> r.sequence() == sequence && (r.last() || r.isFailure()))
                .findFirst()
                .orElseThrow();
        final List<List<Object>> rows = received.stream()
                .filter(r -> r.sequence() == sequence)
                .flatMap(r -> r.rows().stream())
                .toList();
        received.removeIf(r -> r.sequence() == sequence);
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
                reply.message(),
                reply.outcome());
    }

    void decode(DirectBuffer record, int offset) {
        final MessageHeaderDecoder head = new MessageHeaderDecoder().wrap(record, offset);
        final int at = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        switch (head.templateId()) {
            case ResultDecoder.TEMPLATE_ID -> {
                final ResultDecoder result = new ResultDecoder().wrap(record, at, head.blockLength(), head.version());
                result.skipColumns();
                seen++;
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
                        "",
                        Outcome.NULL_VAL));
            }
            case FailureDecoder.TEMPLATE_ID -> {
                final FailureDecoder failure =
                        new FailureDecoder().wrap(record, at, head.blockLength(), head.version());
                final int code = failure.errorCode();
                final int sqlite = failure.sqliteCode();
                final long failed = failure.sequence();
                final Outcome outcome = failure.outcome();
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
                        new String(message, StandardCharsets.UTF_8),
                        outcome));
            }
            case ClosingDecoder.TEMPLATE_ID -> {
                final ClosingDecoder decoder =
                        new ClosingDecoder().wrap(record, at, head.blockLength(), head.version());
                successor = decoder.successor() == 1;
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
                        seen));
            }
            default -> throw new AssertionError("templateId=" + head.templateId());
        }
    }

    /** Rows may cross chunks; one result at a time is supposed to do so. */
    private List<List<Object>> rows(byte[] chunk) {
        final byte[] bytes = new byte[pendingRow.length + chunk.length];
        System.arraycopy(pendingRow, 0, bytes, 0, pendingRow.length);
        System.arraycopy(chunk, 0, bytes, pendingRow.length, chunk.length);
        final UnsafeBuffer view = new UnsafeBuffer(bytes);
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
        pendingRow = Arrays.copyOfRange(bytes, at, bytes.length);
        return rows;
    }
}
