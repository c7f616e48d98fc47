// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CleatException;
import io.cleat.ColumnDescription;
import io.cleat.Session;
import io.cleat.SqlStatement;
import io.cleat.StatementDescription;
import java.sql.ParameterMetaData;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A statement whose text is known. It is prepared on each session that it runs on: that of the connection, and that of a snapshot.
 *
 * <p>Used by one thread at a time, but for {@link #cancel}. Running it and reading numbers allocates nothing.
 */
final class JdbcPreparedStatement extends ParameterSetters {
    private final String sql;
    private final StatementDescription description;
    private final boolean inserts;
    private final boolean control;
    private final boolean ofSession;
    private final BoundValues values;
    private final PreparedBatch batch;
    private @Nullable Session lastSession;
    private @Nullable SqlStatement lastStatement;
    private @Nullable Session otherSession;
    private @Nullable SqlStatement otherStatement;

    /** Checks the text as SQLite's prepare does: of several statements the first one counts. */
    JdbcPreparedStatement(JdbcConnection connection, String text) throws SQLException {
        super(connection);
        boolean prepared = false;
        try {
            final int start = SqlText.start(text, 0);
            if (start == text.length()) {
                throw Misuse.of("not a statement: the SQL is empty");
            }
            sql = SqlText.statement(text, start);
            control = JdbcConnection.isControl(sql);
            description = control ? ControlDescription.NONE : connection.describe(sql);
            prepared = true;
        } finally {
            if (!prepared) {
                close();
            }
        }
        ofSession = SessionText.isOfSession(sql);
        inserts = connection.getsGeneratedKeys() && SqlText.inserts(sql);
        values = new BoundValues(description.parameterCount());
        batch = new PreparedBatch(this, sql);
    }

    @Override
    BoundValues values() throws SQLException {
        ensureOpen();
        return values;
    }

    @Override
    public boolean execute() throws SQLException {
        connection().lock();
        try {
            ensureOpen();
            return runOnce();
        } finally {
            connection().unlock();
        }
    }

    private boolean runOnce() throws SQLException {
        beginRun();
        if (control) {
            connection().control(sql);
            controlled();
            return false;
        }
        if (ofSession && connection().ignores(sql)) {
            controlled();
            return false;
        }
        final Session session = ofSession
                ? connection().sessionForItself(description, sql)
                : connection().sessionFor(description);
        final SqlStatement statement = statementOn(session);
        values.bindTo(statement);
        run(statement, session, description.returnsRows(), inserts);
        if (ofSession) {
            connection().ranForItself(sql);
        }
        return rowsWait();
    }

    @Override
    public ResultSet executeQuery() throws SQLException {
        ensureOpen();
        if (!description.returnsRows()) {
            throw Misuse.of("Query does not return results");
        }
        connection().lock();
        try {
            ensureOpen();
            runOnce();
            return openResults();
        } finally {
            connection().unlock();
        }
    }

    @Override
    public int executeUpdate() throws SQLException {
        return (int) executeLargeUpdate();
    }

    @Override
    public long executeLargeUpdate() throws SQLException {
        ensureOpen();
        if (description.returnsRows()) {
            throw Misuse.of("Query returns results");
        }
        connection().lock();
        try {
            ensureOpen();
            runOnce();
            return updateCount();
        } finally {
            connection().unlock();
        }
    }

    private SqlStatement statementOn(Session session) throws SQLException {
        final @Nullable SqlStatement known = lastStatement;
        return known != null && session == lastSession ? known : otherStatementOn(session);
    }

    private SqlStatement otherStatementOn(Session session) throws SQLException {
        @Nullable SqlStatement statement = otherStatement;
        if (statement == null || session != otherSession) {
            close(statement);
            try {
                statement = session.prepare(sql);
            } catch (CleatException e) {
                throw failed(e);
            }
            statement.timeout(timeout());
        }
        otherSession = lastSession;
        otherStatement = lastStatement;
        lastSession = session;
        lastStatement = statement;
        return statement;
    }

    @Override
    public void setQueryTimeout(int seconds) throws SQLException {
        super.setQueryTimeout(seconds);
        if (lastStatement != null) {
            lastStatement.timeout(timeout());
        }
        if (otherStatement != null) {
            otherStatement.timeout(timeout());
        }
    }

    @Override
    void closeStatements() {
        close(lastStatement);
        close(otherStatement);
        lastStatement = null;
        otherStatement = null;
    }

    @Override
    String closedMessage() {
        return "statement is not executing";
    }

    @Override
    public void clearParameters() throws SQLException {
        ensureOpen();
        values.clear();
    }

    @Override
    public @Nullable ResultSetMetaData getMetaData() throws SQLException {
        ensureOpen();
        return new JdbcResultSetMetaData(description.columns(), openedResults());
    }

    @Override
    public ParameterMetaData getParameterMetaData() throws SQLException {
        ensureOpen();
        return new JdbcParameterMetaData(this);
    }

    @Override
    List<ColumnDescription> describedColumns() {
        return description.columns();
    }

    // Batches.

    @Override
    public void addBatch() throws SQLException {
        ensureOpen();
        batch.add(values.toArray());
    }

    /** As in sqlite-jdbc, the parameters are NULL afterwards. */
    @Override
    public void clearBatch() throws SQLException {
        ensureOpen();
        batch.clear();
        values.clear();
    }

    @Override
    public long[] executeLargeBatch() throws SQLException {
        connection().lock();
        try {
            ensureOpen();
            beginBatch();
            return batch.run(description);
        } finally {
            batch.clear();
            values.clear();
            connection().unlock();
        }
    }

    // What takes a text belongs to other statements.

    @Override
    public boolean execute(String text) throws SQLException {
        throw misplaced();
    }

    @Override
    public ResultSet executeQuery(String text) throws SQLException {
        throw misplaced();
    }

    @Override
    public long executeLargeUpdate(String text) throws SQLException {
        throw misplaced();
    }

    @Override
    public void addBatch(String text) throws SQLException {
        throw misplaced();
    }

    private SQLException misplaced() throws SQLException {
        ensureOpen();
        return Misuse.of("method cannot be called on a PreparedStatement");
    }

    @Override
    public String toString() {
        return sql + " \n parameters=" + Arrays.toString(values.toArray());
    }
}
