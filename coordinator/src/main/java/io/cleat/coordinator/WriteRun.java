// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A write request and what came of it, until it is answered: counts, rows of RETURNING, or the failure.
 *
 * <p>Not thread-safe: the conductor's. Reused.
 */
final class WriteRun {
    /** Rows that a write outside a transaction may return, in bytes: they are held until its commit. */
    static final long MAX_RETURNED_BYTES = 16L << 20;

    private final List<ResultChunk> chunks = new ArrayList<>();
    private final List<ResultChunk> free = new ArrayList<>();
    private @Nullable Request request;
    long changeCount;
    long lastRowId;
    boolean changedSchema;

    /** Whether it has changed any row, the schema aside. */
    boolean changed;

    /** What it can have changed; what it did, once it ran. */
    TableUpdates updates = TableUpdates.NONE;

    /** What its client says of it beside that. */
    TableUpdates announced = TableUpdates.NONE;

    @Nullable
    Failed failed;

    private final SessionCounts countsBefore = new SessionCounts();
    private boolean hasCounts;
    private long returnedBytes;

    Request request() {
        final Request current = request;
        if (current == null) {
            throw new IllegalStateException("no request");
        }
        return current;
    }

    /**
     * Begins, or begins again.
     *
     * @param toRun the request.
     * @return this.
     */
    WriteRun begin(Request toRun) {
        free.addAll(chunks);
        chunks.clear();
        request = toRun;
        changeCount = 0;
        lastRowId = 0;
        changedSchema = false;
        changed = false;
        updates = TableUpdates.NONE;
        announced = TableUpdates.NONE;
        failed = null;
        hasCounts = false;
        returnedBytes = 0;
        return this;
    }

    /** It is about to count for its session. */
    void keepCounts() {
        countsBefore.set(request().session.counts);
        hasCounts = true;
    }

    /** What it did never happened: nor did it count. Those of later runs first. */
    void undoCounts() {
        if (hasCounts) {
            hasCounts = false;
            request().session.counts.set(countsBefore);
        }
    }

    /** Its commit failed: as a statement that fails, it has changed nothing. */
    void uncount() {
        if (hasCounts) {
            final SessionCounts counts = request().session.counts;
            counts.total = countsBefore.total;
            counts.changes = 0;
        }
    }

    /**
     * The chunk to which the next row goes.
     *
     * @param epoch of the coordinator.
     * @param columns encoded, for the first chunk.
     * @return a chunk with room.
     * @throws ResultTooLargeException when too many rows are held already.
     */
    ResultChunk chunk(long epoch, byte[] columns) {
        if (!chunks.isEmpty()) {
            final ResultChunk last = chunks.get(chunks.size() - 1);
            if (last.rowBytes() < ResultChunk.TARGET_ROW_BYTES) {
                return last;
            }
            returnedBytes += last.rowBytes();
            if (returnedBytes > MAX_RETURNED_BYTES) {
                throw new ResultTooLargeException(
                        "a write outside a transaction returns more rows than are held until its commit: "
                                + "limitBytes=" + MAX_RETURNED_BYTES
                                + "; run it in a transaction, where its rows are streamed");
            }
        }
        final ResultChunk next = free.isEmpty() ? new ResultChunk() : free.remove(free.size() - 1);
        final Request current = request();
        next.begin(epoch, current.sequence, current.session.id, chunks.size(), chunks.isEmpty() ? columns : null, true);
        chunks.add(next);
        return next;
    }

    /** Forgets the request, and keeps little memory. */
    void end() {
        free.addAll(chunks);
        chunks.clear();
        while (free.size() > 1) {
            free.remove(free.size() - 1);
        }
        request = null;
        updates = TableUpdates.NONE;
        announced = TableUpdates.NONE;
        failed = null;
    }

    /**
     * Writes down what came of it.
     *
     * @param evidence takes it.
     * @param commitSequence after its commit.
     */
    void stage(Evidence evidence, long commitSequence) {
        if (failed == null) {
            final ResultChunk rows = chunks.size() == 1 ? chunks.get(0) : null;
            evidence.stage(request(), changeCount, lastRowId, commitSequence, rows, chunks.size() > 1);
        }
    }

    /**
     * Answers the request.
     *
     * @param replies takes the answer.
     * @param commitSequence of its commit.
     */
    void reply(ReplyProxy replies, long commitSequence) {
        final Request current = request();
        final Failed failure = failed;
        if (failure != null) {
            replies.failed(current.session, current.sequence, failure);
        } else if (chunks.isEmpty()) {
            replies.done(current, changeCount, lastRowId);
        } else {
            for (int i = 0; i < chunks.size(); i++) {
                final ResultChunk chunk = chunks.get(i);
                chunk.finish(i == chunks.size() - 1, commitSequence, changeCount, lastRowId);
                replies.send(current.session.client, chunk);
            }
        }
    }
}
