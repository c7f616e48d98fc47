// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.Session;
import java.sql.SQLException;

/** What a connection has to tell its statements. Called under the lock of the connection, {@link #cancel} without it. */
interface OpenStatement {
    /** Whatever was open on the session has ended: results that it has there are over. */
    void sessionEnded(Session session);

    /** As {@link java.sql.Statement#cancel}. */
    void cancel() throws SQLException;

    /** As {@link java.sql.Statement#close}; calls back {@link JdbcConnection#closed}. */
    void close() throws SQLException;
}
