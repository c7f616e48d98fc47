// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/**
 * A request as a {@link RequestInterceptor} sees it. Immutable.
 *
 * @param clientId of the client, unique in the coordinator's life.
 * @param clientName what the client calls itself.
 * @param clientPid its process.
 * @param sessionId within the client.
 * @param sequence of the request, within the client.
 * @param kind EXECUTE, SCRIPT, BATCH, DESCRIBE, PREPARE, INTEREST, ANNOUNCE, CLOSE_SESSION, SHUTDOWN; BEGIN, COMMIT, ROLLBACK, SAVEPOINT and the other
 *     actions of transactions.
 * @param sql its text; of a batch the texts of its statements, with semicolons between them; else empty.
 */
public record RequestDetails(
        long clientId, String clientName, long clientPid, int sessionId, long sequence, String kind, String sql) {}
