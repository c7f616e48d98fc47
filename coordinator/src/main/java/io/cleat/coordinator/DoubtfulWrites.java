// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;

/**
 * Writes whose COMMIT failed so that it may be in the log all the same: nobody knows of them as long as this coordinator lives, whether their clients do or not, unless
 * they are executed again.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class DoubtfulWrites {
    private final Long2ObjectHashMap<LongHashSet> sequences = new Long2ObjectHashMap<>();

    void add(long clientId, long sequence) {
        sequences.computeIfAbsent(clientId, id -> new LongHashSet()).add(sequence);
    }

    boolean contains(long clientId, long sequence) {
        if (sequences.isEmpty()) {
            return false;
        }
        final LongHashSet ofClient = sequences.get(clientId);
        return ofClient != null && ofClient.contains(sequence);
    }

    /** Whether there is one of a client. */
    boolean has(long clientId) {
        return sequences.containsKey(clientId);
    }

    /** It was executed again, in a commit that was made: what the first one left in the log was overwritten. */
    void remove(long clientId, long sequence) {
        if (sequences.isEmpty()) {
            return;
        }
        final LongHashSet ofClient = sequences.get(clientId);
        if (ofClient != null && ofClient.remove(sequence) && ofClient.isEmpty()) {
            sequences.remove(clientId);
        }
    }
}
