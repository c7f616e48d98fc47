// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.util.concurrent.TimeUnit;

/** Opens a store, gets one row, and closes it, again and again; the time is from open to the row. One thread. */
final class Attaching implements Work {
    private final WorkerArguments arguments;

    Attaching(WorkerArguments arguments) {
        this.arguments = arguments;
    }

    @Override
    public Tally round(double seconds) throws Exception {
        final Tally tally = new Tally();
        final long roundNs = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        final long beginNs = System.nanoTime();
        do {
            final long startNs = System.nanoTime();
            try (Store store = Worker.openStore(arguments)) {
                store.select(1);
                final long nowNs = System.nanoTime();
                tally.record(nowNs - startNs, 1, true);
            }
        } while (System.nanoTime() - beginNs < roundNs);
        tally.end(System.nanoTime() - beginNs, 0);
        return tally;
    }

    @Override
    public void close() {}
}
