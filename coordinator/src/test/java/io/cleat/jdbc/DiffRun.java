// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program on both sides, on new databases, until something differs. Used by one thread.
 */
final class DiffRun implements AutoCloseable {
    private static final String TABLES = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'cleat%'"
            + " AND name NOT LIKE 'sqlite%' ORDER BY name";

    /** What differs. */
    record Difference(int at, String step, String ours, String theirs) {}

    private final SideBySide sides;
    private final DiffConnection[] ours = new DiffConnection[2];
    private final DiffConnection[] theirs = new DiffConnection[2];

    /** A transaction may be open. */
    private final boolean[] open = new boolean[2];

    /** It may have the write turn. */
    private final boolean[] writes = new boolean[2];

    private DiffRun(Path folder) throws SQLException {
        sides = new SideBySide(folder);
        sides.execute(DiffSql.SCHEMA.toArray(String[]::new));
        for (int i = 0; i < 2; i++) {
            ours[i] = new DiffConnection(sides.connect("&busy_timeout=100&queryTimeout=20s"));
            theirs[i] = new DiffConnection(sides.connectTheirs("&busy_timeout=100"));
        }
    }

    /** Null: nothing differs, but for what is known. */
    static @Nullable Difference of(List<DiffStep> program, Path folder) throws SQLException {
        try (DiffRun run = new DiffRun(folder)) {
            return run.run(program);
        }
    }

    private @Nullable Difference run(List<DiffStep> program) throws SQLException {
        for (int i = 0; i < program.size(); i++) {
            final DiffStep step = program.get(i);
            final @Nullable Difference difference = canRun(step) ? run(step, i) : null;
            if (difference != null) {
                return difference;
            }
        }
        return contents(program.size());
    }

    /** Writes without a transaction wait here for the turn as long as the query timeout is, and not by busy_timeout: left out. */
    private boolean canRun(DiffStep step) {
        final int me = step.connection();
        final boolean waits = writes[1 - me] && !open[me];
        // Within a transaction SQLite takes the lock before it says that there is one.
        final boolean repeated = open[me] && step.kind() == DiffStep.Kind.BEGIN_WRITING;
        return !repeated
                && ours[me].has(Math.max(step.slot(), 0), step.needs())
                && !(waits && (step.kind() == DiffStep.Kind.WRITE || step.kind() == DiffStep.Kind.SCHEMA));
    }

    private @Nullable Difference run(DiffStep step, int at) throws SQLException {
        final DiffConnection our = ours[step.connection()];
        final DiffConnection their = theirs[step.connection()];
        if (step.slot() >= 0 && our.isClosed(step.slot(), step.needs())) {
            return closed(step, at);
        }
        if (step.kind() == DiffStep.Kind.SCHEMA) {
            our.closeResults();
            their.closeResults();
        }
        final boolean wasOn = their.connection().getAutoCommit();
        final String expected = SideBySide.outcome(() -> step.action().on(their)) + "\n" + their.state();
        final String actual = OurErrors.outcome(() -> step.action().on(our)) + "\n" + our.state();
        follow(step, expected, wasOn);
        if (expected.equals(actual)) {
            return null;
        }
        if (KnownDifferences.isKnown(step, actual, expected)) {
            if (KnownDifferences.endsStatement(expected)) {
                our.statement(step.slot()).close();
            }
            return null;
        }
        return new Difference(at, step.toString(), actual, expected);
    }

    /** There, much works with what is closed. */
    private @Nullable Difference closed(DiffStep step, int at) {
        final DiffConnection our = ours[step.connection()];
        final String actual = OurErrors.outcome(() -> step.action().on(our));
        final boolean tells = step.text().startsWith("close") || step.text().startsWith("wrong");
        return tells || actual.contains("Exception") || actual.endsWith("true]")
                ? null
                : new Difference(at, step + " (closed)", actual, "an exception");
    }

    private void follow(DiffStep step, String outcome, boolean wasOn) {
        final int me = step.connection();
        // With autocommit on, it does not end what a BEGIN has begun.
        final boolean failed =
                outcome.contains("Exception") || (wasOn && step.text().startsWith("setAutoCommit"));
        switch (step.kind()) {
            case BEGIN -> open[me] = true;
            case BEGIN_WRITING -> {
                open[me] = true;
                writes[me] = true;
            }
            case WRITE, SCHEMA -> writes[me] = open[me];
            case END -> {
                if (!failed) {
                    open[me] = outcome.contains("autocommit=false");
                    writes[me] = false;
                }
            }
            case READ -> {
                // It changes nothing.
            }
        }
    }

    private @Nullable Difference contents(int at) throws SQLException {
        for (int i = 0; i < 2; i++) {
            ours[i].close();
            theirs[i].close();
        }
        final StringBuilder our = new StringBuilder();
        final StringBuilder their = new StringBuilder();
        try (Statement ourStatement = sides.ours().createStatement();
                Statement theirStatement = sides.theirs().createStatement()) {
            our.append(SideBySide.text(ourStatement.executeQuery(TABLES)));
            their.append(SideBySide.text(theirStatement.executeQuery(TABLES)));
            for (final String table : List.of("t", "p", "k", "f", "s", "n1", "n2", "v", "sqlite_sequence")) {
                our.append(contents(ourStatement, table));
                their.append(contents(theirStatement, table));
            }
        }
        return our.compareTo(their) == 0 ? null : new Difference(at, "contents", our.toString(), their.toString());
    }

    private static String contents(Statement statement, String table) {
        return "\n" + table + ": "
                + SideBySide.outcome(() -> {
                    try (ResultSet rows = statement.executeQuery("SELECT * FROM " + table + " ORDER BY 1, 2")) {
                        return SideBySide.text(rows);
                    }
                });
    }

    @Override
    public void close() throws SQLException {
        try (sides) {
            for (int i = 0; i < 2; i++) {
                ours[i].close();
                theirs[i].close();
            }
        }
    }
}
