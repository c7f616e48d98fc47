// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

/**
 * What a coordinator counts. Ids are never reused; new ones are appended.
 *
 * <p>Threading: immutable.
 */
public enum SystemCounter {
    /** Requests taken from the queue. */
    REQUESTS(0, "requests received"),
    /** Replies written. */
    REPLIES(1, "replies written"),
    /** Bytes of requests. */
    REQUEST_BYTES(2, "request bytes received"),
    /** Bytes of replies. */
    REPLY_BYTES(3, "reply bytes written"),
    /** SQLite commits. */
    COMMITS(4, "commits"),
    /** Commits that more than one request shared. */
    GROUP_COMMITS(5, "commits shared by several requests"),
    /** The most requests that shared one commit. */
    GROUP_SIZE_MAX(6, "requests in the largest shared commit"),
    /** Reads that the writing thread ran itself. */
    READS_INLINE(7, "reads run by the writing thread"),
    /** Reads that ran on the pool. */
    READS_ON_POOL(8, "reads run on the pool"),
    /** Reads that took long and were moved to the pool. */
    READS_MOVED_TO_POOL(9, "reads moved to the pool"),
    /** Requests that failed. */
    ERRORS(10, "requests failed"),
    /** Requests that were cancelled. */
    CANCELLED(11, "requests cancelled"),
    /** Requests that were not executed because their deadline had passed. */
    DEADLINE_EXCEEDED(12, "requests past their deadline"),
    /** Clients that were attached. */
    CLIENTS_ATTACHED(13, "clients attached"),
    /** Clients that were refused. */
    CLIENTS_REFUSED(14, "clients refused"),
    /** Clients that said goodbye. */
    CLIENTS_DETACHED(15, "clients detached"),
    /** Clients whose lock was found free. */
    CLIENTS_DIED(16, "clients died"),
    /** Queue files that were deleted. */
    PRUNES(17, "queue files pruned"),
    /** Roll cycles that were begun. */
    CYCLES_ROLLED(18, "queue cycles rolled"),
    /** Checkpoints of the write-ahead log. */
    CHECKPOINTS(19, "checkpoints"),
    /** Pages in the write-ahead log now. */
    WAL_PAGES(20, "pages in the write-ahead log"),
    /** Requests that had to wait for the write turn. */
    WRITE_TURN_WAITS(21, "waits for the write turn"),
    /** Holders that lost the write turn because others waited. */
    WRITE_TURN_REVOKED(22, "write turns revoked"),
    /** Transactions that were rolled back. */
    ROLLBACKS(23, "rollbacks"),
    /** Table updates that were announced to a client. */
    UPDATES_SENT(24, "table updates sent"),
    /** Table updates that a slow client missed. */
    UPDATES_DROPPED(25, "table updates dropped for slow clients"),
    /** Requests that had been applied before and were answered from the evidence. */
    DUPLICATES(26, "requests answered from evidence"),
    /** Results that waited for a client to read on. */
    FLOW_CONTROL_WAITS(27, "results paused by flow control"),
    /** Requests that were refused because the storage is nearly full. */
    STORAGE_REFUSALS(28, "requests refused for lack of storage"),
    /** Records that were no requests. */
    MALFORMED_RECORDS(29, "malformed records");

    private final int id;
    private final String label;

    SystemCounter(final int id, final String label) {
        this.id = id;
        this.label = label;
    }

    /**
     * The index of the counter in the file.
     *
     * @return 0 to 127.
     */
    public int id() {
        return id;
    }

    /**
     * What the counter counts, in words.
     *
     * @return a short text in ASCII.
     */
    public String label() {
        return label;
    }
}
