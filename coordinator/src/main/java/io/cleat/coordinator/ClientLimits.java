// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;

/**
 * What a coordinator keeps for one client at most, so that none can take the memory that all need. What is beyond is answered
 * {@link ErrorCode#LIMIT}, without effect, and the client can go on. Immutable; any thread.
 *
 * @param requests that wait, or whose results are not sent to their end: 16 to 1,000,000; 4,096 by default. What ends a transaction or a
 *     session may go to twice as many.
 * @param bytes of those requests, and of requests that arrive in pieces: 1 MiB and up; by default 64 MiB, or an eighth of the heap if that
 *     is less. One request that is longer alone is taken all the same, up to {@link CoordinatorContext#maxRequestBytes}, while nothing
 *     else of the client waits.
 * @param results that are open, i.e. not sent to their end: 1 to 100,000; 1,000 by default.
 * @param sessions 1 to 1,000,000; 10,000 by default.
 * @param statementBytes of the statement texts that are kept under a number: 64 KiB and up; 4 MiB by default.
 * @param interestTables of which it may want to know by name: 1 to 1,000,000; 4,096 by default.
 */
public record ClientLimits(
        int requests, long bytes, int results, int sessions, long statementBytes, int interestTables) {
    private static final long MIB = 1L << 20;
    private static final int HEAP_PART = 8;

    /** Checks the ranges; throws {@link CleatException} of code MISUSE naming the value outside. */
    public ClientLimits {
        within("requests", requests, 16, 1_000_000);
        within("bytes", bytes, MIB, Long.MAX_VALUE);
        within("results", results, 1, 100_000);
        within("sessions", sessions, 1, 1_000_000);
        within("statementBytes", statementBytes, 64 << 10, Long.MAX_VALUE);
        within("interestTables", interestTables, 1, 1_000_000);
    }

    /** {@return the defaults, for the heap of this JVM} */
    public static ClientLimits defaults() {
        final long part = Runtime.getRuntime().maxMemory() / HEAP_PART;
        return new ClientLimits(4096, Math.max(MIB, Math.min(64 * MIB, part)), 1000, 10_000, 4 * MIB, 4096);
    }

    /**
     * With another number of requests.
     *
     * @param value 16 to 1,000,000.
     * @return a copy.
     */
    public ClientLimits requests(int value) {
        return new ClientLimits(value, bytes, results, sessions, statementBytes, interestTables);
    }

    /**
     * With another number of bytes of requests.
     *
     * @param value 1 MiB and up.
     * @return a copy.
     */
    public ClientLimits bytes(long value) {
        return new ClientLimits(requests, value, results, sessions, statementBytes, interestTables);
    }

    /**
     * With another number of open results.
     *
     * @param value 1 to 100,000.
     * @return a copy.
     */
    public ClientLimits results(int value) {
        return new ClientLimits(requests, bytes, value, sessions, statementBytes, interestTables);
    }

    /**
     * With another number of sessions.
     *
     * @param value 1 to 1,000,000.
     * @return a copy.
     */
    public ClientLimits sessions(int value) {
        return new ClientLimits(requests, bytes, results, value, statementBytes, interestTables);
    }

    /**
     * With another number of bytes of kept statement texts.
     *
     * @param value 64 KiB and up.
     * @return a copy.
     */
    public ClientLimits statementBytes(long value) {
        return new ClientLimits(requests, bytes, results, sessions, value, interestTables);
    }

    /**
     * With another number of tables by name in an interest.
     *
     * @param value 1 to 1,000,000.
     * @return a copy.
     */
    public ClientLimits interestTables(int value) {
        return new ClientLimits(requests, bytes, results, sessions, statementBytes, value);
    }

    private static void within(String name, long value, long low, long high) {
        if (value < low || value > high) {
            throw new CleatException(
                    ErrorCode.MISUSE, "clientLimits." + name + "=" + value + " is outside " + low + " to " + high);
        }
    }
}
