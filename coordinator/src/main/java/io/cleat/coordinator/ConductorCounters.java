// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.status.StatusCounters;
import io.cleat.status.SystemCounter;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * The counters that the conductor keeps. One writer each, so ordered increments do.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class ConductorCounters {
    final AtomicCounter requests;
    final AtomicCounter bytesIn;
    final AtomicCounter replies;
    final AtomicCounter bytesOut;
    final AtomicCounter commits;
    final AtomicCounter groupCommits;
    final AtomicCounter inlineReads;
    final AtomicCounter poolReads;
    final AtomicCounter movedReads;
    final AtomicCounter errors;
    final AtomicCounter cancelled;
    final AtomicCounter deadlineExceeded;
    final AtomicCounter attached;
    final AtomicCounter cyclesRolled;
    final AtomicCounter turnWaits;
    final AtomicCounter leasesExpired;
    final AtomicCounter malformed;
    final AtomicCounter rollbacks;
    final AtomicCounter updates;
    final AtomicCounter updatesMissed;
    final AtomicCounter duplicates;
    private final AtomicCounter largestGroup;

    ConductorCounters(StatusCounters counters) {
        requests = counters.counter(SystemCounter.REQUESTS);
        bytesIn = counters.counter(SystemCounter.REQUEST_BYTES);
        replies = counters.counter(SystemCounter.REPLIES);
        bytesOut = counters.counter(SystemCounter.REPLY_BYTES);
        commits = counters.counter(SystemCounter.COMMITS);
        groupCommits = counters.counter(SystemCounter.GROUP_COMMITS);
        largestGroup = counters.counter(SystemCounter.GROUP_SIZE_MAX);
        inlineReads = counters.counter(SystemCounter.READS_INLINE);
        poolReads = counters.counter(SystemCounter.READS_ON_POOL);
        movedReads = counters.counter(SystemCounter.READS_MOVED_TO_POOL);
        errors = counters.counter(SystemCounter.ERRORS);
        cancelled = counters.counter(SystemCounter.CANCELLED);
        deadlineExceeded = counters.counter(SystemCounter.DEADLINE_EXCEEDED);
        attached = counters.counter(SystemCounter.CLIENTS_ATTACHED);
        cyclesRolled = counters.counter(SystemCounter.CYCLES_ROLLED);
        turnWaits = counters.counter(SystemCounter.WRITE_TURN_WAITS);
        leasesExpired = counters.counter(SystemCounter.WRITE_TURN_REVOKED);
        rollbacks = counters.counter(SystemCounter.ROLLBACKS);
        updates = counters.counter(SystemCounter.UPDATES_SENT);
        updatesMissed = counters.counter(SystemCounter.UPDATES_DROPPED);
        duplicates = counters.counter(SystemCounter.DUPLICATES);
        malformed = counters.counter(SystemCounter.MALFORMED_RECORDS);
    }

    void onGroup(int size) {
        if (size > largestGroup.getWeak()) {
            largestGroup.setOrdered(size);
        }
    }
}
