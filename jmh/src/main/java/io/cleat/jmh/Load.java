// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

/**
 * What the workers of a case do. Immutable.
 *
 * @param role of {@link Worker}, on both sides.
 * @param synchronous FULL or NORMAL.
 * @param spinning whether client and coordinator spin while they wait; only where JVMs are at most as many as cores.
 * @param many whether there are several JVMs on each side, else one.
 * @param jdbc whether ours goes by JDBC too, else by the client API.
 * @param outstanding requests that each of our writers keeps on their way; the baseline can only do 1.
 * @param rowCount rows of the table at the start.
 */
record Load(
        String role, String synchronous, boolean spinning, boolean many, boolean jdbc, int outstanding, int rowCount) {
    private static final int BATCH_ROW_COUNT = 1000;

    /** One JVM on each side, one request at a time, 100,000 rows. */
    static Load one(String role, String synchronous, boolean spinning) {
        return new Load(role, synchronous, spinning, false, false, 1, 100_000);
    }

    /** Several writer JVMs on each side, an almost empty table, idle strategies as by default. */
    static Load many(String role, String synchronous, int outstanding) {
        return new Load(role, synchronous, false, true, false, outstanding, 100);
    }

    /** {@return the same on another table} */
    Load withRowCount(int count) {
        return new Load(role, synchronous, spinning, many, jdbc, outstanding, count);
    }

    /** {@return the same by JDBC on both sides} */
    Load byJdbc() {
        return new Load(role, synchronous, spinning, many, true, outstanding, rowCount);
    }

    /** {@return the arguments of a worker; side and database are missing} */
    WorkerArguments arguments(BenchOptions options) {
        return WorkerArguments.of(role)
                .with("synchronous", synchronous)
                .with("spinning", spinning)
                .with("jdbc", jdbc)
                .with("outstanding", outstanding)
                .with("batchRowCount", BATCH_ROW_COUNT)
                .with("rowCount", options.scaled(rowCount));
    }

    /** {@return how many JVMs work on each side} */
    int workerCount(BenchOptions options) {
        return many ? options.writerCount() : 1;
    }

    /** {@return how long each side works before it is measured} */
    double warmUpSeconds(BenchOptions options) {
        return many ? 2 * options.warmUpSeconds() : options.warmUpSeconds();
    }
}
