// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.Session;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the PRAGMAs of a connection have set for its session, so that the session of a snapshot can have it too. The last value of each
 * counts.
 *
 * <p>Not thread-safe: of a {@link JdbcTransactions}.
 */
final class SessionSettings {
    private final Map<String, String> texts = new LinkedHashMap<>();
    private long version;

    /** A PRAGMA of an option that sessions have was run on the connection's own session. */
    void ran(String name, String sql) {
        texts.remove(name);
        texts.put(name, sql);
        version++;
    }

    /**
     * Sets for another session what has changed. In a snapshot too: those that matter to reads can be set there.
     *
     * @param session to set it for.
     * @param seen what this returned for it before; 0 at first.
     * @return to be passed here next time.
     */
    long applyTo(Session session, long seen) {
        if (seen != version) {
            for (final String sql : texts.values()) {
                session.update(sql);
            }
        }
        return version;
    }
}
