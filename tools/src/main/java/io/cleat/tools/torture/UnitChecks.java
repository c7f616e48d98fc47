// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares each unit with its rows: what was acknowledged is there once, what was refused is not, what nobody was told of is there
 * once or not at all, and always whole. Not thread-safe.
 */
final class UnitChecks {
    private static final String ROWS = "SELECT worker, unit, part, id FROM facts ORDER BY worker, unit, part, id";
    private static final int SHOWN_ROWS = 12;

    private final NavigableMap<Integer, JournalReader> journals;
    private final Count applied = new Count("acknowledged");
    private final Count refused = new Count("refused");
    private final Count undecided = new Count("undecided");
    private final Count whole = new Count("whole");
    private final Count intended = new Count("intended");
    private long undecidedApplied;

    UnitChecks(NavigableMap<Integer, JournalReader> journals) {
        this.journals = journals;
    }

    /** One kind of finding. */
    private static final class Count {
        private final String name;
        private long units;
        private long rows;
        private long wrong;
        private List<String> evidence = List.of();

        Count(String name) {
            this.name = name;
        }

        Check check(String detail) {
            return new Check(name, wrong == 0, detail + (wrong == 0 ? "" : "; WRONG: " + wrong), evidence);
        }
    }

    /** The rows of one unit. */
    private static final class Rows {
        private final int worker;
        private final long unit;
        private final BitSet parts = new BitSet();
        private final List<String> shown = new ArrayList<>();
        private int count;

        Rows(int worker, long unit) {
            this.worker = worker;
            this.unit = unit;
        }

        void add(int part, long id) {
            parts.set(part);
            count++;
            if (shown.size() < SHOWN_ROWS) {
                shown.add("table: id=" + id + " worker=" + worker + " unit=" + unit + " part=" + part);
            }
        }

        /** Whether each part is there exactly once. */
        boolean isWhole(int expected) {
            return count == expected && parts.cardinality() == expected && parts.length() == expected;
        }
    }

    /** Looks at all units and all rows. */
    void run(Connection connection, List<Check> checks) throws SQLException, IOException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(ROWS)) {
            @Nullable Rows current = null;
            int worker = 0;
            long unit = 0;
            while (rows.next()) {
                final int nextWorker = rows.getInt(1);
                final long nextUnit = rows.getLong(2);
                if (current == null || nextWorker != worker || nextUnit != unit) {
                    finish(current);
                    absent(worker, unit + 1, nextWorker, nextUnit);
                    worker = nextWorker;
                    unit = nextUnit;
                    current = new Rows(worker, unit);
                }
                current.add(rows.getInt(3), rows.getLong(4));
            }
            finish(current);
            absent(worker, unit + 1, Integer.MAX_VALUE, 0);
        }
        final Check acknowledged =
                applied.check(applied.units + " units, " + applied.rows + " rows, each there exactly once");
        // Where nobody could write, nothing was shown.
        checks.add(new Check(
                acknowledged.name(),
                acknowledged.passed() && applied.units > 0,
                acknowledged.detail(),
                acknowledged.evidence()));
        checks.add(refused.check(refused.units + " units that were not applied, none there"));
        checks.add(undecided.check(undecided.units + " units whose worker was killed first, or is in unknown: "
                + undecidedApplied + " there, none twice"));
        checks.add(whole.check(whole.units + " units of several rows there, each whole"));
        checks.add(intended.check(intended.rows + " rows, each meant by somebody"));
    }

    /** The units between two that have rows have none. */
    private void absent(int fromWorker, long fromUnit, int toWorker, long toUnit) throws IOException {
        for (JournalReader journal :
                journals.subMap(fromWorker, true, toWorker, true).values()) {
            final long first = journal.worker() == fromWorker ? fromUnit : 1;
            final long behind = journal.worker() == toWorker
                    ? Math.min(toUnit, journal.units().size() + 1L)
                    : journal.units().size() + 1L;
            for (long unit = first; unit < behind; unit++) {
                look(journal, unit, new Rows(journal.worker(), unit));
            }
        }
    }

    private void finish(@Nullable Rows rows) throws IOException {
        if (rows == null) {
            return;
        }
        intended.rows += rows.count;
        final @Nullable JournalReader journal = journals.get(rows.worker);
        if (journal == null || rows.unit < 1 || rows.unit > journal.units().size()) {
            wrong(intended, journal, rows);
            return;
        }
        look(journal, rows.unit, rows);
    }

    private void look(JournalReader journal, long number, Rows rows) throws IOException {
        final Unit unit = journal.units().get((int) number - 1);
        if (rows.count > 0 && unit.parts() > 1) {
            whole.units++;
            if (rows.parts.cardinality() != unit.parts() || rows.parts.length() != unit.parts()) {
                wrong(whole, journal, rows);
            }
        }
        switch (unit.state()) {
            case APPLIED -> {
                applied.units++;
                applied.rows += rows.count;
                if (!rows.isWhole(unit.parts())) {
                    wrong(applied, journal, rows);
                }
            }
            case NOT_APPLIED -> {
                refused.units++;
                if (rows.count > 0) {
                    wrong(refused, journal, rows);
                }
            }
            default -> {
                undecided.units++;
                undecidedApplied += rows.count > 0 ? 1 : 0;
                if (rows.count > 0 && !rows.isWhole(unit.parts())) {
                    wrong(undecided, journal, rows);
                }
            }
        }
    }

    private static void wrong(Count count, @Nullable JournalReader journal, Rows rows) throws IOException {
        count.wrong++;
        if (count.evidence.isEmpty()) {
            final List<String> lines = new ArrayList<>();
            lines.add("first: worker " + rows.worker + " unit " + rows.unit);
            lines.addAll(journal == null ? List.of("no journal of worker " + rows.worker) : journal.lines(rows.unit));
            lines.addAll(rows.count == 0 ? List.of("table: no row") : rows.shown);
            count.evidence = lines;
        }
    }
}
