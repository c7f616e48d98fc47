// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CleatException;
import io.cleat.ColumnDescription;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlStatement;
import io.cleat.StatementDescription;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs SQL text. As in sqlite-jdbc, {@code execute} and {@code executeQuery} run the first statement of a text, {@code executeUpdate} all of
 * them, each by itself.
 *
 * <p>Used by one thread at a time, but for {@link #cancel}.
 */
class JdbcStatement extends AbstractStatement implements OpenStatement {
    private final JdbcResultSet results = new JdbcResultSet(this);
    private final CursorRows cursor = new CursorRows();
    private final RunningStatement running = new RunningStatement();
    private final GeneratedKeys keys;
    private @Nullable SqlStatement textStatement;
    private @Nullable StatementDescription description;
    private @Nullable Session session;
    private List<String> batch = new ArrayList<>();
    private @Nullable Session snapshot; // that a result is open in
    private boolean rowsWait;
    private boolean rowWaits;
    private long updateCount = -1;
    private volatile boolean closed;

    JdbcStatement(JdbcConnection connection) {
        super(connection);
        this.keys = new GeneratedKeys(connection);
        connection.opened(this);
    }

    @Override
    public boolean execute(String sql) throws SQLException {
        connection().lock();
        try {
            return runFirst(sql);
        } finally {
            connection().unlock();
        }
    }

    private boolean runFirst(String sql) throws SQLException {
        begin(sql);
        final int start = SqlText.start(sql, 0);
        if (start == sql.length()) {
            throw Misuse.of("not a statement: the SQL is empty");
        }
        runText(SqlText.statement(sql, start));
        return rowsWait;
    }

    @Override
    public ResultSet executeQuery(String sql) throws SQLException {
        connection().lock();
        try {
            if (!runFirst(sql)) {
                // It was run all the same, as there.
                throw new SQLException("query does not return ResultSet", "HY000", 101);
            }
            return openResults();
        } finally {
            connection().unlock();
        }
    }

    @Override
    public long executeLargeUpdate(String sql) throws SQLException {
        connection().lock();
        try {
            return runAll(sql);
        } finally {
            connection().unlock();
        }
    }

    private long runAll(String sql) throws SQLException {
        begin(sql);
        long changes = 0;
        int start = SqlText.start(sql, 0);
        while (start < sql.length()) {
            final String statement = SqlText.statement(sql, start);
            runText(statement);
            changes += rowsWait ? drain() : Math.max(0, updateCount);
            start = SqlText.start(sql, start + statement.length());
        }
        updateCount = changes;
        return changes;
    }

    /** Runs a result to its end: what a statement with RETURNING has changed. */
    private long drain() throws SQLException {
        try {
            while (rowWaits) {
                rowWaits = cursor.next();
            }
            return textStatement == null ? 0 : textStatement.changeCount();
        } catch (CleatException e) {
            throw failed(e);
        } finally {
            closeResults();
        }
    }

    private void begin(String sql) throws SQLException {
        ensureOpen();
        if (sql == null) {
            throw Misuse.of("the SQL is null");
        }
        beginRun();
        batch.clear();
    }

    /** Runs one statement. */
    private void runText(String sql) throws SQLException {
        description = null;
        final boolean isOfSession = SessionText.isOfSession(sql);
        if (connection().control(sql) || (isOfSession && connection().ignores(sql))) {
            controlled();
            return;
        }
        final StatementDescription described = connection().describe(sql);
        final Session on = isOfSession
                ? connection().sessionForItself(described, sql)
                : connection().sessionFor(described);
        @Nullable SqlStatement statement = textStatement;
        if (statement == null || session != on || !statement.sql().equals(sql)) {
            close(statement);
            statement = null;
            try {
                statement = on.prepare(sql);
            } catch (CleatException e) {
                throw failed(e);
            }
            statement.timeout(timeout());
            textStatement = statement;
            session = on;
        }
        description = described;
        run(statement, on, described.returnsRows(), keys.areWanted() && SqlText.inserts(sql));
        if (isOfSession) {
            connection().ranForItself(sql);
        }
    }

    /** The connection has answered a statement. */
    final void controlled() {
        updateCount = 0;
    }

    /** The results, if they are open. */
    final @Nullable JdbcResultSet openedResults() {
        return results.isOpen() ? results : null;
    }

    /** Before a batch: keys stay as they are, as there. */
    final void beginBatch() {
        closeResults();
        updateCount = -1;
    }

    /** Before each run: closes the results of the last one. */
    final void beginRun() throws SQLException {
        closeResults();
        keys.clear();
        updateCount = -1;
    }

    /** Runs what is prepared. Then rows wait, or the update count is known. */
    final void run(SqlStatement statement, Session on, boolean returnsRows, boolean inserts) throws SQLException {
        statement.wantLastRowId(inserts);
        running.is(statement);
        try {
            if (returnsRows) {
                final Rows rows = statement.rows();
                cursor.of(rows);
                rowWaits = rows.next();
                rowsWait = true;
                if (rowWaits && !connection().isOwn(on)) {
                    snapshot = on;
                    connection().resultOpened(on);
                }
            } else {
                updateCount = statement.update();
            }
        } catch (CleatException e) {
            cursor.close();
            throw failed(e);
        }
        if (inserts) {
            keys.inserted(statement);
        }
    }

    final JdbcResultSet openResults() {
        rowsWait = false;
        return results.open(cursor, rowWaits);
    }

    final boolean rowsWait() {
        return rowsWait;
    }

    final long updateCount() {
        return updateCount;
    }

    final SQLException failed(CleatException e) {
        return connection().failed(e);
    }

    @Override
    public final @Nullable ResultSet getResultSet() throws SQLException {
        ensureOpen();
        if (results.isOpen()) {
            throw Misuse.of("ResultSet already requested");
        }
        return rowsWait ? openResults() : null;
    }

    @Override
    public final long getLargeUpdateCount() throws SQLException {
        ensureOpen();
        return rowsWait || results.isOpen() ? -1 : updateCount;
    }

    @Override
    public final boolean getMoreResults(int current) throws SQLException {
        ensureOpen();
        if (current == KEEP_CURRENT_RESULT || current == CLOSE_ALL_RESULTS) {
            throw Misuse.unsupported(
                    "Argument not supported: Statement.KEEP_CURRENT_RESULT or Statement.CLOSE_ALL_RESULTS");
        }
        if (current != CLOSE_CURRENT_RESULT) {
            throw Misuse.of("Invalid argument");
        }
        finishResults();
        updateCount = -1;
        return false;
    }

    @Override
    public final ResultSet getGeneratedKeys() throws SQLException {
        ensureOpen();
        connection().lock();
        try {
            return keys.results();
        } finally {
            connection().unlock();
        }
    }

    /** The result of a statement of its own, which has no other. */
    final ResultSet openResults(ResultRows rows) {
        return results.open(rows, rows.next());
    }

    @Override
    public void addBatch(String sql) throws SQLException {
        beginEntry(sql);
        batch.add(sql);
    }

    private void beginEntry(String sql) throws SQLException {
        ensureOpen();
        if (sql == null) {
            throw Misuse.of("the SQL is null");
        }
        finishResults();
    }

    private void finishResults() throws SQLException {
        connection().lock();
        try {
            closeResults();
        } finally {
            connection().unlock();
        }
    }

    @Override
    public void clearBatch() throws SQLException {
        ensureOpen();
        batch.clear();
    }

    @Override
    public long[] executeLargeBatch() throws SQLException {
        connection().lock();
        try {
            return runBatch();
        } finally {
            connection().unlock();
        }
    }

    private long[] runBatch() throws SQLException {
        ensureOpen();
        beginBatch();
        final List<String> texts = batch;
        batch = new ArrayList<>();
        final long[] counts = new long[texts.size()];
        for (int i = 0; i < counts.length; i++) {
            try {
                counts[i] = batched(texts.get(i));
            } catch (SQLException e) {
                throw BatchFailures.of("batch entry " + i + ": " + e.getMessage(), 0, counts, e);
            }
        }
        updateCount = -1;
        return counts;
    }

    private long batched(String sql) throws SQLException {
        final int start = SqlText.start(sql, 0);
        runText(SqlText.statement(sql, start));
        if (rowsWait) {
            closeResults();
            throw Misuse.of("query returns results");
        }
        return Math.max(0, updateCount);
    }

    @Override
    public void setQueryTimeout(int seconds) throws SQLException {
        super.setQueryTimeout(seconds);
        final @Nullable SqlStatement statement = textStatement;
        if (statement != null) {
            statement.timeout(timeout());
        }
    }

    /** From any thread: stops what runs, and nothing that comes later. */
    @Override
    public final void cancel() throws SQLException {
        ensureOpen();
        running.cancel();
    }

    final RunningStatement running() {
        return running;
    }

    /** Rows that are here already are read on, as in SQLite; to go beyond them fails. */
    @Override
    public final void sessionEnded(Session ended) {}

    /** Under the lock. */
    final void closeResults() {
        rowsWait = false;
        results.closeRows();
        cursor.close();
        leaveSnapshot();
    }

    private void leaveSnapshot() {
        final @Nullable Session left = snapshot;
        if (left != null) {
            snapshot = null;
            connection().resultClosed(left);
        }
    }

    /** There are no more rows. */
    final void onRowsEnded() throws SQLException {
        if (snapshot != null) {
            connection().lock();
            try {
                leaveSnapshot();
            } finally {
                connection().unlock();
            }
        }
    }

    /** The results were closed by who reads them. */
    final void onResultsClosed() throws SQLException {
        onRowsEnded();
        if (closesOnCompletion()) {
            close();
        }
    }

    @Override
    public final boolean isClosed() {
        return closed;
    }

    @Override
    public final void close() throws SQLException {
        if (closed) {
            return;
        }
        if (connection().isClosed()) {
            // Its sessions are closed, and what ran on them with them.
            closed = true;
            return;
        }
        connection().lock();
        try {
            closed = true;
            closeResults();
            keys.clear();
            closeStatements();
            connection().closed(this);
        } finally {
            connection().unlock();
        }
    }

    /** Closes what it has prepared. */
    void closeStatements() {
        close(textStatement);
        textStatement = null;
    }

    static void close(@Nullable SqlStatement statement) {
        if (statement != null) {
            statement.close();
        }
    }

    @Override
    final void ensureOpen() throws SQLException {
        connection().ensureOpen();
        if (closed) {
            throw Misuse.of(closedMessage());
        }
    }

    String closedMessage() {
        return "statement is closed";
    }

    /** The columns of the results, as they were described before the run. */
    List<ColumnDescription> describedColumns() {
        return description == null ? List.of() : description.columns();
    }

    final DateForms dateForms() {
        return connection().dateForms();
    }
}
