// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.client.Connection;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Delivers to one listener on the completion executor, one step at a time, whichever thread of the executor runs it.
 *
 * <p>{@code signal} is for any thread.
 */
public abstract class Delivery implements Runnable {
    private final Connection connection;
    private final AtomicInteger signals = new AtomicInteger();
    private final Runnable submit = this::submit;

    /**
     * Delivers over a connection's executor.
     *
     * @param connection it belongs to.
     */
    protected Delivery(Connection connection) {
        this.connection = connection;
    }

    /** Delivers everything that can be delivered now; user code runs here. Throws nothing. */
    protected abstract void deliver();

    /** There is something to deliver. A thread that does not poll calls {@link Connection#runLater} afterwards. */
    protected final void signal() {
        if (signals.getAndIncrement() == 0) {
            connection.later(submit);
        }
    }

    /** Runs user code; what it throws goes to the error handler. */
    protected final void guarded(Runnable userCode) {
        try {
            userCode.run();
        } catch (RuntimeException | Error e) {
            connection.onError(e);
        }
    }

    /** {@return the connection} */
    protected final Connection connection() {
        return connection;
    }

    @Override
    public final void run() {
        int seen = signals.get();
        do {
            deliver();
            seen = signals.addAndGet(-seen);
        } while (seen != 0);
    }

    private void submit() {
        try {
            connection.completions().execute(this);
        } catch (RuntimeException | Error e) {
            // The executor was shut down, or has no thread: the listener has to learn of the end all the same.
            run();
        }
    }
}
