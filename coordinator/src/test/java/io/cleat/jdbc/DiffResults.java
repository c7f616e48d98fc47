// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.jdbc.DiffStep.Kind;
import io.cleat.jdbc.DiffStep.Needs;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random steps with results that stay open, several at once, and with what can be asked of statements. Used by one thread.
 */
final class DiffResults {
    private final DiffProgram program;
    private final Random random;
    private final DiffSql sql;
    private final DiffValues values;

    DiffResults(DiffProgram program, Random random, DiffSql sql) {
        this.program = program;
        this.random = random;
        this.sql = sql;
        this.values = new DiffValues(random);
    }

    /** A query in a slot and some rows of it, rows of what is open there, a nested loop, or some question. */
    void add() {
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
                open();
                read();
            }
            case 3, 4 -> read();
            case 5 -> nested();
            case 6 -> close();
            default -> ask();
        }
    }

    private void open() {
        final int slot = program.slot();
        final String text = sql.query();
        final int maxRows = random.nextInt(4) == 0 ? 2 : 0;
        program.step(slot, Needs.NOTHING, Kind.READ, "createStatement", c -> {
            c.put(slot, c.connection().createStatement());
            return null;
        });
        program.step(slot, Needs.STATEMENT, Kind.READ, "executeQuery " + text + " maxRows=" + maxRows, c -> {
            c.opened(slot, null);
            c.statement(slot).setMaxRows(maxRows);
            return c.opened(slot, c.statement(slot).executeQuery(text));
        });
        if (random.nextInt(4) == 0) {
            program.step(
                    slot,
                    Needs.RESULTS,
                    Kind.READ,
                    "metadata",
                    c -> DiffValues.columns(c.results(slot).getMetaData()));
        }
    }

    private void read() {
        final int slot = program.slot();
        final int rows = 1 + random.nextInt(4);
        final List<DiffValues.Read> reads = List.of(values.read(), values.read(), values.read());
        final String text = "read " + rows + " rows by "
                + reads.stream().map(DiffValues.Read::text).toList();
        program.step(slot, Needs.RESULTS, Kind.READ, text, c -> rows(c.results(slot), rows, reads));
        if (random.nextInt(8) == 0) {
            final int column = random.nextInt(3) == 0 ? 0 : 50;
            program.step(slot, Needs.RESULTS, Kind.READ, "getString(" + column + ")", c -> c.results(slot)
                    .getString(column));
            program.step(slot, Needs.RESULTS, Kind.READ, "getString(nowhere)", c -> c.results(slot)
                    .getString("nowhere"));
        }
    }

    private static List<Object> rows(ResultSet results, int rows, List<DiffValues.Read> reads) throws Exception {
        final List<Object> told = new ArrayList<>();
        for (int row = 0; row < rows && !results.isClosed() && results.next(); row++) {
            for (int i = 1; i <= results.getMetaData().getColumnCount(); i++) {
                final int column = i;
                final DiffValues.Getter getter =
                        reads.get((row + i) % reads.size()).getter();
                told.add(SideBySide.outcome(() -> SideBySide.text(getter.get(results, column))));
            }
        }
        told.add(results.isClosed());
        return told;
    }

    /** For each row of one query another one, and an update. */
    private void nested() {
        final String outer = sql.query();
        final String inner = sql.query();
        final String write = sql.write();
        program.step(-1, Needs.NOTHING, Kind.WRITE, "for " + outer + " do " + inner + " and " + write, c -> {
            final List<Object> told = new ArrayList<>();
            try (Statement first = c.connection().createStatement();
                    PreparedStatement second = c.connection().prepareStatement(inner);
                    Statement third = c.connection().createStatement();
                    ResultSet rows = first.executeQuery(outer)) {
                while (rows.next() && told.size() < 12) {
                    told.add(SideBySide.text(rows.getObject(1)));
                    told.add(SideBySide.text(second.executeQuery()));
                    told.add(SideBySide.outcome(() -> third.executeUpdate(write)));
                }
            }
            return told;
        });
    }

    private void close() {
        final int slot = program.slot();
        if (random.nextInt(3) > 0) {
            program.step(slot, Needs.RESULTS, Kind.READ, "close results", c -> {
                c.results(slot).close();
                return List.of(c.results(slot).isClosed(), c.statement(slot).isClosed());
            });
            return;
        }
        final Needs needs = random.nextBoolean() ? Needs.STATEMENT : Needs.PREPARED;
        program.step(slot, needs, Kind.READ, "close", c -> {
            final @Nullable ResultSet open = c.findResults(slot);
            c.statement(slot).close();
            return List.of(c.statement(slot).isClosed(), open == null || open.isClosed());
        });
    }

    private void ask() {
        final int slot = program.slot();
        switch (random.nextInt(5)) {
            case 0 ->
                program.step(slot, Needs.RESULTS, Kind.READ, "where", c -> {
                    final ResultSet results = c.results(slot);
                    return List.of(
                            results.isBeforeFirst(),
                            results.isFirst(),
                            results.isAfterLast(),
                            results.getRow(),
                            results.getType(),
                            results.getConcurrency(),
                            String.valueOf(results.getWarnings()));
                });
            case 1 ->
                program.step(slot, Needs.STATEMENT, Kind.READ, "getMoreResults", c -> {
                    c.opened(slot, null);
                    // Before a run it is a NullPointerException there.
                    c.statement(slot).execute("SELECT 1");
                    return List.of(
                            c.statement(slot).getMoreResults(),
                            c.statement(slot).getUpdateCount());
                });
            case 2 -> wrongUse(slot);
            case 3 -> {
                final String text = sql.write();
                program.step(slot, Needs.STATEMENT, Kind.WRITE, "execute " + text, c -> {
                    c.opened(slot, null);
                    return List.of(
                            c.statement(slot).execute(text), c.statement(slot).getUpdateCount());
                });
            }
            default ->
                program.step(slot, Needs.STATEMENT, Kind.READ, "executeQuery of the same again", c -> {
                    c.opened(slot, null);
                    final ResultSet first = c.statement(slot).executeQuery("SELECT a FROM t ORDER BY +a");
                    final boolean row = first.next();
                    final ResultSet second = c.statement(slot).executeQuery("SELECT b FROM t ORDER BY +a");
                    return List.of(row, second.next(), c.opened(slot, second));
                });
        }
    }

    private void wrongUse(int slot) {
        final String text = sql.wrong();
        program.step(slot, Needs.STATEMENT, Kind.WRITE, "wrong: executeQuery " + text, c -> {
            c.opened(slot, null);
            return SideBySide.text(c.statement(slot).executeQuery(text));
        });
        program.step(slot, Needs.PREPARED, Kind.READ, "wrong: executeQuery(text)", c -> {
            final PreparedStatement prepared = c.prepared(slot);
            return refused(() -> prepared.executeQuery("SELECT 1"));
        });
        program.step(slot, Needs.STATEMENT, Kind.READ, "wrong: limits", c -> {
            final Statement statement = c.statement(slot);
            return List.of(
                    refused(() -> statement.setMaxRows(-1)),
                    refused(() -> statement.setQueryTimeout(-1)),
                    refused(() -> statement.setFetchSize(-1)));
        });
    }

    private interface Refused {
        void run() throws SQLException;
    }

    private static String refused(Refused action) {
        return SideBySide.outcome(() -> {
            action.run();
            return "not refused";
        });
    }
}
