// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqlSplitter;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteStatement;
import io.cleat.coordinator.sqlite.StatementInfo;
import io.cleat.coordinator.sqlite.StatementKind;
import io.cleat.protocol.Columns;
import io.cleat.protocol.ProtocolException;
import io.cleat.protocol.ValueReader;
import io.cleat.protocol.codec.BatchDecoder;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Runs one write request on the write connection: a statement, a batch, or a script. Knows no transaction: who calls it sees to that.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class StatementRunner {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final byte[] ROW_COUNT_COLUMNS =
            Columns.of(List.of("changes"), Collections.singletonList(null)).encoded();
    private static final int MAX_BATCH_STATEMENTS = 10_000;

    private final SqliteConnection writer;
    private final long epoch;
    private final WriterCounts counts;
    private final Parameters parameters = new Parameters();
    private final BatchDecoder batch = new BatchDecoder();

    StatementRunner(SqliteConnection writer, long epoch, WriterCounts counts) {
        this.counts = counts;
        this.writer = writer;
        this.epoch = epoch;
    }

    /**
     * Runs a request.
     *
     * @param run that holds it, and takes its counts and rows.
     * @throws BatchRowException when a row of a batch or a statement of a script fails; its cause is the failure.
     */
    void execute(WriteRun run) {
        final Request request = run.request();
        switch (request.kind) {
            case EXECUTE -> {
                if (request.script) {
                    script(run, request);
                } else {
                    statement(run, request);
                }
            }
            case BATCH -> batch(run, request);
            default -> throw new IllegalStateException("not a write: " + request);
        }
    }

    private void statement(WriteRun run, Request request) {
        final KnownStatement known = statementOf(request);
        run.updates = request.updates;
        try (SqliteStatement statement = writer.prepare(known.sql)) {
            parameters.bind(request, statement);
            if (statement.columnCount() == 0) {
                statement.run();
            } else {
                returning(run, statement);
            }
        }
        if (request.kindOfStatement != StatementKind.WRITE) {
            run.changedSchema = request.kindOfStatement != StatementKind.READ;
            return;
        }
        run.changeCount = writer.changes();
        if (request.wantsLastRowId && run.changeCount > 0 && request.insertsRowId) {
            run.lastRowId = writer.lastInsertRowId();
        }
    }

    private void returning(WriteRun run, SqliteStatement statement) {
        // Before the first step, which changes everything: what cannot be told is not done.
        byte[] columns = KnownStatement.describe(statement);
        final int version = statement.columnsVersion();
        boolean row = statement.step();
        if (version != statement.columnsVersion()) {
            columns = KnownStatement.describe(statement);
        }
        final int columnCount = statement.columnCount();
        ResultChunk chunk = run.chunk(epoch, columns);
        while (row) {
            final LargeRow large = RowEncoder.encode(statement, columnCount, chunk);
            while (large != null && !large.isEmpty()) {
                large.moveTo(chunk, ResultChunk.MAX_ROW_BYTES - chunk.rowBytes());
                chunk = run.chunk(epoch, columns);
            }
            chunk = run.chunk(epoch, columns);
            row = statement.step();
        }
    }

    private void script(WriteRun run, Request request) {
        final List<String> statements = SqlSplitter.split(statementOf(request).sql);
        for (int i = 0; i < statements.size(); i++) {
            final String sql = statements.get(i);
            try {
                if (!SqlSplitter.isScriptFrame(sql)) {
                    run.changeCount += scriptStatement(run, sql);
                }
            } catch (RuntimeException e) {
                throw new BatchRowException(i, e);
            }
        }
    }

    private long scriptStatement(WriteRun run, String sql) {
        final StatementInfo info = writer.describe(sql);
        Admission.checkInBatch(info, sql);
        if (info.usesConnectionState()) {
            counts.ask(run.request().session.counts);
        }
        final long before = writer.totalChanges();
        writer.exec(sql);
        if (info.kind() == StatementKind.SCHEMA) {
            run.changedSchema = true;
            return 0;
        }
        if (writer.totalChanges() != before || info.kind() == StatementKind.SCHEMA) {
            run.updates = run.updates.with(info.changes());
        }
        final long changed =
                info.kind() != StatementKind.WRITE || writer.totalChanges() == before ? 0 : writer.changes();
        if (changed > 0 && info.insertsRowId()) {
            run.lastRowId = writer.lastInsertRowId();
        }
        return changed;
    }

    private void batch(WriteRun run, Request request) {
        batch.wrap(request.message, 0, request.blockLength, request.version);
        final int statementCount = batch.statementCount();
        final int rowCount = batch.rowCount();
        if (statementCount < 0 || statementCount > MAX_BATCH_STATEMENTS || rowCount < 0) {
            throw new ProtocolException("batch: statementCount=" + statementCount + " limit=" + MAX_BATCH_STATEMENTS
                    + " rowCount=" + rowCount);
        }
        final List<String> texts = texts(request, statementCount);
        final int announcedLength = batch.announcedLength();
        if (announcedLength > 0) {
            run.announced = TableUpdates.of(TableLists.decode(
                    request.message, batch.limit() + BatchDecoder.announcedHeaderLength(), announcedLength));
        }
        batch.skipAnnounced();
        final boolean rowCounts = batch.flags().rOW_COUNTS();
        final int rowsLength = batch.rowsLength();
        final int rowsOffset = batch.limit() + BatchDecoder.rowsHeaderLength();
        final BatchStatements statements = new BatchStatements(writer, texts, counts, request.session.counts);
        try {
            rows(run, request, statements, rowCount, rowsOffset, rowsLength, rowCounts);
            run.changedSchema |= statements.changedSchema();
            run.updates = statements.updates();
            if (statements.inserted()) {
                run.lastRowId = writer.lastInsertRowId();
            }
        } finally {
            statements.close();
        }
    }

    private void rows(
            WriteRun run,
            Request request,
            BatchStatements statements,
            int rowCount,
            int offset,
            int lengthBytes,
            boolean rowCounts) {
        final ValueReader values = new ValueReader();
        int at = offset;
        final int end = offset + lengthBytes;
        for (int i = 0; i < rowCount; i++) {
            final int index = end - at < 6 ? -1 : request.message.getInt(at, ORDER);
            if (index < 0 || index >= statements.count()) {
                throw new ProtocolException("batch: row=" + i + " statement=" + index + " bytesLeft=" + (end - at));
            }
            final int count = request.message.getShort(at + Integer.BYTES, ORDER) & 0xffff;
            values.wrap(request.message, at + 6, end - at - 6);
            try {
                final long changed = statements.run(index, values, count);
                run.changeCount += changed;
                if (rowCounts) {
                    RowEncoder.encode(changed, run.chunk(epoch, ROW_COUNT_COLUMNS));
                }
            } catch (RuntimeException e) {
                throw new BatchRowException(i, e);
            }
            at = values.offset();
        }
    }

    private List<String> texts(Request request, int statementCount) {
        final int length = batch.statementsLength();
        int at = batch.limit() + BatchDecoder.statementsHeaderLength();
        if (length < 0 || length > request.message.capacity() - at) {
            throw new ProtocolException(
                    "batch: statementsLength=" + length + " bytesLeft=" + (request.message.capacity() - at));
        }
        final int end = at + length;
        final List<String> texts = new ArrayList<>(statementCount);
        for (int i = 0; i < statementCount; i++) {
            final int textLength = end - at < Integer.BYTES ? -1 : request.message.getInt(at, ORDER);
            at += Integer.BYTES;
            if (textLength < 0 || textLength > end - at) {
                throw new ProtocolException(
                        "batch: statement=" + i + " length=" + textLength + " bytesLeft=" + (end - at));
            }
            final byte[] utf8 = new byte[textLength];
            request.message.getBytes(at, utf8);
            texts.add(new String(utf8, StandardCharsets.UTF_8));
            at += textLength;
        }
        batch.limit(end);
        return texts;
    }

    private static KnownStatement statementOf(Request request) {
        final KnownStatement known = request.statement;
        if (known == null) {
            throw new IllegalStateException("no statement: " + request);
        }
        return known;
    }
}
