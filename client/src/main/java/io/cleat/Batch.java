// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Exchange;
import io.cleat.client.RowCursor;
import io.cleat.protocol.TableKinds;
import io.cleat.protocol.ValueWriter;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows of parameters for a few statements, in the order to run. Each distinct SQL text travels once.
 *
 * <p>Not thread-safe: one owner at a time. Holds everything in memory, up to 1 GiB encoded.
 */
public final class Batch {
    private static final long MAX_LENGTH_BYTES = 1L << 30;

    private final Map<String, Integer> statements = new HashMap<>();
    private final ValueWriter statementBytes = new ValueWriter();
    private final ValueWriter rowBytes = new ValueWriter();
    private final Map<TableUpdate, TableKinds> announced = new LinkedHashMap<>();
    private int rowCount;
    private boolean wantsRowCounts;

    /** Begins an empty batch. */
    public Batch() {}

    /**
     * Adds a row.
     *
     * @param sql one statement.
     * @param args its parameters; see {@link SqlOperations} for the types.
     * @return this.
     * @throws IllegalArgumentException for a value without a storage class; the batch is as it was.
     * @throws CleatException of code LIMIT when the batch would grow beyond 1 GiB.
     */
    public Batch add(String sql, @Nullable Object... args) {
        final int length = rowBytes.lengthBytes();
        final int count = rowBytes.count();
        try {
            rowBytes.writeRowHead(statement(sql), args.length);
            for (Object value : args) {
                rowBytes.writeObject(value);
            }
            if (rowBytes.lengthBytes() > MAX_LENGTH_BYTES) {
                throw new CleatException(
                        ErrorCode.LIMIT, "batch: lengthBytes=" + rowBytes.lengthBytes() + " limit=1 GiB");
            }
        } catch (RuntimeException e) {
            rowBytes.truncate(length, count);
            throw e;
        }
        rowCount++;
        return this;
    }

    /**
     * Announces tables with the commit of the batch, beside those that SQLite says were changed: for changes that SQLite does not
     * see, such as those of a virtual table's own store.
     *
     * @param updates the tables.
     * @return this.
     */
    public Batch announce(TableUpdate... updates) {
        for (TableUpdate update : updates) {
            announced.put(update, TableKinds.of(update.table(), update.kind().bits()));
        }
        return this;
    }

    /**
     * Asks for {@link BatchResult#rowChangeCounts}, which costs a little: 13 bytes a row on their way back, 16 MiB at most outside a transaction. Default false.
     *
     * @param wanted whether they are to be known.
     * @return this.
     */
    public Batch wantRowChangeCounts(boolean wanted) {
        wantsRowCounts = wanted;
        return this;
    }

    /** {@return how many rows were added} */
    public int rowCount() {
        return rowCount;
    }

    /** Forgets all rows, statements and announcements. */
    public void clear() {
        statements.clear();
        statementBytes.clear();
        rowBytes.clear();
        announced.clear();
        rowCount = 0;
    }

    void send(Exchange exchange, int sessionId, long timeoutNs) {
        exchange.batch(
                sessionId,
                description(),
                statements.size(),
                statementBytes,
                announced(),
                rowCount,
                rowBytes,
                wantsRowCounts,
                timeoutNs);
    }

    boolean isEmpty() {
        return rowCount == 0 && announced.isEmpty();
    }

    byte[] announced() {
        return TableKinds.encode(announced.values());
    }

    /** Waits for the end. */
    BatchResult result(Exchange exchange) {
        final List<Long> counts;
        if (wantsRowCounts) {
            counts = new ArrayList<>(rowCount);
            final RowCursor rows = exchange.rows();
            while (rows.next()) {
                counts.add(rows.row().buffer().getLong(rows.row().offset(0), ByteOrder.LITTLE_ENDIAN));
            }
        } else {
            counts = List.of();
            exchange.awaitEnd();
        }
        return new BatchResult(
                rowCount, exchange.changeCount(), counts, exchange.lastRowId(), exchange.commitSequence());
    }

    /** The text to name in an error: the only statement, or how many there are. */
    private String description() {
        return statements.size() == 1
                ? statements.keySet().iterator().next()
                : "batch of " + rowCount + " rows of " + statements.size() + " statements";
    }

    private int statement(String sql) {
        final @Nullable Integer known = statements.get(sql);
        if (known != null) {
            return known;
        }
        statementBytes.writeRaw(sql.getBytes(StandardCharsets.UTF_8));
        final int index = statements.size();
        statements.put(sql, index);
        return index;
    }
}
