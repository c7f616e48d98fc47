// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static io.cleat.jdbc.DiffStep.Kind.SCHEMA;
import static io.cleat.jdbc.DiffStep.Kind.WRITE;
import static io.cleat.jdbc.DiffStep.Needs.NOTHING;

import io.cleat.jdbc.DiffStep.Action;
import io.cleat.jdbc.DiffStep.Kind;
import io.cleat.jdbc.DiffStep.Needs;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Makes random programs. The same seed makes the same program, and its steps do not depend on what came of the ones before, so that any
 * of them may be left out.
 *
 * <p>Used by one thread.
 */
final class DiffProgram {
    private final Random random;
    private final DiffSql sql;
    private final DiffPrepared prepared;
    private final DiffTransactions transactions;
    private final int connections;
    private final List<DiffStep> steps = new ArrayList<>();
    private int connection;
    private int slot;

    private DiffProgram(long seed, int connections) {
        this.random = new Random(seed);
        this.sql = new DiffSql(random);
        this.connections = connections;
        this.prepared = new DiffPrepared(this, random, sql);
        this.transactions = new DiffTransactions(this, random, sql);
    }

    /** A program with one connection, which has several statements and results open, or with two, whose transactions meet. */
    static List<DiffStep> of(long seed, int length, int connections) {
        final DiffProgram program = new DiffProgram(seed, connections);
        while (program.steps.size() < length) {
            program.connection = program.random.nextInt(connections);
            program.slot = program.random.nextInt(DiffConnection.SLOTS);
            program.add();
        }
        return List.copyOf(program.steps);
    }

    private void add() {
        final int dice = random.nextInt(100);
        if (dice < 14) {
            readAll(random.nextInt(6) == 0 ? sql.wrong() : sql.query());
        } else if (dice < 30) {
            writeText();
        } else if (dice < 54) {
            prepared.add();
        } else if (dice < 76) {
            transactions.add();
        } else if (dice < 80) {
            final String text = sql.ddl();
            step(-1, NOTHING, SCHEMA, "execute " + text, c -> executed(c, text));
        } else if (connections == 1) {
            new DiffResults(this, random, sql).add();
        } else {
            readAll(sql.query());
        }
    }

    /** Only with one connection are results left open: an open one keeps SQLite's snapshot, also outside of transactions. */
    boolean leavesResultsOpen() {
        return connections == 1;
    }

    /** The statement that is to be used. */
    int slot() {
        return slot;
    }

    /** Adds a step of the connection that is to be used. */
    void step(int ofSlot, Needs needs, Kind kind, String text, Action action) {
        steps.add(new DiffStep(connection, ofSlot, needs, kind, text, action));
    }

    private void readAll(String text) {
        step(-1, NOTHING, WRITE, "executeQuery " + text, c -> {
            try (Statement statement = c.connection().createStatement()) {
                return SideBySide.text(statement.executeQuery(text));
            }
        });
    }

    private static Object executed(DiffConnection c, String text) throws SQLException {
        try (Statement statement = c.connection().createStatement()) {
            final boolean results = statement.execute(text);
            return results ? SideBySide.text(statement.getResultSet()) : "count " + statement.getUpdateCount();
        }
    }

    private void writeText() {
        final String text = random.nextInt(10) == 0 ? sql.wrong() : sql.write();
        switch (random.nextInt(6)) {
            case 0 ->
                step(-1, NOTHING, WRITE, "executeUpdate " + text, c -> {
                    try (Statement statement = c.connection().createStatement()) {
                        return List.of(statement.executeUpdate(text), SideBySide.text(statement.getGeneratedKeys()));
                    }
                });
            case 1 -> {
                final String both = text + "; " + sql.write();
                step(-1, NOTHING, WRITE, "executeUpdate " + both, c -> {
                    try (Statement statement = c.connection().createStatement()) {
                        return statement.executeUpdate(both);
                    }
                });
            }
            case 2 -> {
                final String returning = sql.filledReturning();
                step(-1, NOTHING, WRITE, "execute " + returning, c -> executed(c, returning));
            }
            case 3 -> {
                final List<String> texts = List.of(sql.write(), text, sql.write());
                step(-1, NOTHING, WRITE, "executeBatch of " + texts, c -> {
                    try (Statement statement = c.connection().createStatement()) {
                        for (final String entry : texts) {
                            statement.addBatch(entry);
                        }
                        return statement.executeBatch();
                    }
                });
            }
            default ->
                step(-1, NOTHING, WRITE, "execute " + text, c -> {
                    try (Statement statement = c.connection().createStatement()) {
                        return List.of(
                                statement.execute(text),
                                statement.getUpdateCount(),
                                SideBySide.text(statement.getGeneratedKeys()),
                                statement.getMoreResults(),
                                statement.getUpdateCount());
                    }
                });
        }
    }
}
