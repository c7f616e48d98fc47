// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.jmh.WorkerArguments.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;

/**
 * Opens connections by JDBC, one after the other. What is timed: to a database that has one open already, or is the first one of the
 * JVM, from the call to the first row; with a new file, until it has a table and is closed again. In the latter two the JVM has
 * another database open all the while, as one that is in use. One thread.
 */
final class JdbcOpening implements Work {
    private static final String FIRST_ROW = "SELECT name FROM item WHERE id = 1";

    private final WorkerArguments arguments;
    private final Path folder;
    private final boolean creating;
    private final String url;
    private final Connection other;
    private int fileCount;

    /** Opens what stays open. The role says what is timed then. */
    JdbcOpening(WorkerArguments arguments) throws SQLException, IOException {
        this.arguments = arguments;
        this.folder = Files.createTempDirectory(
                arguments.databaseFile().toAbsolutePath().getParent(), "opened-");
        this.creating = arguments.role().equals("jdbc-create");
        final boolean shared = arguments.role().equals("jdbc-open");
        // Without lingering the connection that was closed before leaves nothing to share.
        this.url = arguments.side() == Side.BASELINE
                ? urlOf(arguments.databaseFile())
                : "jdbc:cleat:" + arguments.databaseName() + "?directory=" + arguments.cleatDirectory()
                        + (shared ? "" : "&linger=0");
        this.other = DriverManager.getConnection(shared ? url : urlOf(folder.resolve("other.db")));
    }

    /** Of a file that this JVM opens: itself, or by the coordinator that it hosts. */
    private String urlOf(Path file) {
        return arguments.side() == Side.BASELINE
                ? "jdbc:sqlite:" + file + "?journal_mode=WAL&busy_timeout=5000&synchronous=" + arguments.synchronous()
                : "jdbc:cleat:file:" + file + "?directory=" + arguments.cleatDirectory();
    }

    @Override
    public Tally round(double seconds) throws Exception {
        final Tally tally = new Tally();
        final long roundNs = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        final long beginNs = System.nanoTime();
        do {
            final long startNs = System.nanoTime();
            try {
                tally.record((creating ? create() : open()) - startNs, 1, true);
            } catch (SQLException e) {
                tally.recordError(System.nanoTime() - startNs);
                Worker.complain(e, tally.errorCount());
            }
        } while (System.nanoTime() - beginNs < roundNs);
        tally.end(System.nanoTime() - beginNs, 0);
        return tally;
    }

    private long open() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(FIRST_ROW)) {
            if (!row.next()) {
                throw new IllegalStateException("no row: sql=" + FIRST_ROW);
            }
            return System.nanoTime();
        }
    }

    private long create() throws SQLException, IOException {
        final Path file = folder.resolve("new-" + fileCount++ + ".db");
        try (Connection connection = DriverManager.getConnection(urlOf(file));
                Statement statement = connection.createStatement()) {
            statement.execute(Store.CREATE);
        }
        final long endNs = System.nanoTime();
        Files.delete(file);
        return endNs;
    }

    @Override
    public void close() throws SQLException {
        other.close();
    }
}
