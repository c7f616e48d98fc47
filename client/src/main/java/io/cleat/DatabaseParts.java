// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;

/**
 * What an open {@link Database} works with. Several Database objects may share one: that of the caller, and the one that a hook of
 * its opening is given.
 *
 * <p>Thread-safe.
 *
 * @param connection the attachment.
 * @param pool runs blocking calls.
 * @param async runs asynchronous calls.
 * @param outcomes asks what became of requests.
 */
record DatabaseParts(Connection connection, SessionPool pool, AsyncCalls async, OutcomeCalls outcomes) {
    static DatabaseParts of(Connection connection) {
        return new DatabaseParts(
                connection, new SessionPool(connection), new AsyncCalls(connection), new OutcomeCalls(connection));
    }

    /** Detaches. Idempotent. */
    void close() {
        connection.close();
    }
}
