// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What the database file holds, asked of plain SQLite after the coordinator has let go of it. Threading: one thread.
 *
 * @param rowCount rows of one writer.
 * @param lastSequence the largest sequence of them.
 * @param distinctCount different sequences of them.
 * @param checksum of those up to the last one acknowledged.
 */
record HeldRows(long rowCount, long lastSequence, long distinctCount, long checksum) {

    /** Opens the file as any SQLite program does. */
    static Connection open(Path file) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    /** Asks for the rows of one writer. */
    static HeldRows of(Connection connection, String source, long acknowledged) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TelemetryTable.SELECT_HELD)) {
            statement.setString(1, source);
            statement.setLong(2, acknowledged);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new HeldRows(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
            }
        }
    }

    /** SQLite's own word on the file: "ok", or what is wrong. */
    static String integrity(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA integrity_check")) {
            return row.next() ? row.getString(1) : "no answer";
        }
    }

    /** All rows in the file. */
    static long total(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM sample")) {
            return row.next() ? row.getLong(1) : -1;
        }
    }

    /**
     * Whether these are the rows that their writer was told of.
     *
     * @param acknowledged how many it was told of, which is also the last one's sequence.
     * @param expected their checksum.
     * @param inFlight how many more there may be: 1 for a writer that was killed, else 0.
     */
    boolean match(long acknowledged, long expected, int inFlight) {
        return rowCount >= acknowledged
                && rowCount <= acknowledged + inFlight
                && lastSequence == rowCount
                && distinctCount == rowCount
                && checksum == expected;
    }
}
