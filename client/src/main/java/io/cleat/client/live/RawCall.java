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

/**
 * A request that nobody waits for: collects the encoded rows of its reply and says when it has ended. What finds no room is sent
 * later, by the {@link Backlog}. In the lane; reusable.
 */
final class RawCall {
    /** The longest result, encoded, that is kept. */
    static final int MAX_RESULT_BYTES = 64 << 20;

    private final Connection connection;
    private final Lane lane;
    private final Backlog backlog;
    private final Exchange exchange;
    private final Runnable onEnd;
    private final Runnable step = this::step;
    private final RowBytes rows = new RowBytes();
    private boolean running;
    private @Nullable Consumer<Exchange> sender;
    private long sinceNs;
    private @Nullable CleatException failure;

    RawCall(Connection connection, Lane lane, Backlog backlog, Runnable onEnd) {
        this.connection = connection;
        this.lane = lane;
        this.backlog = backlog;
        this.exchange = connection.newExchange();
        this.onEnd = onEnd;
        exchange.neverWaitToSend();
        exchange.listener(() -> lane.post(step));
    }

    /** Sends a request; {@code onEnd} is called in a later task, also when it cannot be sent. */
    void send(Consumer<Exchange> newSender) {
        rows.clear();
        failure = null;
        running = true;
        connection.expect(1);
        sender = newSender;
        sinceNs = System.nanoTime();
        if (backlog.hasUnsent() || !trySend()) {
            // What was to be sent before stays before: of one session the order counts.
            backlog.addUnsent(this);
        }
    }

    /** False when it must be tried again. */
    boolean trySend() {
        final @Nullable Consumer<Exchange> sending = sender;
        if (sending == null) {
            return true;
        }
        try {
            sending.accept(exchange);
            if (!running) {
                return true; // The sender has given it up.
            }
            failure = exchange.isUnsent() ? exchange.unsentFailure(sinceNs) : null;
            if (failure == null && exchange.isUnsent()) {
                return false;
            }
        } catch (CleatException e) {
            failure = e;
        } catch (RuntimeException e) {
            failure = new CleatException(ErrorCode.IO, "a request of a live query was not sent: " + e, e);
        }
        sender = null;
        if (failure != null) {
            lane.post(step);
        }
        return true;
    }

    /** Has the credit sent that it owes. */
    void tryCredit() {
        step();
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
        if (failure == null && (sender != null || !isComplete())) {
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
            if (!complete && exchange.rows().owesCredit()) {
                backlog.addOwing(this);
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
        if (sender != null) {
            sender = null;
            backlog.removeUnsent(this);
        }
        connection.expect(-1);
    }
}
