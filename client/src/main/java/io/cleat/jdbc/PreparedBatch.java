// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.Batch;
import io.cleat.BatchResult;
import io.cleat.Cancellation;
import io.cleat.CleatException;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.StatementDescription;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a prepared statement's batch. They are sent as one request, which is applied as a whole; since JDBC's batches are not, the rows before one
 * that fails are sent again.
 *
 * <p>Threading: that of the statement.
 */
final class PreparedBatch {
    /** Of one request: what comes back is bounded. */
    private static final int MAX_ROWS = 100_000;

    private final JdbcPreparedStatement statement;
    private final String sql;
    private final List<@Nullable Object[]> rows = new ArrayList<>();

    PreparedBatch(JdbcPreparedStatement statement, String sql) {
        this.statement = statement;
        this.sql = sql;
    }

    void add(@Nullable Object[] row) {
        rows.add(row);
    }

    void clear() {
        rows.clear();
    }

    /** Runs all rows. */
    long[] run(StatementDescription description) throws SQLException {
        if (rows.isEmpty()) {
            return new long[0];
        }
        if (description.returnsRows()) {
            final SQLException refused = Misuse.of("batch entry 0: query returns results");
            throw BatchFailures.of("batch entry 0: query returns results", 0, new long[rows.size()], refused);
        }
        final Session session = statement.connection().sessionFor(description);
        final long[] counts = new long[rows.size()];
        for (int from = 0; from < counts.length; from += MAX_ROWS) {
            run(session, from, Math.min(from + MAX_ROWS, counts.length), counts);
        }
        return counts;
    }

    private void run(Session session, int from, int to, long[] counts) throws SQLException {
        try {
            send(session, from, to, counts);
        } catch (CleatException e) {
            final SQLException failure = statement.failed(e);
            final int failed = e instanceof SqlException sqlite && sqlite.batchRow() >= 0 ? sqlite.batchRow() : 0;
            int applied = from;
            try {
                if (failed > 0) {
                    send(session, from, from + failed, counts);
                    applied = from + failed;
                }
            } catch (CleatException again) {
                // It had rolled all back, the transaction too.
                failure.addSuppressed(again);
            }
            throw BatchFailures.of(
                    String.valueOf(failure.getMessage()),
                    failure.getErrorCode(),
                    Arrays.copyOf(counts, applied),
                    failure);
        }
    }

    private void send(Session session, int from, int to, long[] counts) {
        final Batch batch = new Batch().wantRowChangeCounts(true);
        for (int i = from; i < to; i++) {
            batch.add(sql, rows.get(i));
        }
        final Cancellation cancellation = new Cancellation();
        statement.running().batch(cancellation);
        try {
            final BatchResult result = session.withTimeout(statement.timeout())
                    .cancellable(cancellation)
                    .batch(batch);
            for (int i = from; i < to; i++) {
                counts[i] = result.rowChangeCounts().get(i - from);
            }
            if (result.lastRowId() != 0) {
                statement.connection().inserted(result.lastRowId());
            }
        } finally {
            statement.running().batch(null);
        }
    }
}
