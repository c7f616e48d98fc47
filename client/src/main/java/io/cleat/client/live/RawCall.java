// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.client.Connection;
import io.cleat.client.Exchange;
import io.cleat.client.RowBytes;
import io.cleat.client.RowCursor;
import io.cleat.protocol.Columns;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A request that nobody waits for: collects the encoded rows of its reply and says when it has ended. In the lane; reusable. */
final class RawCall {
    /** The longest result, encoded, that is kept. */
    static final int MAX_RESULT_BYTES = 64 << 20;

    private final Connection connection;
    private final Lane lane;
    private final Exchange exchange;
    private final Runnable onEnd;
    private final Runnable step = this::step;
    private final RowBytes rows = new RowBytes();
    private boolean running;
    private @Nullable CleatException failure;

    RawCall(Connection connection, Lane lane, Runnable onEnd) {
        this.connection = connection;
        this.lane = lane;
        this.exchange = connection.newExchange();
        this.onEnd = onEnd;
        exchange.listener(() -> lane.post(step));
    }

    /** Sends a request; {@code onEnd} is called in a later task, also when it cannot be sent. */
    void send(Consumer<Exchange> sender) {
        rows.clear();
        failure = null;
        running = true;
        connection.expect(1);
        try {
            sender.accept(exchange);
        } catch (CleatException e) {
            failure = e;
            lane.post(step);
        } catch (RuntimeException e) {
            failure = new CleatException(ErrorCode.IO, "a request of a live query was not sent: " + e, e);
            lane.post(step);
        }
    }

    boolean isRunning() {
        return running;
    }

    /** Gives it up; {@code onEnd} is not called. */
    void abandon() {
        if (running) {
            end();
            exchange.abandon();
        }
    }

    /** Why it failed, or null; once ended. */
    @Nullable
    CleatException failure() {
        return failure;
    }

    long commitSequence() {
        return exchange.commitSequence();
    }

    /** The rows; the former ones themselves when they are the same. */
    EncodedRows rows(@Nullable EncodedRows former) {
        final @Nullable Columns columns = exchange.rows().columns();
        return EncodedRows.of(columns, rows, former);
    }

    private void step() {
        if (!running) {
            return;
        }
        if (failure == null && !isComplete()) {
            return;
        }
        end();
        onEnd.run();
    }

    private boolean isComplete() {
        try {
            final boolean complete = exchange.rows().collect(rows) == RowCursor.Step.END;
            if (rows.lengthBytes() > MAX_RESULT_BYTES) {
                throw new CleatException(
                        ErrorCode.LIMIT,
                        "the result of a live query is too large: lengthBytes>=" + rows.lengthBytes() + " limit="
                                + MAX_RESULT_BYTES);
            }
            return complete;
        } catch (CleatException e) {
            failure = e;
        } catch (RuntimeException e) {
            failure = new CleatException(ErrorCode.PROTOCOL, "the reply of a live query cannot be read: " + e, e);
        }
        // Whatever it was, nobody reads on: the coordinator's cursor need not wait for that.
        exchange.abandon();
        return true;
    }

    private void end() {
        running = false;
        connection.expect(-1);
    }
}
