// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.jdbc.DiffStep.Kind;
import io.cleat.jdbc.DiffStep.Needs;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random steps with prepared statements: parameters of all types, runs, batches. Used by one thread.
 */
final class DiffPrepared {
    /** Begins the text of a step. */
    static final String BATCH = "executeBatch of ";

    private final DiffProgram program;
    private final Random random;
    private final DiffSql sql;
    private final DiffValues values;

    DiffPrepared(DiffProgram program, Random random, DiffSql sql) {
        this.program = program;
        this.random = random;
        this.sql = sql;
        this.values = new DiffValues(random);
    }

    /** Prepares a statement, mostly, and uses it some times. */
    void add() {
        if (random.nextInt(3) > 0) {
            prepare(text());
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            set();
            run();
        }
    }

    private String text() {
        return switch (random.nextInt(12)) {
            case 0 -> sql.wrong();
            case 1, 2, 3 -> sql.preparedQuery();
            case 4, 5 -> sql.returning();
            default -> sql.preparedWrite();
        };
    }

    private void prepare(String text) {
        final int slot = program.slot();
        program.step(slot, Needs.NOTHING, Kind.READ, "prepareStatement " + text, c -> {
            final PreparedStatement prepared = c.connection().prepareStatement(text);
            c.put(slot, prepared);
            return List.of(
                    prepared.getParameterMetaData().getParameterCount(), DiffValues.columns(prepared.getMetaData()));
        });
    }

    /** The first four parameters, or fewer. What has fewer fails in the same way. */
    private void set() {
        final int slot = program.slot();
        final int count = random.nextInt(8) == 0 ? random.nextInt(3) : 4;
        for (int i = 1; i <= count; i++) {
            final DiffValues.Value value = values.value();
            final int parameter = i;
            program.step(slot, Needs.PREPARED, Kind.READ, "set " + i + " to " + value.text(), c -> {
                final PreparedStatement prepared = c.prepared(slot);
                if (parameter <= prepared.getParameterMetaData().getParameterCount()) {
                    value.setter().set(prepared, parameter);
                }
                return null;
            });
        }
    }

    private void run() {
        final int slot = program.slot();
        switch (random.nextInt(10)) {
            case 0, 1, 2 ->
                program.step(slot, Needs.PREPARED, Kind.WRITE, "execute", c -> {
                    final PreparedStatement prepared = c.prepared(slot);
                    c.opened(slot, null);
                    final boolean results = prepared.execute();
                    return results
                            ? List.of(prepared.getUpdateCount(), SideBySide.text(prepared.getResultSet()))
                            : List.of(prepared.getUpdateCount(), SideBySide.text(prepared.getGeneratedKeys()));
                });
            case 3, 4 ->
                program.step(slot, Needs.PREPARED, Kind.WRITE, "executeUpdate", c -> {
                    c.opened(slot, null);
                    return c.prepared(slot).executeUpdate();
                });
            case 5 -> query(slot);
            case 6, 7 -> batch(slot);
            case 8 ->
                program.step(slot, Needs.PREPARED, Kind.READ, "clearParameters", c -> {
                    c.prepared(slot).clearParameters();
                    return null;
                });
            default -> describe(slot);
        }
    }

    private void query(int slot) {
        if (program.leavesResultsOpen()) {
            // With RETURNING, a result that is not read to its end keeps SQLite's transaction open.
            program.step(slot, Needs.PREPARED, Kind.WRITE, "executeQuery", c -> {
                c.opened(slot, null);
                final PreparedStatement prepared = c.prepared(slot);
                if (prepared.toString().contains("RETURNING")) {
                    return SideBySide.text(prepared.executeQuery());
                }
                return c.opened(slot, prepared.executeQuery());
            });
        } else {
            program.step(
                    slot,
                    Needs.PREPARED,
                    Kind.WRITE,
                    "executeQuery",
                    c -> SideBySide.text(c.prepared(slot).executeQuery()));
        }
    }

    /** In one step: a run with entries waiting takes the first entry there, and what was set here. */
    private void batch(int slot) {
        final List<DiffValues.Value> entries = new ArrayList<>();
        for (int i = random.nextInt(4) * 4 + 3; i >= 0; i--) {
            entries.add(values.value());
        }
        final boolean cleared = random.nextInt(6) == 0;
        final List<String> texts = entries.stream().map(DiffValues.Value::text).toList();
        program.step(slot, Needs.PREPARED, Kind.WRITE, (cleared ? "clearBatch, " : "") + BATCH + texts, c -> {
            c.opened(slot, null);
            final PreparedStatement prepared = c.prepared(slot);
            final int count = prepared.getParameterMetaData().getParameterCount();
            if (count == 0 || prepared.toString().contains("RETURNING")) {
                // Refused here before it is run, and there when it was.
                return null;
            }
            for (int i = 0; i + count <= entries.size(); i += count) {
                for (int parameter = 1; parameter <= count; parameter++) {
                    entries.get(i + parameter - 1).setter().set(prepared, parameter);
                }
                prepared.addBatch();
            }
            if (cleared) {
                prepared.clearBatch();
            }
            return prepared.executeBatch();
        });
    }

    private void describe(int slot) {
        program.step(slot, Needs.PREPARED, Kind.READ, "getMetaData", c -> {
            final PreparedStatement prepared = c.prepared(slot);
            return List.of(
                    prepared.getParameterMetaData().getParameterCount(),
                    DiffValues.columns(prepared.getMetaData()),
                    prepared.getMaxRows(),
                    prepared.getQueryTimeout(),
                    String.valueOf(prepared.getWarnings()));
        });
    }
}
