// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import io.cleat.client.Exchange;
import io.cleat.client.live.EncodedRows;
import org.jspecify.annotations.Nullable;

/**
 * Asks what became of requests, in a session of its own: it does not wait for what it asks about. Rare, so it allocates.
 *
 * <p>Thread-safe: the session's requests are answered each by itself.
 */
final class OutcomeCalls {
    private static final int STATE = 0;
    private static final int CHANGE_COUNT = 1;
    private static final int LAST_ROW_ID = 2;
    private static final int COMMIT_SEQUENCE = 3;
    private static final int COLUMNS = 4;
    private static final int ROWS = 5;

    private final Connection connection;
    private int sessionId = -1; // guarded by this

    OutcomeCalls(Connection connection) {
        this.connection = connection;
    }

    RequestOutcome ask(RequestId id, long timeoutNs) {
        final Exchange exchange = connection.newExchange();
        exchange.askOutcome(session(), id.clientId(), id.sequence(), timeoutNs);
        exchange.awaitStart();
        try (Rows rows = new Rows(exchange, null).opened()) {
            if (!rows.next()) {
                throw new CleatException(ErrorCode.PROTOCOL, "no answer to what became of request " + id);
            }
            final RequestOutcome outcome = decode(id, rows);
            rows.next();
            return outcome;
        }
    }

    private static RequestOutcome decode(RequestId id, Rows row) {
        final byte @Nullable [] columns = row.getBytes(COLUMNS);
        final byte @Nullable [] rows = row.getBytes(ROWS);
        return new RequestOutcome(
                id,
                state(row.getInt(STATE)),
                new UpdateResult(row.getLong(CHANGE_COUNT), row.getLong(LAST_ROW_ID), row.getLong(COMMIT_SEQUENCE)),
                columns == null || rows == null ? null : EncodedRows.of(columns, rows));
    }

    private static RequestOutcome.State state(int number) {
        return switch (number) {
            case 0 -> RequestOutcome.State.NOT_APPLIED;
            case 1 -> RequestOutcome.State.APPLIED;
            case 2 -> RequestOutcome.State.UNDECIDED;
            case 3 -> RequestOutcome.State.FORGOTTEN;
            default -> throw new CleatException(ErrorCode.PROTOCOL, "an unknown state of a request: state=" + number);
        };
    }

    private synchronized int session() {
        if (sessionId < 0) {
            sessionId = connection.takeSessionId();
        }
        return sessionId;
    }
}
