// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/**
 * The transaction of the session that has the write turn.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class OpenTransaction {
    final ClientSession session;
    final long beganNs;

    /** total_changes() when it began: whether its commit changes anything. */
    final long totalChangesBefore;

    /** When its last request ended; the lease counts from here. */
    long lastUsedNs;

    /** It changed the schema: what is known about statements does not hold for it, nor what it learns for others. */
    boolean schemaChanged;

    /** The text it ran last, for those who wait. */
    String lastSql = "BEGIN";

    OpenTransaction(ClientSession session, long nowNs, long totalChanges) {
        this.session = session;
        this.beganNs = nowNs;
        this.lastUsedNs = nowNs;
        this.totalChangesBefore = totalChanges;
    }
}
