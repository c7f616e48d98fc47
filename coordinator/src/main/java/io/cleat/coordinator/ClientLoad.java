// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;

/**
 * What the coordinator keeps for one client at this moment, against its {@link ClientLimits}. Whoever adds takes away again, on every way
 * a request can end.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class ClientLoad {
    /** What a kept request takes besides its message: the object, its buffer, its place in a queue. */
    static final int REQUEST_OVERHEAD_BYTES = 512;

    final ClientLimits limits;
    private int requests;
    private long bytes;
    private int results;
    private long statementBytes;

    ClientLoad(ClientLimits limits) {
        this.limits = limits;
    }

    /**
     * A request is to be kept.
     *
     * @param request not counted yet.
     * @throws CleatException LIMIT when there are too many; then nothing is counted.
     */
    void add(Request request) {
        final long more = bytesOf(request);
        // Without what ends things, a client at its limit could not even give up what it holds.
        final int factor = request.endsSomething() ? 2 : 1;
        if (requests >= factor * limits.requests()) {
            throw new CleatException(
                    ErrorCode.LIMIT,
                    "too many requests of this client wait: waiting=" + requests + " limit=" + limits.requests() + " "
                            + request);
        }
        checkBytes(more, 0, factor, request.toString());
        requests++;
        bytes += more;
    }

    /**
     * A request is not kept any more.
     *
     * @param request that was added.
     */
    void remove(Request request) {
        requests--;
        bytes -= bytesOf(request);
    }

    /**
     * Pieces of a request need memory.
     *
     * @param more bytes that they need now.
     * @param before bytes that were added for the same request.
     * @throws CleatException LIMIT when it is too much; then nothing is counted.
     */
    void addPieces(long more, long before) {
        checkBytes(more, before, 1, "a request in pieces");
        bytes += more;
    }

    /**
     * The memory of pieces is given back.
     *
     * @param held bytes that were added for the request.
     */
    void removePieces(long held) {
        bytes -= held;
    }

    /** A result is to be opened; throws {@link CleatException} of code LIMIT when there are too many. */
    void addResult() {
        checkResults();
        results++;
    }

    /** Throws {@link CleatException} of code LIMIT when no result can be opened. */
    void checkResults() {
        if (results >= limits.results()) {
            throw new CleatException(
                    ErrorCode.LIMIT,
                    "too many results of this client are open: open=" + results + " limit=" + limits.results()
                            + "; read them to their end, or close them");
        }
    }

    /** A result has ended. */
    void removeResult() {
        results--;
    }

    /**
     * A statement text is to be kept under a number.
     *
     * @param more bytes of the text, less those of the one it takes the place of.
     * @throws CleatException LIMIT when it is too much; then nothing is counted.
     */
    void addStatement(long more) {
        if (more > 0 && statementBytes + more > limits.statementBytes()) {
            throw new CleatException(
                    ErrorCode.LIMIT,
                    "the statements kept for this client are too long: keptBytes=" + statementBytes + " moreBytes="
                            + more + " limitBytes=" + limits.statementBytes());
        }
        statementBytes += more;
    }

    int requests() {
        return requests;
    }

    long bytes() {
        return bytes;
    }

    int results() {
        return results;
    }

    long statementBytes() {
        return statementBytes;
    }

    /** One that is too long alone may come alone: who has nothing else waiting takes no more than a single request. */
    private void checkBytes(long more, long ofTheSame, int factor, String what) {
        if (bytes + more > factor * limits.bytes() && bytes > ofTheSame) {
            throw new CleatException(
                    ErrorCode.LIMIT,
                    "the requests of this client that wait are too long: waitingBytes=" + bytes + " moreBytes=" + more
                            + " limitBytes=" + limits.bytes() + " " + what);
        }
    }

    private static long bytesOf(Request request) {
        return REQUEST_OVERHEAD_BYTES + (long) request.message.capacity();
    }
}
