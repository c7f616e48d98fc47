// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/**
 * What a worker repeats in a round. A round is a closed loop: the next operation starts when the one before has ended.
 *
 * <p>Used by the worker's main thread.
 */
interface Work extends AutoCloseable {
    /**
     * Works for so long.
     *
     * @param seconds of the round; an operation begun in time is finished.
     * @return what was done.
     */
    Tally round(double seconds) throws Exception;

    @Override
    void close() throws SQLException;

    /** One operation of a loop. */
    @FunctionalInterface
    interface Operation {
        /**
         * Does it.
         *
         * @param number grows by one each time.
         * @return units of work done: rows, or 1.
         */
        long run(long number) throws Exception;
    }

    /** Repeats one operation on one store, timing each, and counting what the thread allocates. */
    final class Loop implements Work {
        private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        private final Store store;
        private final Operation operation;
        private final boolean lasting;
        private long number;

        /**
         * Made for one kind of operation.
         *
         * @param lasting whether an operation may last as long as a round: then a round ends with its last operation, and all
         *     are counted. Else what ends late is not, so that a writer that hangs does not stretch the round of the others.
         */
        Loop(Store store, boolean lasting, Operation operation) {
            this.store = store;
            this.lasting = lasting;
            this.operation = operation;
        }

        @Override
        public Tally round(double seconds) {
            final Tally tally = new Tally();
            final long roundNs = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
            final long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
            final long beginNs = System.nanoTime();
            long nowNs = beginNs;
            while (nowNs - beginNs < roundNs) {
                final long startNs = System.nanoTime();
                try {
                    final long units = operation.run(number++);
                    nowNs = System.nanoTime();
                    tally.record(nowNs - startNs, units, lasting || nowNs - beginNs <= roundNs);
                } catch (Exception e) {
                    nowNs = System.nanoTime();
                    tally.recordError(nowNs - startNs);
                    Worker.complain(e, tally.errorCount());
                }
            }
            tally.end(lasting ? nowNs - beginNs : roundNs, THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore);
            return tally;
        }

        @Override
        public void close() throws SQLException {
            store.close();
        }
    }
}
