// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

/**
 * Who has the write turn for longer than a commit: a transaction, or exclusive access. Immutable.
 *
 * @param clientId the client; its slot says its name and process.
 * @param sessionId the session of the client.
 * @param beganNs when it got the turn, of CLOCK_MONOTONIC.
 * @param sql the text that it ran last; a long one has lost its beginning.
 */
public record TurnHolder(long clientId, int sessionId, long beganNs, String sql) {}
