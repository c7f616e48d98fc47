// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.cleat.coordinator.sqlite.StatementShape;
import io.cleat.protocol.Columns;
import io.cleat.protocol.PreparedRows;
import io.cleat.protocol.ValueWriter;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code Prepare}: rows that say what a statement takes and gives.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class StatementAnswer {
    private static final byte[] COLUMNS =
            Columns.of(PreparedRows.NAMES, PreparedRows.TYPES).encoded();

    private final ReplyProxy replies;
    private final LongSupplier commitSequence;
    private final ValueWriter values = new ValueWriter();
    private final ResultChunk chunk = new ResultChunk();
    private int chunkIndex;

    StatementAnswer(ReplyProxy replies, LongSupplier commitSequence) {
        this.replies = replies;
        this.commitSequence = commitSequence;
    }

    /**
     * Sends the answer, in as many chunks as it takes.
     *
     * @param request answered.
     * @param shape of its statement.
     * @param readOnly whether it changes nothing.
     * @throws ResultTooLargeException when a name is longer than a chunk.
     */
    void send(Request request, StatementShape shape, boolean readOnly) {
        chunkIndex = 0;
        begin(request, COLUMNS);
        row(
                request,
                PreparedRows.STATEMENT,
                null,
                shape.parameterCount(),
                null,
                null,
                readOnly ? PreparedRows.READ_ONLY : 0);
        for (final Map.Entry<Integer, String> name : shape.parameterNames().entrySet()) {
            row(request, PreparedRows.PARAMETER, name.getValue(), name.getKey(), null, null, 0);
        }
        for (int i = 0; i < shape.columns().size(); i++) {
            final StatementShape.Column column = shape.columns().get(i);
            row(
                    request,
                    PreparedRows.COLUMN,
                    column.name(),
                    i,
                    column.declaredType(),
                    column.tableName(),
                    (column.notNull() ? PreparedRows.NOT_NULL : 0)
                            | (column.primaryKey() ? PreparedRows.PRIMARY_KEY : 0)
                            | (column.autoIncrement() ? PreparedRows.AUTO_INCREMENT : 0));
        }
        chunk.finish(true, commitSequence.getAsLong(), 0, 0);
        replies.send(request.session.client, chunk);
    }

    private void begin(Request request, byte @Nullable [] columns) {
        chunk.begin(replies.epoch(), request.sequence, request.session.id, chunkIndex, columns, true);
        chunkIndex++;
    }

    private void row(
            Request request,
            int what,
            @Nullable String name,
            int number,
            @Nullable String declaredType,
            @Nullable String tableName,
            int flags) {
        values.clear();
        values.writeLong(what);
        values.writeObject(name);
        values.writeLong(number);
        values.writeObject(declaredType);
        values.writeObject(tableName);
        values.writeLong(flags);
        final int lengthBytes = values.lengthBytes();
        if (chunk.rowBytes() > 0 && chunk.rowBytes() + Integer.BYTES + lengthBytes > ResultChunk.TARGET_ROW_BYTES) {
            chunk.finish(false, commitSequence.getAsLong(), 0, 0);
            replies.send(request.session.client, chunk);
            begin(request, null);
        }
        if (Integer.BYTES + lengthBytes > ResultChunk.MAX_ROW_BYTES) {
            throw new ResultTooLargeException("a name of the statement is too long: bytes=" + lengthBytes
                    + " limitBytes=" + ResultChunk.MAX_ROW_BYTES);
        }
        final int at = chunk.limit();
        chunk.buffer().putInt(at, lengthBytes, LITTLE_ENDIAN);
        chunk.buffer().putBytes(at + Integer.BYTES, values.buffer(), 0, lengthBytes);
        chunk.limit(at + Integer.BYTES + lengthBytes);
    }
}
