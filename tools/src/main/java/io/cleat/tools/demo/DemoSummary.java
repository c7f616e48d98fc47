// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.tools.child.Folders;
import io.cleat.tools.shell.Durations;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * The end of the demo: how much and how fast, and whether the file holds what the writers were told. Threading: the main thread,
 * after all children have ended.
 */
final class DemoSummary {

    private final Plan plan;
    private final Screen screen;
    private final Folders folders;
    private final List<Party> writers;
    private final Party reader;
    private final long[] acknowledgedAtKill;
    private boolean passed = true;

    DemoSummary(
            Plan plan, Screen screen, Folders folders, List<Party> writers, Party reader, long[] acknowledgedAtKill) {
        this.plan = plan;
        this.screen = screen;
        this.folders = folders;
        this.writers = writers;
        this.reader = reader;
        this.acknowledgedAtKill = acknowledgedAtKill;
    }

    /** Prints it; true when all checks were passed. */
    boolean print(double elapsedSeconds) throws IOException, SQLException {
        screen.say("");
        figures(elapsedSeconds);
        screen.say("");
        checks();
        screen.say("");
        screen.say(
                passed
                        ? "OK  what the writers were told they wrote is what the database holds"
                        : "FAILED  the database does not hold what the writers were told they wrote");
        return passed;
    }

    private void figures(double elapsedSeconds) throws IOException {
        screen.say(String.format(
                "  %-22s %10s %9s %10s %10s %10s %10s",
                "round trips", "rows", "a second", "median", "99 %", "99.9 %", "longest"));
        final Histogram all = Lines.histogram();
        long allRows = 0;
        for (int i = 0; i < writers.size(); i++) {
            final Party writer = writers.get(i);
            final long rows = acknowledged(i).sequence();
            final double seconds = writer.process().isKilled() ? plan.seconds() / 2.0 : elapsedSeconds;
            final Histogram latencies = writer.latencies(writer.name());
            screen.say(
                    line(writer.name() + (writer.process().isKilled() ? " (killed)" : ""), rows, seconds, latencies));
            all.add(latencies);
            allRows += rows;
        }
        screen.say(line("all INSERTs", allRows, elapsedSeconds, all));
        screen.say(
                line("reader's queries", reader.rowCount(), elapsedSeconds, reader.latencies(ReaderCommand.QUERIES)));
        screen.say(line("from write to read", reader.rowCount(), elapsedSeconds, reader.latencies(ReaderCommand.SEEN)));
    }

    private static String line(String name, long rows, double seconds, Histogram latencies) {
        return String.format(
                Locale.ROOT,
                "  %-22s %,10d %,9.0f %10s %10s %10s %10s",
                name,
                rows,
                rows / Math.max(0.001, seconds),
                Durations.latency(latencies.getValueAtPercentile(50)),
                Durations.latency(latencies.getValueAtPercentile(99)),
                Durations.latency(latencies.getValueAtPercentile(99.9)),
                Durations.latency(latencies.getMaxValue()));
    }

    private void checks() throws IOException, SQLException {
        screen.say("  check, by plain SQLite on the file:");
        try (Connection connection = HeldRows.open(Plan.database(folders))) {
            for (int i = 0; i < writers.size(); i++) {
                checkWriter(connection, i);
            }
            final long total = HeldRows.total(connection);
            check(
                    reader.rowCount() == total,
                    String.format(
                            Locale.ROOT,
                            "%-14s read %,d rows, the file holds %,d",
                            "reader",
                            reader.rowCount(),
                            total));
            final String integrity = HeldRows.integrity(connection);
            check("ok".equals(integrity), String.format("%-14s PRAGMA integrity_check: %s", "file", integrity));
        }
    }

    private void checkWriter(Connection connection, int index) throws IOException, SQLException {
        final Party writer = writers.get(index);
        final Acknowledged told = acknowledged(index);
        final boolean killed = writer.process().isKilled();
        final HeldRows held = HeldRows.of(connection, writer.name(), told.sequence());
        final long more = held.rowCount() - told.sequence();
        final boolean same = held.match(told.sequence(), told.checksum(), killed ? 1 : 0);
        check(
                same && told.sequence() > 0,
                String.format(
                        Locale.ROOT,
                        "%-14s was told of %,d rows, the file holds %,d%s; contents %s",
                        writer.name(),
                        told.sequence(),
                        held.rowCount(),
                        killed && more == 1 ? " (one was on its way when it was killed)" : "",
                        held.checksum() == told.checksum() ? "equal" : "differ"));
        if (!killed) {
            check(
                    writer.rowCount() == told.sequence(),
                    String.format(Locale.ROOT, "%-14s itself counted %,d", "", writer.rowCount()),
                    true);
            final long since = told.sequence() - acknowledgedAtKill[index];
            check(
                    plan.victim() < 0 || since > 0,
                    String.format(Locale.ROOT, "%-14s wrote %,d rows after the kill", "", since),
                    plan.victim() < 0);
        }
    }

    private void check(boolean holds, String what) {
        check(holds, what, false);
    }

    private void check(boolean holds, String what, boolean silentWhenPassed) {
        passed &= holds;
        if (!holds || !silentWhenPassed) {
            screen.say((holds ? "    ok      " : "    FAILED  ") + what);
        }
    }

    private Acknowledged acknowledged(int index) throws IOException {
        return Acknowledged.open(Plan.acknowledged(folders, Plan.writerName(index)));
    }
}
